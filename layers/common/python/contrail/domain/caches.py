"""Settings and permissions as a function instance holds them.

Every request reads the versions along with its caller, so a change is in force on the next
request of every instance, and an unchanged cache costs no command.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from contrail.shapes.rows import Document
from contrail.store.versions import Versions


@dataclass(frozen=True, slots=True)
class Snapshot:
    versions: dict[str, int]
    settings: dict[str, Any] = field(default_factory=dict)
    permissions: dict[str, frozenset[str]] = field(default_factory=dict)


def in_force(setting: Document, enterprise: bool) -> Any:
    """A setting's value; without the edition that it needs, what it then counts as."""
    if setting.get("enterprise") and not enterprise and "invalidValue" in setting:
        return setting["invalidValue"]
    return setting.get("value")


def _permissions(rows: list[Document]) -> dict[str, frozenset[str]]:
    return {row["_id"]: frozenset(row.get("roles", ())) for row in rows}


class Caches:
    """Thread-safe: readers take whole snapshots, which are never changed once published."""

    def __init__(self, versions: Versions, *, enterprise: bool = False) -> None:
        self._versions = versions
        self._enterprise = enterprise
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._read = -math.inf

    @property
    def age(self) -> float:
        """Seconds since the versions were read last."""
        return time.monotonic() - self._read

    @property
    def cold(self) -> bool:
        return self._snapshot is None

    @property
    def snapshot(self) -> Snapshot:
        """The current snapshot; loads it for whoever asks before any request did."""
        if self._snapshot is None:
            self.refresh()
        assert self._snapshot is not None
        return self._snapshot

    def absorb(self, row: Document) -> None:
        """Take versions, and the documents if a cold lookup brought them, off a caller's row."""
        versions = {entry["_id"]: entry["n"] for entry in row.pop("versions", ())}
        settings, permissions = row.pop("settings", None), row.pop("permissions", None)
        if settings is not None and permissions is not None:
            fresh = Snapshot(versions, self._settings(settings), _permissions(permissions))
            self._publish(fresh)
            self._read = time.monotonic()
        else:
            self._catch_up(versions)

    def refresh(self) -> None:
        """Read the versions alone: one command when nothing changed."""
        self._catch_up(self._versions.read())

    def _catch_up(self, versions: dict[str, int]) -> None:
        read = time.monotonic()
        now = self._snapshot or Snapshot({"settings": -1, "permissions": -1})
        stale = {
            name
            for name in ("settings", "permissions")
            if now.versions.get(name, 0) < versions.get(name, 0)
        }
        if not stale:
            self._read = read
            return
        load = self._versions.load
        self._publish(
            Snapshot(
                {**now.versions, **versions},
                self._settings(load("settings")) if "settings" in stale else now.settings,
                _permissions(load("permissions")) if "permissions" in stale else now.permissions,
            )
        )
        self._read = read

    def _settings(self, rows: list[Document]) -> dict[str, Any]:
        return {row["_id"]: in_force(row, self._enterprise) for row in rows}

    def _publish(self, fresh: Snapshot) -> None:
        with self._lock:
            now = self._snapshot
            if now is None or not _older(fresh, now):
                self._snapshot = fresh


def _older(fresh: Snapshot, than: Snapshot) -> bool:
    return any(fresh.versions.get(name, 0) < n for name, n in than.versions.items())
