"""Port: open connections and audiences.

An audience is `room:<rid>`, `user:<uid>` or `all`; it is split into shards so that no single
read grows without bound. Writes to a connection are conditional on its record existing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from contrail.shapes.connections import Connection, Listener


class Connections(Protocol):
    def open(self, connection: Connection) -> None:
        """Nothing is written where the record exists."""

    def get(self, connection_id: str) -> Connection | None: ...

    def save(self, connection: Connection) -> bool:
        """False, and nothing written, when the record is gone."""

    def close(self, connection_id: str) -> Connection | None:
        """Drop the record and every audience row; the record as it was, None when gone."""

    def listen(self, connection_id: str, uid: str, keys: Iterable[tuple[str, str]]) -> None:
        """Add `(audience, stream/event)` pairs to the connection's rows."""

    def unlisten(self, connection_id: str, keys: Iterable[tuple[str, str]]) -> None: ...

    def occupied(self, audience: str) -> list[int]:
        """Shards of the audience that may have listeners: one read."""

    def listeners(self, audience: str, shard: int) -> list[Listener]:
        """A shard's rows, strongly consistent: one read per 5,000 of them."""
