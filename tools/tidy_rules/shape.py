"""How long and how wide."""

import re

from .tree import Finding

CODE_COLUMNS = 100
COMMENT_COLUMNS = 140
FILE_LINES = 500
FUNCTION_LINES = 70

# Where a cast between pointer types is the only way: bytes are text and text is bytes at these edges.
CASTS_ALLOWED = {
    "include/esker/event.hpp",
}


def columns(tree):
    for file in tree.files:
        if file.is_document or file.path.suffix == ".json":
            continue
        code = file.code.splitlines() if file.is_cpp else []
        for number, line in enumerate(file.lines, 1):
            if len(line) > COMMENT_COLUMNS:
                yield Finding(file.name, number, f"{len(line)} columns; {COMMENT_COLUMNS} is the most for a comment or a script")
            elif number <= len(code) and '"' not in line and len(code[number - 1].rstrip()) > CODE_COLUMNS:
                yield Finding(file.name, number, f"code of {len(code[number - 1].rstrip())} columns; break it at {CODE_COLUMNS}")


def lengths(tree):
    for file in tree.files:
        if file.is_document or file.path.suffix == ".json":
            continue
        if len(file.lines) > FILE_LINES:
            yield Finding(file.name, FILE_LINES, f"{len(file.lines)} lines; ask what the file wants to become and split it by meaning")


NOT_A_FUNCTION = re.compile(r"\b(TEST_SUITE|namespace|class|struct|union|enum|extern|concept|requires\s*\{)\b|=\s*$|^\s*$")


def functions(tree):
    for file in tree.cpp():
        for first, last, head in bodies(file.code):
            if last - first + 1 > FUNCTION_LINES:
                name = re.sub(r"\s+", " ", head).strip()[-60:]
                length = f"'{name}' is {last - first + 1} lines"
                yield Finding(file.name, first, f"{length}; {FUNCTION_LINES} fit a screen: take steps out of it")


def bodies(code):
    """The outermost function bodies of `code`, as (first line, last line, what stands before the brace)."""
    code = re.sub(r"(?m)^\s*#.*(\\\n.*)*$", lambda match: re.sub(r"[^\n]", " ", match.group()), code)
    inside_function = 0  # the depth of braces within a function; scopes around functions are not counted
    scopes = []
    begin = 0  # where the statement that the next brace belongs to begins
    first = 1
    for match in re.finditer(r"[{};]", code):
        symbol = match.group()
        if symbol == "{":
            if inside_function:
                inside_function += 1
            else:
                head = re.sub(r"^\s*((public|private|protected)\s*:\s*)*", "", code[begin : match.start()])
                if is_function(head):
                    inside_function = 1
                    text_begin = match.start() - len(head)
                    first = code.count("\n", 0, text_begin) + 1
                    function_head = head
                else:
                    scopes.append(head)
        elif symbol == "}":
            if inside_function:
                inside_function -= 1
                if inside_function == 0:
                    yield first, code.count("\n", 0, match.start()) + 1, function_head
            elif scopes:
                scopes.pop()
        if not inside_function:
            begin = match.end()


def is_function(head):
    bare = re.sub(r"\btemplate\s*<[^{]*?>\s*(?=\w|\[)|\(.*\)", "()", head, flags=re.DOTALL)
    return "(" in head and not NOT_A_FUNCTION.search(bare)


def casts(tree):
    for file in tree.cpp():
        if file.name.startswith("src/base/") or file.name in CASTS_ALLOWED:
            continue
        for number, line in enumerate(file.code.splitlines(), 1):
            if "reinterpret_cast" in line:
                yield Finding(
                    file.name, number, "reinterpret_cast lives in base/; use esker::as_bytes, esker::as_text or base::load_le"
                )
