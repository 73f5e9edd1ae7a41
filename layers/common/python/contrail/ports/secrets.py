"""Port: secrets of the workspace."""

from __future__ import annotations

from typing import Protocol

FRESH = 10.0
"""Seconds for which a secret that was read is not read again, whatever is shown."""


class Secrets(Protocol):
    def get(self, name: str) -> str:
        """Raises `KeyError` for a name that was never made."""

    def renewed(self, name: str) -> str:
        """As `get`, of what is kept now: at most every `FRESH` seconds it is read for that."""
