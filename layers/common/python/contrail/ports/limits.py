"""Port: counters of rate limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `calls` in a fixed window of so many ms. Each name counts apart.

    `counts` are the calls that are counted now, all or none of them.
    """

    name: str
    calls: int
    window: int
    counts: int = 1


@dataclass(frozen=True, slots=True)
class Count:
    """Where a caller stands by the rule that is nearest to its end.

    `wait` is 0 for a call that was counted, else how many ms until it may be tried again; `left`
    are the calls that the window still has, which ends in `resets` ms.
    """

    wait: int
    left: int
    resets: int


class Limits(Protocol):
    def hit(self, who: str, rules: Sequence[Rule]) -> Count:
        """Count calls by every rule, of which there is one, or by none when one has too few left.

        One write.
        """
