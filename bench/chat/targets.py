"""What the figures are to reach, each against an anchor of the same run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from bench.chat.measure import Measured


@dataclass(frozen=True)
class Figures:
    """Ratios, but for the memory (bytes), the flaws and what the stores' CPU would leave room for.

    `rate`, `latency` and `history` are against the durable anchor, `cpu` against the one in memory,
    `logins` against what bcrypt allows. `alone` are the first four in the run without a database.
    """

    rate: float
    cpu: float
    latency: float
    history: float
    logins: float
    connection: float
    flaws: int
    bound: float
    alone: tuple[float, float, float, float]

    @classmethod
    def of(
        cls, ours: Measured, alone: Measured, memory: Measured, durable: Measured, bcrypt: float
    ) -> Self:
        many = ours.sends[16]
        rate, latency, history, cpu = _against(ours, memory, durable)
        return cls(
            rate=rate,
            latency=latency,
            history=history,
            cpu=cpu,
            logins=ours.logins / bcrypt,
            connection=ours.connection,
            flaws=sum(s.lost + s.twice + (not s.ordered) for s in ours.sends.values()),
            bound=many.stores / (many.own + many.stores),
            alone=_against(alone, memory, durable),
        )


def _against(
    ours: Measured, memory: Measured, durable: Measured
) -> tuple[float, float, float, float]:
    """Rate, latency, history, CPU."""
    return (
        ours.sends[16].rate / durable.sends[16].rate,
        ours.sends[1].middle / durable.sends[1].middle,
        ours.history / durable.history,
        ours.sends[16].own / memory.sends[16].own,
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
    rate, latency, history, cpu = figures.alone
    lines.append(
        f"Of the CPU of a send, the embedded stores take {figures.bound:.0%}. Without a database: "
        f"{rate:.3f} x the messages a second, {latency:.1f} x the middle delivery, {history:.3f} x "
        f"the histories, {cpu:.1f} x the CPU."
    )
    return lines, sum(not target.reached(figures) for target in TARGETS)
