"""Tests of tools/packages, tools/test and tools/run, with stand-ins for apt-get, cmake and ctest that note how they were called.

    scripts_test.py --bin DIR     DIR is where the programs are
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "debug" / "bin"
SYSTEM = "sh bash awk dirname nproc env cat mktemp rm grep sed head tail kill sleep seq tee setsid".split()

DPKG_LOG = """\
2026-01-02 03:04:05 startup archives unpack
2026-01-02 03:04:05 install hello:amd64 <none> 2.10-3
2026-01-02 03:04:05 status half-installed hello:amd64 2.10-3
2026-01-02 03:04:06 status unpacked hello:amd64 2.10-3
2026-01-02 03:04:07 configure hello:amd64 2.10-3 <none>
2026-01-02 03:04:08 status installed hello:amd64 2.10-3
"""


class Tree:
    """A copy of the scripts in a directory of its own, and a PATH that leads to stand-ins and a few harmless programs only."""

    def __init__(self):
        self.holder = tempfile.TemporaryDirectory(prefix="esker-scripts-")
        self.root = pathlib.Path(self.holder.name)
        self.stand_ins = self.root / "stand-ins"
        self.stand_ins.mkdir()
        (self.root / "tools").mkdir()
        for script in ["packages", "run", "test"]:
            shutil.copy(ROOT / "tools" / script, self.root / "tools" / script)
        for program in SYSTEM:
            (self.stand_ins / program).symlink_to(shutil.which(program))
        self.calls = self.root / "calls"
        self.calls.write_text("")

    def add(self, program, body="exit 0"):
        """A stand-in that notes its arguments and then does `body`."""
        path = self.stand_ins / program
        path.write_text(f'#!/bin/sh\necho "{program} $*" >>"{self.calls}"\n{body}\n')
        path.chmod(0o755)

    def environment(self):
        return dict(os.environ, PATH=str(self.stand_ins), TZ="UTC")

    def run(self, *command):
        return subprocess.run(
            [self.root / command[0], *command[1:]],
            capture_output=True,
            text=True,
            timeout=120,
            env=self.environment(),
        )

    def called(self):
        return self.calls.read_text().splitlines()


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.tree = Tree()
        self.addCleanup(self.tree.holder.cleanup)


class Packages(TreeTest):
    def installed_but(self, *missing):
        names = "|".join(missing) or "none"
        self.tree.add("dpkg-query", f'case "$4" in {names}) exit 1 ;; *) printf installed ;; esac')

    def test_nothing_is_done_when_all_is_there(self):
        self.installed_but()
        self.tree.add("apt-get")
        self.assertEqual(self.tree.run("tools/packages").returncode, 0)
        self.assertFalse([call for call in self.tree.called() if call.startswith("apt-get")])

    def test_only_what_is_missing_is_installed(self):
        self.installed_but("cmake", "doctest-dev")
        self.tree.add("apt-get")
        self.tree.add("id", "echo 0")
        run = self.tree.run("tools/packages")
        self.assertEqual(run.returncode, 0, run.stderr)
        install = [call for call in self.tree.called() if "apt-get install" in call or call.startswith("apt-get install")]
        self.assertEqual(len(install), 1)
        self.assertRegex(install[0], r"--no-install-recommends cmake doctest-dev$")

    def test_who_is_not_root_uses_sudo(self):
        self.installed_but("cmake")
        self.tree.add("apt-get")
        self.tree.add("id", "echo 1000")
        self.tree.add("sudo")
        self.assertEqual(self.tree.run("tools/packages").returncode, 0)
        self.assertTrue([call for call in self.tree.called() if call.startswith("sudo") and "apt-get install" in call])

    def test_without_apt_the_error_names_what_is_missing(self):
        self.installed_but("cmake")
        run = self.tree.run("tools/packages")
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, "apt-get is not here.*cmake")

    def test_without_dpkg_the_error_says_what_to_do(self):
        run = self.tree.run("tools/packages")
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, "not a Debian system.*cmake")

    def test_a_failed_installation_is_an_error(self):
        self.installed_but("cmake")
        self.tree.add("apt-get", '[ "$1" != install ]')
        self.tree.add("id", "echo 0")
        run = self.tree.run("tools/packages")
        self.assertEqual(run.returncode, 1)
        self.assertIn("could not install", run.stderr)


class Test(TreeTest):
    def setUp(self):
        super().setUp()
        (self.tree.root / "tools" / "packages").write_text("#!/bin/sh\n")
        self.tree.add("cmake")
        self.tree.add("ctest", "exit 7")

    def test_it_builds_and_ends_as_ctest_does(self):
        run = self.tree.run("tools/test")
        self.assertEqual(run.returncode, 7, run.stderr)
        called = self.tree.called()
        self.assertIn("--build --preset debug", called[1])
        self.assertTrue(called[-1].startswith("ctest --preset debug"), called)

    def test_a_part_that_matches_nothing_is_an_error(self):
        self.tree.run("tools/test", "log/")
        self.assertRegex(self.tree.called()[-1], r"--no-tests=error -R log/$")

    def test_a_preset_is_taken(self):
        self.tree.run("tools/test", "--preset", "asan")
        self.assertTrue(self.tree.called()[-1].startswith("ctest --preset asan"))

    def test_an_unknown_option_is_refused(self):
        run = self.tree.run("tools/test", "--fast")
        self.assertEqual(run.returncode, 2)
        self.assertIn("--help", run.stderr)

    def test_a_failed_build_ends_it(self):
        self.tree.add("cmake", '[ "$1" != --build ]')
        self.assertNotEqual(self.tree.run("tools/test").returncode, 0)
        self.assertFalse([call for call in self.tree.called() if call.startswith("ctest")])


class Run(TreeTest):
    def setUp(self):
        super().setUp()
        (self.tree.root / "tools" / "packages").write_text("#!/bin/sh\n")
        self.tree.add("cmake")
        (self.tree.root / "build" / "release").mkdir(parents=True)
        (self.tree.root / "build" / "release" / "bin").symlink_to(BIN)
        self.log = self.tree.root / "dpkg.log"
        self.log.write_text(DPKG_LOG)

    def once(self, *more):
        run = self.tree.run("tools/run", "--once", "--port", "0", "--grpc-port", "0", "--log", str(self.log), *more)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_it_loads_the_log_and_shows_it(self):
        said = self.once()
        self.assertRegex(said, r"\b5 new events\b")
        self.assertIn("hello", said)
        self.assertRegex(said, r"(?m)^.*DemonstrationHeld", said)

    def test_a_second_run_adds_only_what_is_new(self):
        self.once()
        self.assertRegex(self.once(), r"\b0 new events\b")
        with self.log.open("a") as log:
            log.write("2026-01-03 03:04:05 remove hello:amd64 2.10-3 <none>\n")
        self.assertRegex(self.once(), r"\b1 new event\b")

    def test_without_a_log_it_says_so_and_uses_a_sample(self):
        self.log.unlink()
        said = self.once()
        self.assertRegex(said, "no .*dpkg.log")
        self.assertRegex(said, r"\b[1-9]\d* new events\b")

    def test_it_serves_until_it_is_interrupted(self):
        process = subprocess.Popen(
            [self.tree.root / "tools" / "run", "--port", "0", "--grpc-port", "0", "--log", self.log],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.tree.environment(),
            start_new_session=True,
        )
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        said.append(process.communicate(timeout=60)[0])
        self.assertEqual(process.returncode, 0, "".join(said))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, default=BIN)
    options, rest = parser.parse_known_args()
    BIN = options.bin.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
