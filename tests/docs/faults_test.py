"""Each fault of tests/README.md is named where it is tested: in a comment at a case, at the head of its file, or in the crash campaign."""

import pathlib
import re
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]


class Faults(unittest.TestCase):
    def test_each_has_a_test(self):
        table = (TESTS / "README.md").read_text()
        faults = re.findall(r"^\| (F\d+) \|", table, re.MULTILINE)
        self.assertEqual(faults, [f"F{number}" for number in range(1, 34)])
        named = set()
        for file in TESTS.glob("*/**/*.?pp"):
            named.update(re.findall(r"\bF\d+\b", file.read_text()))
        self.assertEqual([fault for fault in faults if fault not in named], [])

    def test_none_is_made_up(self):
        for file in TESTS.glob("*/**/*.?pp"):
            for number in re.findall(r"\bF(\d+)\b", file.read_text()):
                self.assertIn(int(number), range(1, 34), file)


if __name__ == "__main__":
    sys.exit(unittest.main())
