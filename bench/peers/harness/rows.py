"""What is measured, and what becomes of the figures. Nothing here touches the machine."""

import dataclasses
import json
import statistics

LOAD_CLIENTS = 64
STREAM_EVENTS = 10  # of a loaded stream, and of an append while loading


@dataclasses.dataclass(frozen=True)
class Row:
    key: str
    title: str
    operation: str
    clients: int
    batch: int = 1

    @property
    def writes(self):
        return self.operation.startswith("append")


# Reads come first: they find the store as it was loaded.
ROWS = [
    Row("read-stream", "read one stream of 10 × 16 clients", "read-stream", 16),
    Row("read-all", "read all", "read-all", 1),
    Row("catch-up", "catch up with a subscription", "catch-up", 1),
    Row("append-1", "append 1 event × 1 client", "append", 1),
    Row("append-16", "append 1 event × 16 clients", "append", 16),
    Row("append-64", "append 1 event × 64 clients", "append", 64),
    Row("append-256", "append 1 event × 256 clients", "append", 256),
    Row("batch-100", "append 100 events × 8 clients", "append", 8, 100),
    Row("batch-1000", "append 1,000 events × 8 clients", "append", 8, 1000),
    Row("tags", "append 1 event with 2 tags × 64 clients", "append-tags", 64),
    Row("condition", "the same, on a condition on the tags", "append-if", 64),
]


def chosen(what, known, text):
    """The ones of `known`, in its order, that the comma-separated `text` names; all when it is empty. Raises ValueError."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no {what} is called '{unknown[0]}'; there are {', '.join(known)}")
    return [name for name in known if not names or name in names]


@dataclasses.dataclass
class Figures:
    """What one turn, or the median of several, found. None: not known."""

    events_per_s: float
    p50_us: float
    p99_us: float
    cpu_s_per_million: float | None = None
    bytes_per_event: float | None = None


def parse_answer(line):
    """A driver's line of JSON as (figures without the server's part, events). Raises ValueError when it is not one."""
    try:
        answer = json.loads(line)
        events, seconds = answer["events"], answer["seconds"]
        if events <= 0 or seconds <= 0:
            raise ValueError("it did nothing")
        return Figures(events / seconds, answer["p50_us"], answer["p99_us"]), events
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"not a driver's answer: {line.strip()!r}") from error


def median(turns):
    """The median of each figure, of those turns that have it."""
    middle = {}
    for field in dataclasses.fields(Figures):
        values = [getattr(turn, field.name) for turn in turns if getattr(turn, field.name) is not None]
        middle[field.name] = statistics.median(values) if values else None
    return Figures(**middle)


def ratio(results, row, peer, base="esker"):
    """How many times as many events per second `base` has as `peer`; None when one of the two is missing."""
    ours, theirs = results.get((row, base)), results.get((row, peer))
    return ours.events_per_s / theirs.events_per_s if ours and theirs else None


@dataclasses.dataclass(frozen=True)
class Goal:
    text: str
    needed: float
    measured: float
    at_most: bool = False

    @property
    def met(self):
        return self.measured <= self.needed if self.at_most else self.measured >= self.needed


# Of Esker's events per second, as multiples of a peer's. Everywhere else: to be ahead.
NEEDED = {("append-64", "postgres"): 10, ("append-64", "redis"): 2, ("append-64", "umadb"): 2, ("read-all", "postgres"): 5}
CONDITION_COST_MAX = 0.10


def goals(results, rows, peers):
    """The goals that these results can tell something of."""
    found = []
    for row in rows:
        for peer in peers:
            times = ratio(results, row.key, peer)
            if peer != "esker" and times is not None:
                found.append(Goal(f"{row.title}, against {peer}", NEEDED.get((row.key, peer), 1), times))
    plain, conditional = results.get(("tags", "esker")), results.get(("condition", "esker"))
    if plain and conditional:
        cost = 1 - conditional.events_per_s / plain.events_per_s
        found.append(Goal("what the condition on tags costs", CONDITION_COST_MAX, cost, at_most=True))
    return found
