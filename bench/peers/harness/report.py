"""The table, for people in Markdown and for programs in JSON. Nothing here touches the machine."""

import dataclasses
import json

from .rows import goals, ratio


def rate(value):
    for unit, size in (("M", 1e6), ("k", 1e4)):
        if value >= size:
            return f"{value / (1e6 if unit == 'M' else 1e3):.{2 if unit == 'M' else 1}f} {unit}"
    return f"{value:.0f}"


def duration(microseconds):
    if microseconds >= 10_000:
        return f"{microseconds / 1000:.1f} ms" if microseconds < 1e6 else f"{microseconds / 1e6:.2f} s"
    return f"{microseconds:.0f} µs"


def times(value):
    return f"{value:.2f}×" if value < 10 else f"{value:.1f}×"


def table(rows, peers, results, titles, lacks):
    """One line for each row and peer. A peer that cannot do it, or failed, has dashes, and a note under the table says why.

    `results` maps (row, peer) to figures, `titles` a peer to its name, `lacks` (row, peer) to the reason why there are none.
    """
    lines = [
        "| | store | events/s | p50 | p99 | CPU s per M events | bytes on disk per event | Esker has |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    notes = []
    for row in rows:
        title = row.title
        for peer in peers:
            found = results.get((row.key, peer))
            cells = [title, titles[peer]] + (["-"] * 6 if found is None else cells_of(found, row, peer, results))
            lines.append("| " + " | ".join(cells) + " |")
            title = ""  # once
            if found is None and (why := lacks.get((row.key, peer))):
                note = f"{titles[peer]}: {why}"
                notes += [note] if note not in notes else []
    return "\n".join(lines + [""] * bool(notes) + [f"- {note}" for note in notes]) + "\n"


def cells_of(found, row, peer, results):
    advantage = ratio(results, row.key, peer)
    return [
        rate(found.events_per_s),
        duration(found.p50_us),
        duration(found.p99_us),
        "-" if found.cpu_s_per_million is None else f"{found.cpu_s_per_million:.2f}",
        "-" if found.bytes_per_event is None else f"{found.bytes_per_event:.0f}",
        "" if peer == "esker" else "-" if advantage is None else times(advantage),
    ]


def goal_table(found):
    lines = ["| goal | needed | measured | |", "|---|--:|--:|---|"]
    for goal in found:
        number = (lambda value: f"{value:.0%}") if goal.at_most else times
        needed = ("at most " if goal.at_most else "") + number(goal.needed)
        lines.append(f"| {goal.text} | {needed} | {number(goal.measured)} | {'met' if goal.met else 'missed'} |")
    return "\n".join(lines) + "\n"


def text(machine, configurations, rows, peers, results, titles, lacks):
    """The whole report in Markdown."""
    parts = [machine + "\n"]
    parts += [f"- {titles[peer]}: {configurations[peer]}\n" for peer in peers]
    parts += ["\n", table(rows, peers, results, titles, lacks)]
    found = goals(results, rows, peers)
    if found:
        parts += ["\n", goal_table(found)]
    return "".join(parts)


def as_json(machine, configurations, rows, peers, results, titles, lacks):
    measured = []
    for row in rows:
        for peer in peers:
            entry = {"row": row.key, "title": row.title, "peer": peer}
            if found := results.get((row.key, peer)):
                entry |= dataclasses.asdict(found) | {"esker_ratio": ratio(results, row.key, peer)}
            else:
                entry["missing"] = lacks.get((row.key, peer), "")
            measured.append(entry)
    return json.dumps(
        {
            "machine": machine,
            "stores": {peer: {"name": titles[peer], "configuration": configurations[peer]} for peer in peers},
            "rows": measured,
            "goals": [dataclasses.asdict(goal) | {"met": goal.met} for goal in goals(results, rows, peers)],
        },
        indent=2,
        ensure_ascii=False,
    )
