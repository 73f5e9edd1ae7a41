"""How long other people's servers may take together."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Patience:
    """In seconds from when it was made: less than a function may run."""

    seconds: float = 20.0
    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        return self.seconds - (time.monotonic() - self.began)
