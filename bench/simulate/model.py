"""What the cloud is taken to be like, and what it costs."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

MB = 1_000_000
VCPU = 1769
"""MB of memory for which a function gets one processor."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Times that vary: a log-normal with this median (seconds) and sigma."""

    median: float
    sigma: float

    def draw(self, numbers: random.Random) -> float:
        return self.median * math.exp(numbers.gauss(0.0, self.sigma))


@dataclass(frozen=True, slots=True)
class Model:
    """Seconds, unless it says otherwise.

    `posts` are taken per second for the whole account, counted in slots of `slot`. `queue` is from
    sending an item to its function running; `cold` is added for the `starting` part of functions.
    `gone` is the part of listeners whose connection is not there any more. `post_cpu` and
    `frame_cpu` are processor time on a whole processor.
    """

    posts: int = 10_000
    slot: float = 0.1
    post: Spread = Spread(0.012, 0.5)
    refused: Spread = Spread(0.006, 0.3)
    queue: Spread = Spread(0.030, 0.5)
    read: Spread = Spread(0.006, 0.4)
    page: Spread = Spread(0.060, 0.3)
    command: Spread = Spread(0.004, 0.5)
    rows_a_second: int = 100_000
    cold: float = 0.9
    starting: float = 0.1
    gone: float = 0.005
    post_cpu: float = 0.00015
    frame_cpu: float = 0.00003


@dataclass(frozen=True, slots=True)
class Prices:
    """List prices in dollars, us-east-1: for a million each, but for the seconds."""

    posts: float = 1.00
    queued: float = 0.50
    published: float = 0.30
    invocations: float = 0.20
    read_units: float = 0.125
    gigabyte_seconds: float = 0.0000133334
