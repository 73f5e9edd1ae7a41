"""What the figures are to reach, each against an anchor of the same run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from bench.chat.run import Measured


@dataclass(frozen=True)
class Figures:
    """Ratios, but for the memory (bytes), the flaws and what the stores' CPU would leave room for.

    `rate` and `latency` are against the durable anchor, `cpu` against the one in memory, `logins`
    against what bcrypt allows. `alone` is the rate that our own processes' CPU allows, against the
    durable anchor: the run without the embedded stores.
    """

    rate: float
    alone: float
    cpu: float
    latency: float
    history: float
    logins: float
    connection: float
    flaws: int
    bound: float

    @classmethod
    def of(cls, ours: Measured, memory: Measured, durable: Measured, bcrypt: float) -> Self:
        one, many = ours.sends[1], ours.sends[16]
        return cls(
            rate=many.rate / durable.sends[16].rate,
            alone=1 / many.own / durable.sends[16].rate,
            cpu=many.own / memory.sends[16].own,
            latency=one.middle / durable.sends[1].middle,
            history=ours.history / durable.history,
            logins=ours.logins / bcrypt,
            connection=ours.connection,
            flaws=sum(s.lost + s.twice + (not s.ordered) for s in ours.sends.values()),
            bound=many.stores / (many.own + many.stores),
        )


@dataclass(frozen=True)
class Target:
    text: str
    reached: Callable[[Figures], bool]
    figure: Callable[[Figures], str]


TARGETS = (
    Target(
        "messages a second, 16 in flight: 0.13 x the durable anchor's or more",
        lambda f: f.rate >= 0.13,
        lambda f: f"{f.rate:.3f} x",
    ),
    Target(
        "CPU of our own processes a message: 4 x the anchor's in memory or less",
        lambda f: f.cpu <= 4,
        lambda f: f"{f.cpu:.1f} x",
    ),
    Target(
        "middle delivery, 1 in flight: 5 x the durable anchor's or less",
        lambda f: f.latency <= 5,
        lambda f: f"{f.latency:.1f} x",
    ),
    Target("nothing lost, nothing twice, in order", lambda f: not f.flaws, lambda f: str(f.flaws)),
    Target(
        "last 50 of a room: 0.1 x the durable anchor's rate or more",
        lambda f: f.history >= 0.1,
        lambda f: f"{f.history:.3f} x",
    ),
    Target(
        "memory of an idle connection: 32 KB or less",
        lambda f: f.connection <= 32 * 1024,
        lambda f: f"{f.connection / 1024:.1f} KB",
    ),
    Target(
        "logins: 0.6 x of what bcrypt alone allows or more",
        lambda f: f.logins >= 0.6,
        lambda f: f"{f.logins:.2f} x",
    ),
)


def judged(figures: Figures) -> tuple[list[str], int]:
    """A line for each target, and how many were missed."""
    lines = [
        f"{'reached' if target.reached(figures) else 'MISSED '}  {target.text}: "
        f"{target.figure(figures)}"
        for target in TARGETS
    ]
    lines.append(
        f"Of the CPU of a send, the embedded stores take {figures.bound:.0%}; without them our own "
        f"would allow {figures.alone:.3f} x the durable anchor's messages a second."
    )
    return lines, sum(not target.reached(figures) for target in TARGETS)
