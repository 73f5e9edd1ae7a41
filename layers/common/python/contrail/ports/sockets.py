"""Port: frames to clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Sockets(Protocol):
    def post(self, connection_id: str, *frames: str) -> bool:
        """Send text frames in order. False when the connection is gone."""

    def post_all(self, posts: Sequence[tuple[str, str]]) -> set[str]:
        """Send `(connection id, frame)` pairs, in order per connection; the ids that are gone."""

    def close(self, connection_id: str) -> None: ...

    def last_active(self, connection_id: str) -> datetime | None:
        """When something last went over the connection, None when it is gone."""
