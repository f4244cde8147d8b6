"""The files that rules look at, and what they find in them."""

import dataclasses
import functools
import os
import pathlib
import re

# What is not ours to judge: build results, and what tools and servers leave.
SKIPPED_FOLDERS = {".git", "build", "data", "__pycache__", ".cache", ".vscode", ".idea"}
CPP = {".cpp", ".hpp"}
TEXT = CPP | {".py", ".sh", ".cmake", ".txt", ".md", ".json", ".in"}


@dataclasses.dataclass(frozen=True)
class Finding:
    file: str
    line: int
    message: str


class File:
    def __init__(self, root, path):
        self.path = path
        self.name = path.relative_to(root).as_posix()
        self.parts = self.name.split("/")

    @property
    def is_cpp(self):
        return self.path.suffix in CPP

    @property
    def is_header(self):
        return self.path.suffix == ".hpp"

    @property
    def is_document(self):
        return self.path.suffix == ".md"

    @functools.cached_property
    def text(self):
        return self.path.read_text(encoding="utf-8")

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code(self):
        """The text with comments and what is in quotes blanked out, so that lines and columns stay."""
        return blank(self.text)

    @functools.cached_property
    def comments(self):
        """The text with everything but comments blanked out."""
        return blank(self.text, keep_comments=True)

    def includes(self):
        """Pairs of line number and what is included, with its quotes or brackets."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*(["<][^">]+[">])', line)
            if match:
                yield number, match.group(1)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


TOKENS = re.compile(
    r"""
      (?P<comment> //[^\n]* | /\*.*?\*/ )
    | (?P<raw> R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)" )
    | (?P<string> "(?:\\.|[^"\\\n])*" )
    | (?P<char> (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+' )
    """,
    re.VERBOSE | re.DOTALL,
)


def spaces(text):
    return re.sub(r"[^\n]", " ", text)


def blank(text, keep_comments=False):
    """C++ text without comments and quoted text; or, the other way round, its comments alone."""
    out = []
    end = 0
    for match in TOKENS.finditer(text):
        between = text[end : match.start()]
        out.append(spaces(between) if keep_comments else between)
        is_comment = match.lastgroup == "comment"
        out.append(match.group() if keep_comments and is_comment else spaces(match.group()))
        end = match.end()
    out.append(spaces(text[end:]) if keep_comments else text[end:])
    return "".join(out)


def is_script(path):
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
            for name in sorted(names):
                path = pathlib.Path(folder, name)
                if path.suffix in TEXT or is_script(path):
                    self.files.append(File(self.root, path))

    def cpp(self, *folders):
        """The C++ files below any of the top folders; all of them when none is given."""
        return [file for file in self.files if file.is_cpp and (not folders or file.parts[0] in folders)]
