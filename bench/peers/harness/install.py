"""Installs and builds what is missing: from Debian, the Go module proxy and crates.io, with versions pinned."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
PEERS = ROOT / "bench" / "peers"
BUILT = ROOT / "build" / "peers"

NATS_SERVER = "2.15.2"
UMADB = "0.7.8"  # as in umadb/Cargo.toml


def run(*command, cwd=ROOT, **environment):
    """Runs it with its output on standard error, since standard output is the report's. Raises RuntimeError."""
    words = [str(word) for word in command]
    if subprocess.run(words, cwd=cwd, env=os.environ | environment, stdout=2).returncode:
        raise RuntimeError("failed: " + " ".join(words))


def need(program, how):
    if shutil.which(program) is None:
        raise RuntimeError(f"{program} is missing; {how}")


def is_there(program, version):
    """True when build/peers has this version of the server."""
    path = BUILT / "bin" / program
    return path.exists() and version in subprocess.run([path, "--version"], capture_output=True, text=True).stdout


def debian(*packages):
    """Installs those of the Debian packages that are not there."""
    missing = []
    for package in packages:
        state = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True)
        if state.stdout != "installed":
            missing.append(package)
    if missing:
        as_root = [] if os.geteuid() == 0 else ["sudo"]
        run(*as_root, "apt-get", "update", "-qq")
        run(*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


def esker(targets, with_peers):
    """Builds `targets` of the release preset; `with_peers`: also those that need libpq and hiredis."""
    run(ROOT / "tools" / "packages")
    run("cmake", "--preset", "release", "-Wno-dev", "--log-level=WARNING", *["-DESKER_PEERS=ON"] * with_peers)
    run("cmake", "--build", "--preset", "release", "-j", os.cpu_count(), "--target", *targets)


def nats():
    need("go", "install Go 1.26 or newer from go.dev")
    if not is_there("nats-server", NATS_SERVER):
        run("go", "install", f"github.com/nats-io/nats-server/v2@v{NATS_SERVER}", GOBIN=str(BUILT / "bin"))
    run("go", "build", "-o", BUILT / "bin" / "es-peer-nats", ".", cwd=PEERS / "nats")


def umadb():
    need("cargo", "install Rust 1.85 or newer from rustup.rs")
    debian("protobuf-compiler")
    target = {"CARGO_TARGET_DIR": str(BUILT / "cargo")}
    if not is_there("umadb", UMADB):
        run("cargo", "install", "--quiet", "--locked", "--force", "--root", BUILT, "--version", "=" + UMADB, "umadb", **target)
    run("cargo", "build", "--quiet", "--release", "--locked", cwd=PEERS / "umadb", **target)
