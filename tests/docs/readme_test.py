"""README.md says what is so: its commands answer as printed, its example is the compiled one, its write path exists.

    readme_test.py --bin DIR             checks; DIR is where the programs are
    readme_test.py --bin DIR --update    writes what the commands answer and the compiled example into README.md
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
EXAMPLE = "tests/install/project/embed.cpp"
BIN = ROOT / "build" / "debug" / "bin"

# What differs from run to run is compared by its form. Same id, same name: `<id 1>`, `<id 2>` in order of appearance.
FORMS = [
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "id"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"), "time"),
    (re.compile(r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s)\b"), "duration"),
    (re.compile(r"\b\d[\d,.]* ?[kMG]?(B|events)/s"), "rate"),
    (re.compile(r"\b\d[\d.]* [KMG]?i?B in memory"), "memory"),  # depends on the store's random hash seed
]


def by_form(text):
    for pattern, form in FORMS:
        text = pattern.sub(f"<{form}>", text)
    return [re.sub(r"\s+", " ", line).strip() for line in text.strip().splitlines()]


def console_blocks(text):
    """The blocks of commands and answers, as matches whose group 1 is the block's inside and group 'stopped' what says that the
    server has been stopped before."""
    return re.finditer(r"(?P<stopped><!-- the server has been stopped -->\n)?```console\n(.*?)```", text, re.DOTALL)


def commands(block):
    """Pairs of a command, its continuation lines joined, and the answer printed below it."""
    pairs = []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            pairs.append([line[2:], ""])
        elif line.startswith("> ") and not pairs[-1][1]:
            pairs[-1][0] += line[2:]
        else:
            pairs[-1][1] += line
    return pairs


class Server:
    """An es-server on a free port, in a directory of its own."""

    def __init__(self, directory):
        self.process = subprocess.Popen(
            [str(BIN / "es-server"), "--data", "shop", "--listen", "127.0.0.1:0", "--grpc-listen", "none"],
            cwd=directory,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.process.stderr.readline()
        match = re.search(r"127\.0\.0\.1:(\d+)", first)
        if not match:
            self.process.kill()
            raise AssertionError(f"es-server's first line names no address: {first}")
        self.address = match.group(0)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return self.process.returncode


def run_tour(text):
    """Runs the README's blocks in order. Yields (command, what is printed in README, what it answered)."""
    with tempfile.TemporaryDirectory(prefix="esker-readme-") as directory:
        server = Server(directory)
        try:
            environment = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", ESKER_SERVER=server.address, TZ="UTC")
            for block in console_blocks(text):
                if block.group("stopped") and server.stop() != 0:
                    raise AssertionError("es-server did not end in order")
                for command, printed in commands(block.group(2)):
                    run = subprocess.run(
                        ["sh", "-c", command],
                        cwd=directory,
                        env=environment,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                        timeout=60,
                    )
                    yield block, command, printed, run.stdout
        finally:
            server.stop()


class Readme(unittest.TestCase):
    def setUp(self):
        self.text = README.read_text(encoding="utf-8")

    def test_the_commands_answer_as_printed(self):
        count = 0
        for _, command, printed, answered in run_tour(self.text):
            with self.subTest(command=command.strip()):
                self.assertEqual(by_form(answered), by_form(printed))
            count += 1
        self.assertGreater(count, 5, "the tour has hardly any commands; are its blocks still marked console?")

    def test_the_example_is_the_compiled_one(self):
        match = re.search(f"<!-- {EXAMPLE} -->\n```cpp\n(.*?)```", self.text, re.DOTALL)
        self.assertIsNotNone(match)
        self.assertEqual(match.group(1), (ROOT / EXAMPLE).read_text(encoding="utf-8"))

    def test_the_write_path_exists(self):
        lines = re.findall(r"^\d+\. `(\w+/\w+\.cpp)`(?: `(\w+)`)?", self.text, re.MULTILINE)
        self.assertGreaterEqual(len(lines), 6, "the write path is not there; it is a numbered list of `layer/file.cpp` `function`")
        for file, function in lines:
            source = ROOT / "src" / file
            self.assertTrue(source.exists(), f"src/{file} is named in the write path and not there")
            if function:
                found = re.search(rf"\b{function}\(", source.read_text(encoding="utf-8"))
                self.assertTrue(found, f"src/{file} has no {function}()")

    def test_the_layout_exists(self):
        for name in re.findall(r"^((?:\w|[-/.])+/)\s{2,}\w", self.text, re.MULTILINE):
            self.assertTrue((ROOT / name).is_dir(), f"{name} is in the layout and not there")

    def test_every_program_teaches_its_options(self):
        for program in ["es-server", "es-cli", "es-tool"]:
            run = subprocess.run([BIN / program, "--help"], capture_output=True, text=True, timeout=60)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("Usage", run.stdout)
            self.assertEqual(run.stderr, "")


def update():
    """Writes the answers and the example into README.md."""
    text = README.read_text(encoding="utf-8")
    example = (ROOT / EXAMPLE).read_text(encoding="utf-8")
    text = re.sub(f"(<!-- {EXAMPLE} -->\n```cpp\n).*?(```)", lambda match: match[1] + example + match[2], text, flags=re.DOTALL)
    blocks = {}
    for block, command, _, answered in run_tour(text):
        first, *more = command.rstrip("\n").split("\n")
        shown = "\n".join([f"$ {first}", *(f"> {line}" for line in more)]) + "\n" + answered
        blocks.setdefault(block.start(2), (block, []))[1].append(shown)
    for block, shown in reversed(list(blocks.values())):
        text = text[: block.start(2)] + "".join(shown) + text[block.end(2) :]
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, default=BIN)
    parser.add_argument("--update", action="store_true")
    options, rest = parser.parse_known_args()
    BIN = options.bin.resolve()
    if options.update:
        update()
    else:
        unittest.main(argv=[sys.argv[0], *rest])
