"""Tests of tools/tidy: each rule fails on a planted violation, names its place, and lets a clean tree pass."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TIDY = pathlib.Path(__file__).resolve().parents[2] / "tools" / "tidy"

CLEAN = {
    "src/base/number.hpp": "#pragma once\n\nint number();\n",
    "src/base/number.cpp": '#include "base/number.hpp"\n\nint number() { return 1; }\n',
    "src/base/CMakeLists.txt": "esker_layer(base SOURCES number.cpp)\n",
    "tests/base/number_test.cpp": '#include "base/number.hpp"\n\nTEST_SUITE("base") {\n'
    '  TEST_CASE("number: it is one") { CHECK(number() == 1); }\n}\n',
    "tests/base/CMakeLists.txt": "esker_test(base SOURCES number_test.cpp)\n",
    "tests/README.md": "| # | |\n|---|---|\n| R4 | A failed sync is final. |\n",
}


def tidy(files, rule=None):
    """Runs tidy over a clean tree with `files` added or replaced; returns its exit code and what it said."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in {**CLEAN, **files}.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command = [sys.executable, str(TIDY), "--root", root, *(["--rule", rule] if rule else [])]
        run = subprocess.run(command, capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr


def built(name):
    """A CMakeLists.txt at the top that names `name`."""
    return {"CMakeLists.txt": f"add_library(more {name})\n"}


class Tidy(unittest.TestCase):
    def finds(self, rule, place, files):
        code, said = tidy(files)
        self.assertEqual(code, 1, said)
        self.assertIn(f"{place}: {rule}: ", said)

    def passes(self, files):
        code, said = tidy(files)
        self.assertEqual(code, 0, said)

    def test_a_clean_tree_passes(self):
        self.passes({})

    def test_layers(self):
        self.finds("layers", "src/base/number.cpp:2", {"src/base/number.cpp": '#include "base/number.hpp"\n#include "log/log.hpp"\n'})
        self.finds("layers", "src/log/log.hpp:2", {"src/log/log.hpp": '#pragma once\n#include "index/index.hpp"\n'})
        self.finds("layers", "src/client/a.hpp:2", {"src/client/a.hpp": '#pragma once\n#include "store/store.hpp"\n'})
        self.finds("layers", "src/store/a.hpp:2", {"src/store/a.hpp": "#pragma once\n#include <boost/asio/post.hpp>\n"})
        self.finds("layers", "src/log/a.hpp:2", {"src/log/a.hpp": '#pragma once\n#include "esker/store.hpp"\n'})
        self.finds("layers", "src/log/a.hpp:2", {"src/log/a.hpp": "#pragma once\n#include <unistd.h>\n"})
        self.finds("layers", "include/esker/a.hpp:2", {"include/esker/a.hpp": '#pragma once\n#include "base/number.hpp"\n'})
        self.finds("layers", "src/util/a.hpp:1", {"src/util/a.hpp": "#pragma once\n"})

    def test_includes(self):
        self.finds("includes", "src/base/a.hpp:1", {"src/base/a.hpp": "int a();\n"})
        self.finds("includes", "tests/base/a.hpp:2", {"tests/base/a.hpp": '#pragma once\n#include "../b.hpp"\n'})
        own_last = '#include <vector>\n\n#include "base/number.hpp"\n'
        self.finds("includes", "src/base/number.cpp:1", {"src/base/number.cpp": own_last})

    def test_columns(self):
        self.finds("columns", "src/base/number.cpp:1", {"src/base/number.cpp": "int a = " + "1 + " * 30 + "1;\n"})
        self.finds("columns", "src/base/number.cpp:1", {"src/base/number.cpp": "// " + "x" * 140 + "\n"})
        code, said = tidy({"src/base/number.cpp": "// " + "x" * 130 + "\n"}, "columns")
        self.assertEqual(code, 0, said)

    def test_lengths(self):
        self.finds("lengths", "src/base/number.cpp:500", {"src/base/number.cpp": "int a();\n" * 501})

    def test_functions(self):
        long = "namespace a {\nint f(int x) {\n" + "  x += 1;\n" * 69 + "  return x;\n}\n}\n"
        self.finds("functions", "src/base/number.cpp:2", {"src/base/number.cpp": long})
        method = "class A {\n public:\n  void g() const noexcept {\n" + "    if (a) { b(); }\n" * 70 + "  }\n};\n"
        self.finds("functions", "src/base/number.cpp:3", {"src/base/number.cpp": method})
        template = "template <class T>\n  requires(sizeof(T) > 1)\nauto f(T x) -> int {\n" + "  x += 1;\n" * 70 + "}\n"
        self.finds("functions", "src/base/number.cpp:1", {"src/base/number.cpp": template})
        scopes = 'TEST_SUITE("base") {\n' + "int f();\n" * 80 + "}\nnamespace b {\n" + "int f();\n" * 80 + "}\n"
        code, said = tidy({"src/base/number.cpp": scopes}, "functions")
        self.assertEqual(code, 0, said)

    def test_casts(self):
        code = "int* f(char* x) { return reinterpret_cast<int*>(x); }\n"
        self.finds("casts", "tests/base/number_test.cpp:1", {"tests/base/number_test.cpp": code})

    def test_sources_built(self):
        self.finds("sources-built", "tests/base/lost_test.cpp:1", {"tests/base/lost_test.cpp": ""})

    def test_headers_used(self):
        self.finds("headers-used", "src/base/lost.hpp:1", {"src/base/lost.hpp": "#pragma once\n"})

    def test_twins(self):
        self.finds("twins", "src/base/more.cpp:1", {"src/base/more.cpp": "", **built("src/base/more.cpp")})

    def test_names(self):
        for name in ["number: one; two", "number is one", "number: [one]", "number: it is one"]:
            case = f'TEST_SUITE("base") {{\nTEST_CASE("{name}") {{}}\n}}\n'
            files = {"tests/base/other_test.cpp": case, **built("tests/base/other_test.cpp")}
            self.finds("test-names", "tests/base/other_test.cpp:2", files)
        case = 'TEST_CASE("number: two") {}\n'
        self.finds("test-names", "tests/base/number_test.cpp:1", {"tests/base/number_test.cpp": case})

    def test_sleeping(self):
        self.finds("sleeping", "src/base/number.cpp:1", {"src/base/number.cpp": "void f() { std::this_thread::sleep_for(x); }\n"})
        self.finds("sleeping", "src/base/number.cpp:1", {"src/base/number.cpp": "void f() { thread.detach(); }\n"})

    def test_leftovers(self):
        self.finds("leftovers", "src/base/number.cpp:1", {"src/base/number.cpp": "// TO" "DO: finish\n"})

    def test_machine_paths(self):
        self.finds("machine-paths", "src/base/number.cpp:1", {"src/base/number.cpp": "// as in /ho" "me/someone/x\n"})
        self.finds("machine-paths", "README.md:1", {"README.md": "see des" "ign.md\n"})

    def test_references(self):
        self.finds("references", "src/base/number.cpp:1", {"src/base/number.cpp": "// R5 says so.\n"})
        code, said = tidy({"src/base/number.cpp": "// R4 says so.\n"}, "references")
        self.assertEqual(code, 0, said)

    def test_links(self):
        self.finds("links", "README.md:1", {"README.md": "see [this](nowhere.md)\n"})

    def test_what_is_quoted_or_commented_is_not_code(self):
        text = '// reinterpret_cast<int>(x)\nconst char* a = "reinterpret_cast";\n'
        text += 'const char* b = R"(sleep(1) reinterpret_cast)";\nint c = 1\'000;\n'
        for rule in ["casts", "sleeping"]:
            code, said = tidy({"src/base/number.cpp": text, "tests/base/number_test.cpp": text}, rule)
            self.assertEqual(code, 0, said)


if __name__ == "__main__":
    unittest.main()
