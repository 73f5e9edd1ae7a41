"""Who does how much: the model of use. All of it is assumed, and stands in docs/cost.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """A user's working day; `days` of them make a month.

    A client stays connected for `hours`, comes back `opens` times, subscribes to `subs` streams
    each time, and pings every `ping` seconds; a ping and its answer are billed as messages.
    `listeners` hear a message, each in `posts` posts. Sizes are in KB.
    """

    days: int = 22
    hours: float = 8
    opens: int = 6
    subs: int = 35
    ping: int = 30
    sends: int = 20
    over_rest: float = 0.25
    typing: int = 20
    marks: int = 30
    reads: int = 60
    listeners: int = 20
    posts: int = 4
    files: float = 0.2
    file_kb: int = 500
    looked_at: int = 10
    answer_kb: float = 4


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is not counted. `ms` is how long a run takes, of the fan-out before it posts.

    A connection's record has `record` KB with its subs, a row of an audience `row` KB; a run logs
    `log` KB, a fact has `fact` KB. Runs of schedules find nothing to do.
    """

    ms: float = 40
    ms_a_post: float = 1.0
    scheduled_ms: float = 20
    record: int = 6
    row: float = 0.25
    log: float = 0.6
    fact: float = 2


@dataclass(frozen=True, slots=True)
class Polling:
    """How an empty queue is asked: so many pollers, each waiting so many seconds for an item.

    AWS names five as what a mapping keeps whose concurrency is bounded, and 20 s as the longest
    wait. What a mapping really does while nothing comes has not been measured.
    """

    pollers: int = 5
    seconds: int = 20
