"""Installs the clients of one language, once for a build directory, and runs their tests with them."""

import argparse
import hashlib
import pathlib
import shutil
import subprocess
import sys
import venv

from served import Served

HERE = pathlib.Path(__file__).parent
SKIPPED = 77
PYTHON_CLIENTS = ("esdbclient", "kurrentdbclient")
NODE_CLIENTS = ("@eventstore/db-client", "@kurrent/kurrentdb-client")
NODE_LEAST = 20  # the older one's documentation says 18, the newer one's 20


class Skip(Exception):
    """The clients cannot be had here."""


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        reason = ((done.stderr or done.stdout).strip().splitlines() or ["no reason is given"])[-1]
        raise Skip(f"{pathlib.Path(str(command[0])).name} failed: {reason}")
    return done.stdout


def install_python(packages):
    venv.create(packages, with_pip=True, clear=True)
    pip = [packages / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--requirement", HERE / "requirements.txt")


def install_node(packages):
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir(parents=True)
    shutil.copy(HERE / "package.json", packages)
    run("npm", "install", "--no-audit", "--no-fund", "--silent", cwd=packages)


def installed(packages, wanted, install):
    """Installs unless what is wanted is there."""
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    done = packages / "installed"
    if done.exists() and done.read_text() == digest:
        return
    install(packages)
    done.write_text(digest)


def test_python(arguments, rest):
    installed(arguments.packages, HERE / "requirements.txt", install_python)
    command = [arguments.packages / "bin" / "python", "-B", HERE / "python_clients_test.py", arguments.bin]
    return max(subprocess.run([*command, client, *rest]).returncode for client in PYTHON_CLIENTS)


def test_node(arguments, rest):
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Skip(f"there is no {program}")
    version = run("node", "--version").strip()
    if int(version.lstrip("v").split(".")[0]) < NODE_LEAST:
        raise Skip(f"node is {version}, the clients want {NODE_LEAST}")
    installed(arguments.packages, HERE / "package.json", install_node)
    served = Served(arguments.bin)
    try:
        command = ["node", *rest, HERE / "node_clients_test.cjs", str(served.port), arguments.packages]
        return max(subprocess.run([*command, client]).returncode for client in NODE_CLIENTS)
    finally:
        served.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=["python", "node"])
    parser.add_argument("--bin", required=True, type=pathlib.Path, help="where es-server is")
    parser.add_argument("--packages", required=True, type=pathlib.Path, help="where the clients are installed")
    arguments, rest = parser.parse_known_args()
    arguments.packages = arguments.packages.resolve()
    try:
        return {"python": test_python, "node": test_node}[arguments.language](arguments, rest)
    except Skip as reason:
        print(f"skipped: the clients cannot be installed: {reason}")
        return SKIPPED


if __name__ == "__main__":
    sys.exit(main())
