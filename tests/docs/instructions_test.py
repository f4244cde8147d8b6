"""Tests of what bench/instructions makes of the counts it gets."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]


def load():
    loader = importlib.machinery.SourceFileLoader("instructions", str(ROOT / "bench" / "instructions"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("instructions", loader))
    loader.exec_module(module)
    return module


instructions = load()


class Instructions(unittest.TestCase):
    def test_what_is_kept_is_read_back(self):
        figures = {"append, 1 event a commit": 12433.4, "read all, an event": 1041.0}
        kept = {"append, 1 event a commit": 12433, "read all, an event": 1041}
        self.assertEqual(instructions.parse_kept(instructions.as_kept(figures)), kept)

    def test_the_kept_file_has_every_case(self):
        kept = instructions.parse_kept(instructions.KEPT.read_text())
        self.assertEqual(set(kept), {title for *_, title in instructions.CASES})

    def test_a_tenth_more_is_the_most(self):
        self.assertEqual(instructions.grown({"a": 1100}, {"a": 1000}), [])
        self.assertEqual(instructions.grown({"a": 1101, "b": 900, "new": 5}, {"a": 1000, "b": 1000}), ["a"])

    def test_the_table_tells_the_change(self):
        text = instructions.table({"a": 1101.0, "new": 5.0}, {"a": 1000})
        self.assertIn("| a | 1,000 | 1,101 | +10.1% |", text)
        self.assertIn("| new |  | 5 | new |", text)

    def test_callgrind_tells_all(self):
        self.assertEqual(instructions.total("fn=(1)\n3 4\ntotals: 12345\n"), 12345)
        self.assertEqual(instructions.total("summary: 77\nfn=(1)\n"), 77)
        with self.assertRaises(instructions.Failed):
            instructions.total("fn=(1)\n")


if __name__ == "__main__":
    unittest.main()
