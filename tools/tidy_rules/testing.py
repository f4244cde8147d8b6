"""What tests look like."""

import re

from .tree import Finding

CASE = re.compile(r'\b(?:TEST_CASE|TEST_CASE_FIXTURE|TEST_CASE_TEMPLATE|SCENARIO)\s*\((?:\s*\w+\s*,)?\s*((?:"(?:\\.|[^"\\])*"\s*)+)')
# doctest's discovery splits a name at ';' and takes these as patterns or quotes: the test would never run and still pass.
TROUBLE = ';[]*?"\\$'


def test_names(tree):
    """A name is 'subject: what is true of it', once in its folder, in the suite named after the folder."""
    seen = {}
    for file in tree.cpp("tests", "bench"):
        cases = list(CASE.finditer(file.text))
        for case in cases:
            name = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', case.group(1)))
            line = file.line_of(case.start())
            bad = sorted(set(name) & set(TROUBLE))
            if bad:
                yield Finding(file.name, line, f"'{' '.join(bad)}' in a test's name hides its failures from ctest; word it differently")
            if not re.match(r"[^:]+: \S", name):
                yield Finding(file.name, line, f"'{name}' does not say what it is about; write 'subject: what is true of it'")
            key = (file.parts[1] if len(file.parts) > 2 else "", name)
            if key in seen:
                yield Finding(file.name, line, f"'{name}' is also a test in {seen[key]}; say what differs")
            seen.setdefault(key, f"{file.name}:{line}")
        if cases and file.parts[0] == "tests" and f'TEST_SUITE("{file.parts[1]}")' not in file.text:
            yield Finding(file.name, 1, f'put the cases into TEST_SUITE("{file.parts[1]}"), so that the suite can be run alone')


SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
# A load generator paces itself, and a test of time-outs has to let time pass; nothing else does.
SLEEP_ALLOWED = set()


def sleeping(tree):
    for file in tree.cpp():
        if file.name in SLEEP_ALLOWED:
            continue
        for number, line in enumerate(file.code.splitlines(), 1):
            if SLEEP.search(line):
                yield Finding(file.name, number, "nothing sleeps or polls; wait for the event itself, or step a clock")
            if re.search(r"\.detach\s*\(\s*\)", line):
                yield Finding(file.name, number, "nothing is detached; whoever starts a thread joins it")
