"""Tests of what bench/peers/run does with its command line and with figures, and of how it ends what it started."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "bench" / "peers"
sys.path.insert(0, str(PEERS))

from harness import machine, report, rows, stores  # noqa: E402  the path must be set before
from harness.rows import Figures  # noqa: E402


def load_run():
    loader = importlib.machinery.SourceFileLoader("peers_run", str(PEERS / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("peers_run", loader))
    loader.exec_module(module)
    return module


def row(key):
    return next(row for row in rows.ROWS if row.key == key)


class CommandLine(unittest.TestCase):
    def run_of(self, *arguments):
        return load_run().parse(arguments)

    def test_all_stores_and_rows_are_measured_when_none_is_named(self):
        options = self.run_of()
        self.assertEqual(options.peers, ["esker", "postgres", "redis", "nats", "umadb"])
        self.assertEqual(options.rows, rows.ROWS)

    def test_chosen_ones_keep_their_order(self):
        options = self.run_of("--peers", "redis, esker", "--rows", "append-64,read-all")
        self.assertEqual(options.peers, ["esker", "redis"])
        self.assertEqual([row.key for row in options.rows], ["read-all", "append-64"])

    def test_what_makes_no_sense_is_refused(self):
        for bad in ("--peers oracle", "--rows x", "--seconds 0", "--rounds 0", "--events 1001", "--events 10"):
            with self.subTest(bad):
                run = subprocess.run([PEERS / "run", *bad.split()], capture_output=True, text=True, timeout=60)
                self.assertEqual(run.returncode, 2, run.stderr)

    def test_it_explains_itself(self):
        run = subprocess.run([PEERS / "run", "--help"], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0)
        for option in ("--peers", "--rows", "--seconds", "--directory", "--json", "--small"):
            self.assertIn(option, run.stdout)


class FiguresTest(unittest.TestCase):
    def test_an_answer_is_read(self):
        figures, events = rows.parse_answer('{"events":500,"requests":50,"seconds":2.0,"p50_us":10,"p99_us":20}\n')
        self.assertEqual((figures.events_per_s, figures.p50_us, figures.p99_us, events), (250, 10, 20, 500))

    def test_what_is_no_answer_is_refused(self):
        for line in ("", "ready\n", "{}", '{"events":0,"seconds":1,"p50_us":1,"p99_us":1}', '{"events":1}', "[1]"):
            with self.subTest(line), self.assertRaises(ValueError):
                rows.parse_answer(line)

    def test_the_median_is_taken_of_each_figure_alone(self):
        middle = rows.median([Figures(1, 30, 3, 5.0, None), Figures(3, 10, 1, 7.0, 100), Figures(2, 20, 2, 6.0, 200)])
        self.assertEqual(middle, Figures(2, 20, 2, 6.0, 150))
        self.assertIsNone(rows.median([Figures(1, 1, 1)]).bytes_per_event)

    def test_a_ratio_needs_both(self):
        results = {("read-all", "esker"): Figures(600, 1, 1), ("read-all", "redis"): Figures(200, 1, 1)}
        self.assertEqual(rows.ratio(results, "read-all", "redis"), 3)
        self.assertIsNone(rows.ratio(results, "read-all", "nats"))

    def test_goals_are_met_or_missed(self):
        results = {
            ("append-64", "esker"): Figures(100, 1, 1),
            ("append-64", "postgres"): Figures(20, 1, 1),
            ("append-64", "nats"): Figures(50, 1, 1),
            ("tags", "esker"): Figures(100, 1, 1),
            ("condition", "esker"): Figures(95, 1, 1),
        }
        found = rows.goals(results, rows.ROWS, ["esker", "postgres", "nats"])
        self.assertEqual([(goal.needed, goal.met) for goal in found], [(10, False), (1, True), (0.1, True)])


class Report(unittest.TestCase):
    def setUp(self):
        self.rows = [row("append-64"), row("condition")]
        self.results = {
            ("append-64", "esker"): Figures(70_000, 800, 1600, 8.123, 399.6),
            ("append-64", "redis"): Figures(9_500, 7_000, 1_250_000, None, None),
        }
        self.lacks = {("condition", "redis"): "it has no tags"}
        self.titles = {"esker": "Esker", "redis": "Redis"}

    def test_the_table_has_a_line_for_each_row_and_store(self):
        lines = report.table(self.rows, ["esker", "redis"], self.results, self.titles, self.lacks).splitlines()
        self.assertEqual(lines[2], "| append 1 event × 64 clients | Esker | 70.0 k | 800 µs | 1600 µs | 8.12 | 400 |  |")
        self.assertEqual(lines[3], "|  | Redis | 9500 | 7000 µs | 1.25 s | - | - | 7.37× |")
        self.assertEqual(lines[5], "|  | Redis | - | - | - | - | - | - |")
        self.assertEqual(lines[-1], "- Redis: it has no tags")

    def test_json_says_the_same(self):
        configurations = {"esker": "defaults", "redis": "appendfsync always"}
        said = json.loads(report.as_json("a machine", configurations, self.rows, ["esker", "redis"], self.results, self.titles, self.lacks))
        self.assertEqual(said["rows"][1]["esker_ratio"], 70_000 / 9_500)
        self.assertEqual(said["rows"][3]["missing"], "it has no tags")
        self.assertEqual(said["stores"]["redis"]["configuration"], "appendfsync always")


class Machine(unittest.TestCase):
    def test_times_are_found_behind_any_name(self):
        fields = ["S", "7", *["0"] * 9, "10", "20", "3", "4", "0", "0", "1", *["0"] * 30]
        stat = "12 (a) b (c) " + " ".join(fields)
        tick = 1 / machine.TICKS_PER_SECOND
        self.assertEqual(machine.processor_times(stat), (7, 37 * tick))
        self.assertEqual(machine.processor_times(stat, "5000000 9 9\n"), (7, 0.005 + 7 * tick))
        fields[17] = "2"  # threads, of which the schedule has one
        self.assertEqual(machine.processor_times("12 (a) " + " ".join(fields), "5000000 9 9\n"), (7, 37 * tick))

    def test_children_count(self):
        busy = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
        before = machine.processor_seconds(os.getpid())
        subprocess.run([sys.executable, "-c", busy], check=True, timeout=60)
        self.assertGreater(machine.processor_seconds(os.getpid()) - before, 0.15)

    def test_what_is_only_prepared_does_not_count(self):
        with tempfile.TemporaryDirectory() as directory:
            folder = pathlib.Path(directory)
            (folder / "segment").write_bytes(bytes(10_000) + b"x" * 4096 + bytes(3 << 20))
            (folder / "log").mkdir()
            (folder / "log" / "old").write_bytes(b"x" * 500)
            self.assertEqual(machine.stored_bytes(directory, ["log"]), 8192)
            self.assertEqual(machine.stored_bytes(directory), 8692)

    def test_a_process_ends_when_it_must(self):
        stubborn = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(flush=True)\ntime.sleep(60)"
        process = machine.Process([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
        process.popen.stdout.readline()
        process.stop(seconds=0.1)
        process.popen.stdout.close()
        self.assertIsNotNone(process.popen.returncode)


class Stores(unittest.TestCase):
    def test_each_says_what_it_cannot(self):
        for store in stores.STORES.values():
            with self.subTest(store.name):
                self.assertTrue(store.title)
                self.assertTrue(all(why for why in store.lacks.values()))


if __name__ == "__main__":
    sys.exit(unittest.main())
