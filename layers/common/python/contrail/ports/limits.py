"""Port: counters of rate limits."""

from __future__ import annotations

from typing import Protocol


class Limits(Protocol):
    def hit(self, key: str, calls: int, window: int) -> int:
        """Count one call of `key`; 0 when allowed, else milliseconds until the window resets."""
