"""A Python client, used as its documentation uses it: python_clients_test.py BIN esdbclient|kurrentdbclient.

One at a time: both register the same messages.
"""

import importlib
import json
import sys
import threading
import unittest
import uuid

from served import Served

BIN, PACKAGE = sys.argv[1:3]


def either(module, *names):
    """What one of the clients calls so, and the other otherwise."""
    return next(getattr(module, name) for name in names if hasattr(module, name))


class PythonClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.served = Served(BIN)
        cls.module = importlib.import_module(PACKAGE)
        exceptions = importlib.import_module(PACKAGE + ".exceptions")
        cls.WrongVersion = either(exceptions, "WrongCurrentVersionError", "WrongCurrentVersion")
        cls.NotFound = either(exceptions, "NotFoundError", "NotFound")
        cls.Error = either(exceptions, "KurrentDBClientError", "EventStoreDBClientException", "KurrentDBClientException")
        cls.IsDeleted = either(exceptions, "StreamIsDeletedError", "StreamIsDeleted")
        cls.StreamState = cls.module.StreamState
        cls.NewEvent = cls.module.NewEvent
        cls.client = cls.connect()

    @classmethod
    def connect(cls):
        connection = either(cls.module, "KurrentDBClient", "EventStoreDBClient")
        return connection(uri=cls.served.uri)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.served.close()

    def setUp(self):
        self.category = "c" + uuid.uuid4().hex
        self.stream = self.category + "-1"

    def event(self, type="Happened", data=b"{}", **more):
        return self.NewEvent(type=type, data=data, **more)

    def append(self, *events, stream=None, current_version=None):
        return self.client.append_to_stream(
            stream or self.stream, current_version=current_version if current_version is not None else self.StreamState.ANY, events=events
        )

    def next_of(self, subscription, count):
        """So many events of a subscription."""
        events = []
        for event in subscription:
            events.append(event)
            if len(events) == count:
                return events
        self.fail("the subscription ended")

    def test_append_and_get(self):
        first = self.event("OrderCreated", b'{"order_number": "123456"}', metadata=b'{"a": 1}')
        second = self.event("OrderSubmitted", b"\x01\x02", content_type="application/octet-stream")
        position = self.client.append_to_stream(self.stream, current_version=self.StreamState.NO_STREAM, events=[first])
        later = self.client.append_to_stream(self.stream, current_version=0, events=[second])
        self.assertGreater(later, position)
        events = self.client.get_stream(self.stream)
        self.assertEqual([event.id for event in events], [first.id, second.id])
        self.assertEqual([event.type for event in events], ["OrderCreated", "OrderSubmitted"])
        self.assertEqual([event.stream_position for event in events], [0, 1])
        self.assertEqual([event.commit_position for event in events], [position, later])
        self.assertEqual([event.content_type for event in events], ["application/json", "application/octet-stream"])
        self.assertEqual([event.data for event in events], [first.data, second.data])
        self.assertEqual(events[0].metadata, b'{"a": 1}')
        self.assertEqual(self.client.get_current_version(self.stream), 1)
        self.assertGreaterEqual(self.client.get_commit_position(), later)

    def test_single_events_and_iterables(self):
        self.client.append_to_stream(self.stream, current_version=self.StreamState.ANY, events=self.event())
        self.client.append_to_stream(self.stream, current_version=0, events=(self.event() for _ in range(5)))
        self.client.append_event(self.stream, current_version=5, event=self.event())
        self.client.append_events(self.stream, current_version=6, events=[self.event(), self.event()])
        self.assertEqual(len(self.client.get_stream(self.stream)), 9)

    def test_expected_versions(self):
        self.append(self.event(), self.event(), current_version=self.StreamState.NO_STREAM)
        for wrong in (self.StreamState.NO_STREAM, 0, 2):
            with self.assertRaises(self.WrongVersion):
                self.append(self.event(), current_version=wrong)
            with self.assertRaises(self.WrongVersion):
                self.client.append_event(self.stream, current_version=wrong, event=self.event())
        self.append(self.event(), current_version=self.StreamState.EXISTS)
        with self.assertRaises(self.WrongVersion):
            self.append(self.event(), stream=self.category + "-2", current_version=self.StreamState.EXISTS)

    def test_appending_again_writes_nothing(self):
        events = [self.event(), self.event()]
        position = self.append(*events, current_version=self.StreamState.NO_STREAM)
        self.assertEqual(self.append(*events, current_version=self.StreamState.NO_STREAM), position)
        self.assertEqual(len(self.client.get_stream(self.stream)), 2)

    def test_read_directions_and_limits(self):
        self.append(*(self.event() for _ in range(5)))

        def positions(**options):
            return [event.stream_position for event in self.client.get_stream(self.stream, **options)]

        self.assertEqual(positions(stream_position=3), [3, 4])
        self.assertEqual(positions(limit=2), [0, 1])
        self.assertEqual(positions(backwards=True), [4, 3, 2, 1, 0])
        self.assertEqual(positions(stream_position=1, backwards=True), [1, 0])
        with self.assertRaises(self.NotFound):
            self.client.get_stream(self.category + "-missing")

    def test_read_all(self):
        positions = [self.append(self.event(self.category)) for _ in range(3)]
        forwards = [e.commit_position for e in self.client.read_all(commit_position=positions[0], filter_include=[self.category])]
        self.assertEqual(forwards, positions)
        backwards = self.client.read_all(backwards=True, limit=2, filter_include=[self.category])
        self.assertEqual([e.commit_position for e in backwards], positions[:0:-1])
        by_stream = self.client.read_all(filter_include=[self.stream], filter_by_stream_name=True)
        self.assertEqual(len(list(by_stream)), 3)
        self.assertFalse([e for e in self.client.read_all() if e.type.startswith("$")])
        self.assertFalse([e for e in self.client.read_all(filter_exclude=[self.category]) if e.type == self.category])

    def test_subscribe_to_all(self):
        first = self.append(self.event(self.category))
        second = self.append(self.event(self.category))
        with self.client.subscribe_to_all(commit_position=first, filter_include=[self.category]) as subscription:
            self.assertEqual(self.next_of(subscription, 1)[0].commit_position, second)
            third = self.append(self.event(self.category))
            self.assertEqual(self.next_of(subscription, 1)[0].commit_position, third)
        with self.client.subscribe_to_all(from_end=True, filter_include=[self.category], include_caught_up=True) as subscription:
            self.assertEqual(type(self.next_of(subscription, 1)[0]).__name__, "CaughtUp")
            last = self.append(self.event(self.category))
            self.assertEqual(self.next_of(subscription, 1)[0].commit_position, last)

    def test_checkpoints(self):
        last = self.append(*(self.event() for _ in range(20)))
        subscription = self.client.subscribe_to_all(
            filter_include=["nothing is called so"], include_checkpoints=True, window_size=2, checkpoint_interval_multiplier=3
        )
        with subscription:
            checkpoints = self.next_of(subscription, 3)
        self.assertEqual({type(checkpoint).__name__ for checkpoint in checkpoints}, {"Checkpoint"})
        positions = [checkpoint.commit_position for checkpoint in checkpoints]
        self.assertEqual(positions, sorted(set(positions)))
        self.assertLessEqual(positions[-1], last)

    def test_subscribe_to_stream(self):
        self.append(self.event(), self.event())
        with self.client.subscribe_to_stream(self.stream, stream_position=0) as subscription:
            self.assertEqual(self.next_of(subscription, 1)[0].stream_position, 1)
            self.append(self.event())
            self.assertEqual(self.next_of(subscription, 1)[0].stream_position, 2)
        with self.client.subscribe_to_stream(self.category + "-later") as subscription:
            threading.Timer(0.05, lambda: self.append(self.event(), stream=self.category + "-later")).start()
            self.assertEqual(self.next_of(subscription, 1)[0].stream_position, 0)

    def test_system_projections(self):
        correlation = uuid.uuid4().hex
        metadata = json.dumps({"$correlationId": correlation}).encode()
        self.append(self.event(self.category + "Type"))
        self.append(self.event("Other", metadata=metadata), stream=self.category + "-2")
        resolved = self.client.get_stream("$ce-" + self.category, resolve_links=True)
        self.assertEqual([event.stream_name for event in resolved], [self.stream, self.category + "-2"])
        self.assertEqual([event.link.stream_name for event in resolved], ["$ce-" + self.category] * 2)
        behind = resolved[0].link.stream_position + 1
        more = self.client.get_stream("$ce-" + self.category, stream_position=behind, resolve_links=True)
        self.assertEqual([event.stream_name for event in more], [self.category + "-2"])
        links = self.client.get_stream("$ce-" + self.category)
        self.assertEqual([event.data.decode() for event in links], [f"0@{self.category}-1", f"0@{self.category}-2"])
        self.assertEqual(len(self.client.get_stream("$et-" + self.category + "Type", resolve_links=True)), 1)
        correlated = self.client.get_stream("$bc-" + correlation, resolve_links=True)
        self.assertEqual([event.type for event in correlated], ["Other"])
        self.assertIn(f"0@{self.stream}", [event.data.decode() for event in self.client.get_stream("$streams")])
        with self.client.subscribe_to_stream("$ce-" + self.category, resolve_links=True) as subscription:
            self.assertEqual([event.stream_position for event in self.next_of(subscription, 2)], [0, 0])

    def test_stream_metadata(self):
        self.assertEqual(self.client.get_stream_metadata(self.stream), ({}, self.StreamState.NO_STREAM))
        self.append(*(self.event() for _ in range(5)))
        self.client.set_stream_metadata(self.stream, metadata={"$maxCount": 2, "foo": "bar"})
        self.assertEqual(self.client.get_stream_metadata(self.stream), ({"$maxCount": 2, "foo": "bar"}, 0))
        self.assertEqual([event.stream_position for event in self.client.get_stream(self.stream)], [3, 4])
        self.client.set_stream_metadata(self.stream, metadata={"$tb": 4}, current_version=0)
        self.assertEqual([event.stream_position for event in self.client.get_stream(self.stream)], [4])

    def test_delete(self):
        self.append(self.event(), self.event())
        with self.assertRaises(self.WrongVersion):
            self.client.delete_stream(self.stream, current_version=0)
        self.client.delete_stream(self.stream, current_version=1)
        with self.assertRaises(self.NotFound):
            self.client.get_stream(self.stream)
        with self.assertRaises(self.NotFound):
            self.client.delete_stream(self.category + "-missing", current_version=self.StreamState.ANY)
        self.append(self.event(), current_version=self.StreamState.NO_STREAM)
        self.assertEqual([event.stream_position for event in self.client.get_stream(self.stream)], [2])

    def test_tombstone(self):
        self.append(self.event())
        self.client.tombstone_stream(self.stream, current_version=0)
        for ended in (
            lambda: self.client.get_stream(self.stream),
            lambda: self.append(self.event()),
            lambda: self.client.delete_stream(self.stream, current_version=self.StreamState.ANY),
            lambda: self.client.tombstone_stream(self.stream, current_version=self.StreamState.ANY),
        ):
            with self.assertRaises(self.IsDeleted):
                ended()
        # Of a single event the clients tell what the server has said, and do not make an error of their own of it.
        with self.assertRaisesRegex(self.Error, "is deleted"):
            self.client.append_event(self.stream, current_version=self.StreamState.ANY, event=self.event())

    def test_gossip(self):
        members = self.client.read_gossip()
        self.assertEqual([(member.address, member.port) for member in members], [("localhost", self.served.port)])

    def test_both_protocols_show_the_same(self):
        self.append(self.event("OfTheirs", b'{"n": 1}'))
        self.assertIn("OfTheirs", self.served.cli("read", self.stream))
        self.served.cli("append", self.stream, "OfOurs", '{"n": 2}')
        events = self.client.get_stream(self.stream)
        self.assertEqual([event.type for event in events], ["OfTheirs", "OfOurs"])
        self.assertEqual(events[1].content_type, "application/json")

    def test_what_was_answered_is_there_after_a_kill(self):
        self.append(self.event())
        client = self.connect()
        self.served.kill()
        self.served.start()
        client.close()
        type(self).client.close()
        type(self).client = self.connect()
        self.assertEqual(len(self.client.get_stream(self.stream)), 1)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
