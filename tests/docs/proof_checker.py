"""A checker of roots and proofs, written from format-spec.md, "Tree", alone: it shares no line with the product.

    proof_checker.py PROOF ROOT…

PROOF is a file with a proof, each ROOT one with a root: the one root of an inclusion proof, the old and the new one of a consistency
proof. Says whether it is proven, by its exit status too.
"""

import hashlib
import pathlib
import re
import sys


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(content):
    return sha256(b"\x00" + content)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def split(leaves):
    """The largest power of 2 that is less than `leaves`."""
    return 1 << ((leaves - 1).bit_length() - 1)


def inclusion_root(leaf, at, leaves, path):
    """The root that a path leads to, taken apart from its end, where the tree is largest."""
    if leaves == 1:
        if path:
            raise ValueError("the path is too long")
        return leaf
    if not path:
        raise ValueError("the path is too short")
    middle = split(leaves)
    if at < middle:
        return node_hash(inclusion_root(leaf, at, middle, path[:-1]), path[-1])
    return node_hash(path[-1], inclusion_root(leaf, at - middle, leaves - middle, path[:-1]))


def consistency_roots(old_root, old, new, path, whole=True):
    """Both roots of a subtree of `new` leaves of which `old` are the old tree's; `whole`: those are all that the old tree has."""
    if old == new:
        if len(path) != (0 if whole else 1):
            raise ValueError("the path has another length than the trees' sizes ask for")
        return (old_root, old_root) if whole else (path[0], path[0])
    if not path:
        raise ValueError("the path is too short")
    middle = split(new)
    if old <= middle:
        left_old, left_new = consistency_roots(old_root, old, middle, path[:-1], whole)
        return left_old, node_hash(left_new, path[-1])
    right_old, right_new = consistency_roots(old_root, old - middle, new - middle, path[:-1], False)
    return node_hash(path[-1], right_old), node_hash(path[-1], right_new)


def parse_root(text):
    match = re.fullmatch(r"(0|[1-9][0-9]*) ([0-9a-f]{64})\n?", text)
    if not match:
        raise ValueError("not a root")
    return int(match[1]), bytes.fromhex(match[2])


def hashes(text):
    if not re.fullmatch(r"([0-9a-f]{64}\n)*", text):
        raise ValueError("not hashes, one a line")
    return [bytes.fromhex(line) for line in text.split()]


def check_inclusion(text, root_text, leaf=None):
    match = re.match(r"inclusion ([1-9][0-9]*) of ([1-9][0-9]*)\nleaf ([0-9a-f]{64})\n", text)
    if not match:
        raise ValueError("not an inclusion proof")
    position, leaves = int(match[1]), int(match[2])
    size, root = parse_root(root_text)
    if size != leaves or position > leaves:
        raise ValueError("a proof for another root")
    path = hashes(text[match.end() :])
    if inclusion_root(leaf or bytes.fromhex(match[3]), position - 1, leaves, path) != root:
        raise ValueError("the path does not lead to the root")


def check_consistency(text, old_text, new_text):
    match = re.match(r"consistency (0|[1-9][0-9]*) to (0|[1-9][0-9]*)\n", text)
    if not match:
        raise ValueError("not a consistency proof")
    (old, old_root), (new, new_root) = parse_root(old_text), parse_root(new_text)
    if (old, new) != (int(match[1]), int(match[2])) or old > new:
        raise ValueError("a proof between other roots")
    path = hashes(text[match.end() :])
    if old == 0:
        if path or old_root != sha256(b"") or (new == 0 and new_root != old_root):
            raise ValueError("not the root of an empty log")
        return
    if consistency_roots(old_root, old, new, path) != (old_root, new_root):
        raise ValueError("the path does not lead to the roots")


def main(proof_file, *root_files):
    proof, *roots = (pathlib.Path(file).read_text() for file in (proof_file, *root_files))
    try:
        if proof.startswith("inclusion ") and len(roots) == 1:
            check_inclusion(proof, roots[0])
        elif proof.startswith("consistency ") and len(roots) == 2:
            check_consistency(proof, *roots)
        else:
            raise ValueError("neither an inclusion proof with one root nor a consistency proof with two")
    except ValueError as error:
        print(f"not proven: {error}")
        return 1
    print("proven")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
