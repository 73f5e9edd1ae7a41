"""Port: one function calls another and waits."""

from __future__ import annotations

from typing import Any, Protocol


class Rpc(Protocol):
    def call(self, service: str, event: dict[str, Any]) -> dict[str, Any]:
        """The callee's answer. Raises `TimeoutError` past the event's `deadline` (epoch ms)."""
