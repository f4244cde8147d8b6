"""Installs the clients, once for a build directory, and runs their tests with them."""

import argparse
import hashlib
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).parent
SKIPPED = 77
PACKAGES = ("esdbclient", "kurrentdbclient")


def installed(packages):
    """The interpreter that has the clients; nothing, and a line why, when they cannot be had."""
    requirements = HERE / "requirements.txt"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    python = packages / "bin" / "python"
    done = packages / "installed"
    if done.exists() and done.read_text() == wanted:
        return python
    venv.create(packages, with_pip=True, clear=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        reason = (run.stderr.strip().splitlines() or ["pip failed"])[-1]
        print(f"skipped: the clients cannot be installed: {reason}")
        return None
    done.write_text(wanted)
    return python


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path, help="where es-server is")
    parser.add_argument("--packages", required=True, type=pathlib.Path, help="where the clients are installed")
    arguments, rest = parser.parse_known_args()
    python = installed(arguments.packages)
    if python is None:
        return SKIPPED
    command = [python, "-B", HERE / "python_clients_test.py", arguments.bin]
    return max(subprocess.run([*command, package, *rest]).returncode for package in PACKAGES)


if __name__ == "__main__":
    sys.exit(main())
