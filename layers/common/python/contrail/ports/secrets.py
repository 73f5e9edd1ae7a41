"""Port: secrets of the workspace."""

from __future__ import annotations

from typing import Protocol


class Secrets(Protocol):
    def get(self, name: str) -> str:
        """Raises `KeyError` for a name that was never made."""
