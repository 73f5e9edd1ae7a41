"""The entry point of a function that several services share.

The variable `SERVICES` names them; each brings the handler that it has in a function of its own.
They run in one instance, so what one asks of another stays within the process.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from contrail.api.batches import queue_of
from contrail.api.entry import Entry
from contrail.api.envelopes import not_found
from contrail.api.provide import NotConfiguredError, log_to_stdout, provide
from contrail.domain.instance import Instance

Event = dict[str, Any]
VARIABLE = "SERVICES"


class Shared:
    """Hands every event to the service that it is for, as `on` does for what was bound.

    One that nobody has bound makes itself of the process's environment on its first call.
    """

    def __init__(self, entries: Mapping[str, Entry] | None = None) -> None:
        self._lock = threading.Lock()
        self._entries = dict(entries or {})

    def on(self, instance: Instance) -> Shared:
        return Shared({name: entry.on(instance) for name, entry in self._entries.items()})

    def __call__(self, event: Event, context: object = None) -> Event:
        entries = self._entries or self._provided()
        if "Records" in event:
            return _batch(entries, event, context)
        name = _service(entries, event)
        return entries[name](event, context) if name in entries else not_found()

    def _provided(self) -> dict[str, Entry]:
        """Raises `NotConfiguredError`; the next call tries again."""
        with self._lock:
            if not self._entries:
                log_to_stdout()
                entries = entries_of(os.environ.get(VARIABLE, "").split(","))
                here = {name: partial(self._within, name) for name in entries}
                instance = provide(os.environ, here)
                self._entries = {name: one.on(instance) for name, one in entries.items()}
            return self._entries

    def _within(self, service: str, event: Event) -> Event:
        return self._entries[service](event)


def entries_of(services: Iterable[str]) -> dict[str, Entry]:
    """Raises `NotConfiguredError` for a service that the package does not hold."""
    try:
        return {
            name: importlib.import_module(f"functions.{name}.handler").handler for name in services
        }
    except ImportError as error:
        raise NotConfiguredError(f"{VARIABLE}: {error}") from None


def _service(entries: Mapping[str, Entry], event: Event) -> str:
    """Whose event it is. Names of methods and schedules are those of one service alone."""
    for name, entry in entries.items():
        for kind, rows in (("schedule", entry.table.schedules), ("method", entry.table.methods)):
            if kind in event and any(row.name == event[kind] for row in rows):
                return name
    return str(event.get("path", "")).lstrip("/").partition("/")[0]


def _batch(entries: Mapping[str, Entry], event: Event, context: object) -> Event:
    """A queue may be shared too: each consumer gets its own items, in their order."""
    owners = {row.queue: name for name, one in entries.items() for row in one.table.consumers}
    shares: dict[str, list[Event]] = {}
    for record in event["Records"]:
        shares.setdefault(owners[queue_of(record)], []).append(record)
    failed: list[Event] = []
    for name, records in shares.items():
        failed += entries[name]({"Records": records}, context)["batchItemFailures"]
    return {"batchItemFailures": failed}


handler = Shared()
