"""Turns: a store is started, its driver drives it, it is stopped; and what that took."""

import contextlib
import signal
import subprocess
import sys
import threading

from . import machine
from .rows import LOAD_CLIENTS, STREAM_EVENTS, median, parse_answer

GRACE_SECONDS = 120  # beyond the time that a turn is meant to take


class Effort:
    def __init__(self, seconds, rounds, events):
        self.seconds, self.rounds, self.events = seconds, rounds, events


class Driver:
    """A driver that has connected and warmed up. Its life is bounded."""

    def __init__(self, store, port, words, seconds):
        command = [store.driver(), "--port", port, *words]
        self.process = machine.Process(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.alarm = threading.Timer(seconds + GRACE_SECONDS, self.process.popen.kill)
        self.alarm.daemon = True
        self.alarm.start()
        try:
            self.expect("ready")
        except BaseException:
            self.close()
            raise

    def line(self):
        line = self.process.popen.stdout.readline()
        if not line:
            self.process.stop(seconds=5)
            said = self.process.popen.stderr.read().strip()
            raise RuntimeError(said or f"its driver ended with {self.process.popen.returncode} or took too long")
        return line

    def expect(self, word):
        if (line := self.line().strip()) != word:
            raise RuntimeError(f"its driver said {line!r}")

    def go(self):
        """Measures, and returns the driver's answer; the connections are still open."""
        self.process.popen.stdin.write("go\n")
        self.process.popen.stdin.flush()
        return self.line()

    def finish(self):
        """Lets it end by itself."""
        self.process.popen.stdin.close()
        self.process.popen.wait(60)

    def close(self):
        self.alarm.cancel()
        self.process.stop(signal.SIGKILL)
        for pipe in (self.process.popen.stdin, self.process.popen.stdout, self.process.popen.stderr):
            with contextlib.suppress(OSError):  # what is left to write reaches nobody
                pipe.close()


def drive(store, words, seconds, loading=False):
    """One turn. Returns its figures."""
    server, port = store.start(loading)
    try:
        driver = Driver(store, port, words, seconds)
        try:
            before = machine.processor_seconds(server.popen.pid)
            answer = driver.go()
            took = machine.processor_seconds(server.popen.pid) - before
            driver.finish()
        finally:
            driver.close()
    finally:
        grown = store.stop(server)
    figures, events = parse_answer(answer)
    figures.cpu_s_per_million = took / events * 1e6
    figures.bytes_per_event = grown / events if grown > 0 else None
    return figures


def load(store, effort):
    """Fills the store with the events that are read. Returns the bytes that one takes."""
    words = ["--operation", "load", "--run", "loaded", "--clients", LOAD_CLIENTS, "--batch", STREAM_EVENTS, "--events", effort.events]
    server, _ = store.start(loading=True)  # what an empty store takes is no event's
    store.stop(server)
    return drive(store, words, 600, loading=True).bytes_per_event


def words_of(row, effort, turn):
    return [
        *("--operation", row.operation, "--clients", row.clients, "--batch", row.batch, "--events", effort.events),
        *("--seconds", effort.seconds, "--warm-up", effort.seconds / 4, "--run", f"{row.key}.{turn}"),
    ]


def measure(stores, rows, effort):
    """All rows of all stores, in turn. Returns the figures by (row, store), and why others are missing."""
    results, lacks, loaded = {}, {}, {}
    for name, store in stores.items():
        say(f"filling {store.title} with {effort.events} events")
        store.prepare()
        loaded[name] = load(store, effort)
    for row in rows:
        say(row.title)
        turns = {name: [] for name in stores}
        for turn in range(effort.rounds):
            for name, store in stores.items():
                if (row.key, name) in lacks:
                    continue
                if row.operation not in offered(store):
                    lacks[row.key, name] = store.lacks[row.operation]
                    continue
                try:
                    turns[name].append(drive(store, words_of(row, effort, turn), effort.seconds * 1.25))
                except (RuntimeError, ValueError) as error:
                    lacks[row.key, name] = f"'{row.title}' failed: {error}"
                    say(f"  {store.title}: {error}")
        for name, figures in turns.items():
            if figures and (row.key, name) not in lacks:
                results[row.key, name] = median(figures)
                if not row.writes:
                    results[row.key, name].bytes_per_event = loaded[name]
    return results, lacks


def offered(store):
    """The operations that its driver has."""
    return subprocess.run([store.driver(), "--operations"], capture_output=True, text=True, check=True).stdout.split()


def say(text):
    print(f"peers: {text}", file=sys.stderr, flush=True)
