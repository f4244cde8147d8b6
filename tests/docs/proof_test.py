"""format-spec.md's examples of leaves, roots and proofs are right, by a checker that shares nothing with the product."""

import pathlib
import re
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import proof_checker as checker

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = (ROOT / "format-spec.md").read_text(encoding="utf-8")


def example(name):
    return re.search(rf"<!-- example: {name} -->\n```\n(.*?)```", SPEC, re.S)[1]


def example_bytes(name):
    return bytes.fromhex(example(name))


def content_of(record):
    """A leaf's content, of a record."""
    length, position, version, time = struct.unpack_from("<IQQQ", record, 4)
    data, _, stream, event_type, tags, flags = struct.unpack_from("<IIHHHH", record, 48)
    fields = record[64:length]
    metadata = len(fields) - stream - event_type - tags - data
    numbers = struct.pack("<QQQ16s", position, version, time, record[32:48])
    return numbers + struct.pack("<6I", flags & 1, stream, event_type, tags, data, metadata) + fields


def tree_hash(leaves):
    if len(leaves) <= 1:
        return leaves[0] if leaves else checker.sha256(b"")
    middle = checker.split(len(leaves))
    return checker.node_hash(tree_hash(leaves[:middle]), tree_hash(leaves[middle:]))


def example_leaves():
    """The seven events of the example: one record, at positions 1 to 7."""
    content = example_bytes("leaf content")
    return [checker.leaf_hash(struct.pack("<Q", position) + content[8:]) for position in range(1, 8)]


class Proofs(unittest.TestCase):
    def test_a_leaf_is_made_of_its_record(self):
        self.assertEqual(content_of(example_bytes("record")), example_bytes("leaf content"))
        self.assertEqual(checker.leaf_hash(example_bytes("leaf content")), example_bytes("leaf hash"))

    def test_roots_are_those_of_their_leaves(self):
        for name, size in (("old root", 3), ("root", 7)):
            self.assertEqual(checker.parse_root(example(name)), (size, tree_hash(example_leaves()[:size])))

    def test_proofs_prove(self):
        checker.check_inclusion(example("inclusion proof"), example("root"), example_leaves()[2])
        checker.check_consistency(example("consistency proof"), example("old root"), example("root"))

    def test_changed_proofs_do_not(self):
        for name, roots, check in (
            ("inclusion proof", ["root"], checker.check_inclusion),
            ("consistency proof", ["old root", "root"], checker.check_consistency),
        ):
            text = example(name)
            for at in (match.start() for match in re.finditer(r"[0-9a-f]{64}", text)):
                digit = "1" if text[at] == "0" else "0"
                with self.assertRaises(ValueError):
                    check(text[:at] + digit + text[at + 1 :], *map(example, roots))
            with self.assertRaises(ValueError):
                check(text[: text.rindex("\n", 0, -1) + 1], *map(example, roots))


if __name__ == "__main__":
    sys.exit(unittest.main())
