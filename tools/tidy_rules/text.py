"""What comments and documents say."""

import re

from .tree import Finding

LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
# Paths of one machine, and documents and tickets that a reader of the repository does not have.
MACHINE = re.compile(r"(?<![\w.])(/wo" r"rk/|/ho" r"me/\w|/ro" r"ot/|/tm" r"p/b-)")
ELSEWHERE = re.compile(
    r"\b((?:fault-mo" r"del|reliabi" r"lity|sty" r"le|des" r"ign|br" r"ief)\.md|iss" r"ue #?\d+|tic" r"ket #?\d+)", re.IGNORECASE
)
RULES = "tests/README.md"
RULE = re.compile(r"(?<![\w.-])([IRFM]\d{1,2})(?![\w-])")


def leftovers(tree):
    for file in tree.files:
        for number, line in enumerate(file.lines, 1):
            match = LEFTOVER.search(line)
            if match:
                yield Finding(file.name, number, f"{match.group()}: do it, or say in README.md what is not done yet")


def machine_paths(tree):
    for file in tree.files:
        for number, line in enumerate(file.lines, 1):
            match = MACHINE.search(line)
            if match:
                yield Finding(file.name, number, f"'{match.group()}…' exists on one machine only; make it relative or an option")
            match = ELSEWHERE.search(line)
            if match:
                yield Finding(file.name, number, f"'{match.group()}' is not in the repository; say here what it says")


def references(tree):
    """A numbered rule that is cited is listed, so that a reader can look it up."""
    listed = set()
    for file in tree.files:
        if file.name == RULES:
            listed = set(re.findall(r"^\| ([IRFM]\d{1,2}) \|", file.text, re.MULTILINE))
    for file in tree.files:
        if file.name == RULES or not (file.is_cpp or file.is_document):
            continue
        text = file.comments if file.is_cpp else file.text
        for number, line in enumerate(text.splitlines(), 1):
            for rule in RULE.findall(line):
                if rule not in listed:
                    yield Finding(file.name, number, f"{rule} is not listed in {RULES}; add it there or say it in words")


def links(tree):
    """A link in a document leads to a file that is there."""
    for file in tree.files:
        if not file.is_document:
            continue
        for match in re.finditer(r"\[[^\]\n]*\]\(([^)\s]+)\)", file.text):
            target = match.group(1).split("#")[0]
            if not target or re.match(r"\w+:", target):
                continue
            if not (file.path.parent / target).exists():
                yield Finding(file.name, file.line_of(match.start()), f"{target} is not there; mend the link")
