"""The stores: how each is installed, configured, started and stopped. README.md says why they are configured so."""

import os
import pathlib
import shutil
import signal
import subprocess

from . import install, machine

class Store:
    """One store, with its data in a directory of its own. It is started for each turn and stopped after it."""

    name = title = ""
    stop_signal = signal.SIGTERM
    user = None  # who runs the server; None: whoever runs this
    not_counted = ()  # folders that are not its data
    lacks = {}  # operation: why there is none

    def __init__(self, scratch, bin_directory):
        self.bin = bin_directory  # Esker's programs and the drivers in C++
        self.directory = pathlib.Path(scratch, self.name)
        self.log = pathlib.Path(scratch, self.name + ".log")
        self.stored = 0

    def prepare(self):
        """Makes the empty directory."""
        self.directory.mkdir()

    def version(self):
        raise NotImplementedError

    def configuration(self):
        raise NotImplementedError

    def command(self, port, loading):
        raise NotImplementedError

    def driver(self):
        return self.bin / f"es-peer-{self.name}"

    def answers(self, port):
        """True when the server on `port` takes requests."""
        return machine.takes_connections(port)

    def start(self, loading=False):
        """The running server and its port."""
        port = machine.free_port()
        with open(self.log, "ab") as log:
            process = machine.Process(self.command(port, loading), user=self.user, stdout=log, stderr=log, cwd=self.directory)
        try:
            machine.wait_until(process, lambda: self.answers(port), self.log)
        except BaseException:
            process.stop()
            raise
        return process, port

    def stop(self, process):
        """Ends it in order. Returns by how many bytes its data has grown since the last time."""
        process.stop(self.stop_signal)
        before, self.stored = self.stored, machine.stored_bytes(self.directory, self.not_counted)
        return self.stored - before


def first_line(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True).stdout.splitlines()[0]


class Esker(Store):
    name, title = "esker", "Esker"

    def version(self):
        return first_line(self.bin / "es-server", "--version")

    def configuration(self):
        return f"{self.version()}; all options at their defaults (--durability sync)"

    def command(self, port, loading):
        return [self.bin / "es-server", "--data", self.directory / "data", "--listen", f"127.0.0.1:{port}", "--grpc-listen", "none"]


class Postgres(Store):
    name, title = "postgres", "PostgreSQL"
    stop_signal = signal.SIGINT  # ends sessions, writes a checkpoint
    not_counted = ("pg_wal",)  # its files are used again; max_wal_size bounds them

    def __init__(self, scratch, bin_directory):
        super().__init__(scratch, bin_directory)
        self.user = "postgres" if os.geteuid() == 0 else None  # it refuses to be run by root
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self.programs = programs[-1] if programs else pathlib.Path()
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
        self.settings = {
            "shared_buffers": f"{min(memory // 4, 8192)}MB",
            "effective_cache_size": f"{memory // 2}MB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "random_page_cost": "1.1",
            "max_connections": "300",
        }

    def prepare(self):
        super().prepare()
        if self.user:
            shutil.chown(self.directory, self.user, self.user)
        words = ["initdb", "-D", self.directory / "data", "-U", "esker", "--auth=trust", "--no-locale", "--encoding=UTF8"]
        with open(self.log, "ab") as log:
            process = machine.Process([self.programs / words[0], *words[1:]], self.user, stdout=log, stderr=log, cwd=self.directory)
            try:
                code = process.popen.wait(120)
            finally:
                process.stop()
        if code:
            raise RuntimeError("initdb failed:\n" + self.log.read_text()[-2000:])

    def answers(self, port):
        # It takes connections before it can serve them.
        ready = [self.programs / "pg_isready", "--quiet", "--host", "127.0.0.1", "--port", str(port)]
        return subprocess.run(ready).returncode == 0

    def version(self):
        return first_line(self.programs / "postgres", "--version")

    def configuration(self):
        return f"{self.version()}; fsync and synchronous_commit on; " + ", ".join(f"{k}={v}" for k, v in self.settings.items())

    def command(self, port, loading):
        fixed = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": port, "fsync": "on", "synchronous_commit": "on"}
        options = [word for name, value in (fixed | self.settings).items() for word in ("-c", f"{name}={value}")]
        return [self.programs / "postgres", "-D", self.directory / "data", *options]


class Redis(Store):
    name, title = "redis", "Redis Streams"
    settings = ["--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no", "--save", ""]
    lacks = {operation: "streams have no tags, and no command appends on a condition" for operation in ("append-tags", "append-if")}

    def version(self):
        return " ".join(first_line("redis-server", "--version").split()[:3])

    def answers(self, port):
        # It takes connections while it loads its data.
        return machine.answer_of(port, b"PING\r\n").startswith(b"+PONG")

    def configuration(self):
        return f"{self.version()}; appendonly yes, appendfsync always, no RDB snapshots besides"

    def command(self, port, loading):
        return ["redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", self.directory, *self.settings]


class Nats(Store):
    name, title = "nats", "NATS JetStream"
    lacks = {
        operation: "an expected sequence is of one subject, or of a wildcard over one hierarchy of subjects, not of any set of tags"
        for operation in ("append-tags", "append-if")
    }

    def driver(self):
        return install.BUILT / "bin" / "es-peer-nats"

    def version(self):
        return first_line(install.BUILT / "bin" / "nats-server", "--version")

    def configuration(self):
        return f"{self.version()}; sync_interval: always; one file-based stream, 1 replica, direct gets and atomic batches allowed"

    def command(self, port, loading):
        # Loading is not measured, and would take minutes with a sync for each event.
        sync = "2m" if loading else "always"
        file = self.directory / "nats.conf"
        file.write_text(f'host: 127.0.0.1\nport: {port}\njetstream {{ store_dir: "{self.directory}", sync_interval: {sync} }}\n')
        return [install.BUILT / "bin" / "nats-server", "--config", file]


class Uma(Store):
    name, title = "umadb", "UmaDB"

    def driver(self):
        return install.BUILT / "cargo" / "release" / "es-peer-umadb"

    def version(self):
        return first_line(install.BUILT / "bin" / "umadb", "--version")

    def configuration(self):
        return f"{self.version()}; all options at their defaults"

    def command(self, port, loading):
        return [install.BUILT / "bin" / "umadb", "--listen", f"127.0.0.1:{port}", "--db-path", self.directory / "data.db"]


STORES = {store.name: store for store in (Esker, Postgres, Redis, Nats, Uma)}


def install_all(names, build_esker):
    """Installs and builds what the stores of these names need. Without `build_esker`, Esker's programs and the C++ drivers are there."""
    if "postgres" in names:
        install.debian("postgresql", "libpq-dev")
    if "redis" in names:
        install.debian("redis-server", "libhiredis-dev")
    if build_esker:
        drivers = [f"es-peer-{name}" for name in names if name in ("esker", "postgres", "redis")]
        install.esker(["es-server", *drivers], with_peers=bool({"postgres", "redis"} & set(names)))
    if "nats" in names:
        install.nats()
    if "umadb" in names:
        install.umadb()
