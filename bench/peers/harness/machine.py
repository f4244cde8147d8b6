"""Processes and files: what a server takes of the machine, and that it ends."""

import os
import pathlib
import platform
import signal
import socket
import subprocess
import time

BLOCK = 4096
CHUNK = 1 << 20
ZEROS = bytes(CHUNK)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def processor_times(stat, schedule=""):
    """(parent, seconds) of what /proc/PID/stat and /proc/PID/schedstat hold; the seconds are its own and of its children that have ended.

    The former counts in ticks of 10 ms, and a session of a server with hundreds of processes does not come to one; the latter counts in
    nanoseconds, but only the first thread.
    """
    fields = stat[stat.rindex(")") + 2 :].split()  # the name may hold anything
    parent, threads = int(fields[1]), int(fields[17])
    own, ended = (sum(int(field) for field in fields[begin : begin + 2]) / TICKS_PER_SECOND for begin in (11, 13))
    if threads == 1 and schedule:
        own = int(schedule.split()[0]) / 1e9
    return parent, own + ended


def text_of(path):
    try:
        return path.read_text()
    except OSError:
        return ""  # it has ended meanwhile, or this kernel does not have it


def processor_seconds(root):
    """Of the process and all its descendants, alive or not."""
    parents, seconds = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := text_of(entry / "stat")):
            pid = int(entry.name)
            parents[pid], seconds[pid] = processor_times(stat, text_of(entry / "schedstat"))
    family, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return sum(seconds.get(pid, 0) for pid in family)


def bytes_in_use(path):
    """Of a file: its blocks that hold anything but zeros, so that what a server prepares ahead does not count before it is used."""
    used = 0
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            if chunk == ZEROS[: len(chunk)]:
                continue
            for begin in range(0, len(chunk), BLOCK):
                block = chunk[begin : begin + BLOCK]
                used += len(block) if block != ZEROS[: len(block)] else 0
    return used


def stored_bytes(directory, except_for=()):
    """In use below `directory`, without the folders whose names are in `except_for`."""
    total = 0
    for folder, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if name not in except_for]
        for name in names:
            path = pathlib.Path(folder, name)
            if path.is_file() and not path.is_symlink():
                total += bytes_in_use(path)
    return total


def describe(directory):
    """The machine in one line."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    kind = subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", directory], capture_output=True, text=True).stdout.strip()
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, {kind}"


class Process:
    """A child that ends with this process, whatever happens, and not with its Ctrl-C."""

    def __init__(self, command, user=None, **options):
        identity = ["--reuid", user, "--regid", user, "--init-groups"] if user else []
        self.popen = subprocess.Popen(
            ["setpriv", *identity, "--pdeathsig", "KILL", "--", *map(str, command)], start_new_session=True, **options
        )

    def stop(self, how=signal.SIGTERM, seconds=60):
        """Asks it to end, waits, and in the end makes it, with all that it started."""
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            try:
                os.killpg(self.popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # nothing of it is left
            self.popen.wait()


def takes_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def answer_of(port, question):
    """What a server says first when it is asked; nothing when it is not there."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(question)
            return connection.recv(BLOCK)
    except OSError:
        return b""


def wait_until(process, ready, log, seconds=60):
    """Until `ready()` is true. Raises RuntimeError, with the end of the server's log, when it does not become so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.popen.poll() is None:
        if ready():
            return
        time.sleep(0.01)
    raise RuntimeError("the server does not answer; the end of its log:\n" + log.read_text(errors="replace")[-2000:])
