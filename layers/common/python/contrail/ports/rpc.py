"""Port: one function asks another."""

from __future__ import annotations

from typing import Any, Protocol


class Rpc(Protocol):
    """Events are JSON. Raises `KeyError` for a service that nobody runs."""

    def call(self, service: str, event: dict[str, Any]) -> dict[str, Any]:
        """The callee's answer. Raises `TimeoutError` past the event's `deadline` (epoch ms)."""

    def send(self, service: str, event: dict[str, Any]) -> None:
        """Have it handled later, whatever comes of it: two more tries, then it is logged.

        Accepted once this returns. The callee may get an event twice, and must not mind. Raises
        `TooLargeError` above `bounds.QUEUED`.
        """
