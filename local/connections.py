"""Connections in memory: they die with the process anyway."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable

from contrail.shapes.connections import Connection, Listener


class MemoryConnections:
    """One shard per audience: a single process has no partition to spare."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[str, Connection] = {}
        self._audiences: defaultdict[str, dict[str, Listener]] = defaultdict(dict)
        self._places: defaultdict[str, set[str]] = defaultdict(set)

    def open(self, connection: Connection) -> None:
        with self._lock:
            self._records.setdefault(connection.id, connection)

    def get(self, connection_id: str) -> Connection | None:
        return self._records.get(connection_id)

    def records(self) -> list[Connection]:
        """Every open connection."""
        with self._lock:
            return list(self._records.values())

    def save(self, connection: Connection) -> bool:
        with self._lock:
            if connection.id not in self._records:
                return False
            self._records[connection.id] = connection
            return True

    def close(self, connection_id: str) -> Connection | None:
        with self._lock:
            for audience in self._places.pop(connection_id, ()):
                self._drop(audience, connection_id)
            return self._records.pop(connection_id, None)

    def listen(self, connection_id: str, uid: str, keys: Iterable[tuple[str, str]]) -> None:
        with self._lock:
            if connection_id not in self._records:
                return
            for audience, key in keys:
                row = self._audiences[audience].get(connection_id)
                events = frozenset({key}) if row is None else row.events | {key}
                fresh = Listener(connection_id=connection_id, uid=uid, events=events)
                self._audiences[audience][connection_id] = fresh
                self._places[connection_id].add(audience)

    def unlisten(self, connection_id: str, keys: Iterable[tuple[str, str]]) -> None:
        with self._lock:
            for audience, key in keys:
                row = self._audiences.get(audience, {}).get(connection_id)
                if row is None:
                    continue
                events = row.events - {key}
                if events:
                    fresh = row.model_copy(update={"events": events})
                    self._audiences[audience][connection_id] = fresh
                else:
                    self._drop(audience, connection_id)
                    self._places[connection_id].discard(audience)

    def occupied(self, audience: str) -> list[int]:
        return [0] if self._audiences.get(audience) else []

    def listeners(self, audience: str, shard: int) -> list[Listener]:
        with self._lock:
            return list(self._audiences.get(audience, {}).values()) if shard == 0 else []

    def _drop(self, audience: str, connection_id: str) -> None:
        rows = self._audiences.get(audience)
        if rows is not None:
            rows.pop(connection_id, None)
            if not rows:
                del self._audiences[audience]
