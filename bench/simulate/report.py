"""What simulated messages come to: times to the last delivery, calls, and what a million costs."""

from __future__ import annotations

from dataclasses import dataclass

from bench.simulate.fanout import FUNCTION, Outcome
from bench.simulate.model import Prices

MILLION = 1_000_000
HEAD = (
    *("listeners", "listens to", "p50 s", "p99 s", "last s", "longest s", "posts", "429s"),
    *("reads", "items", "ms a run", "$ a million"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """Several messages to rooms of one size: times over all deliveries, the rest for a message."""

    listeners: int
    everything: bool
    p50: float
    p99: float
    last: float
    longest: float
    posts: float
    throttled: float
    reads: float
    items: float
    invocation: float
    dollars: float

    def cells(self) -> tuple[str, ...]:
        kind = "all of a client" if self.everything else "messages"
        times = (f"{one:.2f}" for one in (self.p50, self.p99, self.last, self.longest))
        counts = (f"{one:,.0f}" for one in (self.posts, self.throttled, self.reads, self.items))
        run = f"{self.invocation * 1000:,.0f}"
        return f"{self.listeners:,}", kind, *times, *counts, run, f"{self.dollars:.2f}"


def line(outcomes: list[Outcome], prices: Prices, *, everything: bool) -> Line:
    times = sorted(when for one in outcomes for when in one.arrivals)
    count = len(outcomes)
    lengths = [length for one in outcomes for length in one.invocations]

    def each(name: str) -> float:
        return sum(one.counts.get(name, 0) for one in outcomes) / count

    return Line(
        listeners=outcomes[0].listeners,
        everything=everything,
        p50=_part(times, 0.5),
        p99=_part(times, 0.99),
        last=sum(one.arrivals[-1] for one in outcomes) / count,
        longest=max(one.arrivals[-1] for one in outcomes),
        posts=each("posts"),
        throttled=each("throttled"),
        reads=each("reads"),
        items=each("queued"),
        invocation=sum(lengths) / len(lengths),
        dollars=_dollars(outcomes, prices) / len(times) * MILLION,
    )


def _part(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(part * len(times)))]


def _dollars(outcomes: list[Outcome], prices: Prices) -> float:
    """Of publishing and delivering: sending the message itself is not in it."""
    total = 0.0
    for one in outcomes:
        counts = one.counts
        millions = (
            counts["posts"] * prices.posts
            # Each item is sent, received and deleted; the fact is one too.
            + 3 * (counts["queued"] + 1) * prices.queued
            + prices.published
            + counts["invocations"] * prices.invocations
            + counts["read units"] * prices.read_units
        )
        seconds = sum(one.invocations) * FUNCTION.memory / 1024
        total += millions / MILLION + seconds * prices.gigabyte_seconds
    return total
