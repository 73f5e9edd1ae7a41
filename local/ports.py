"""The small ports of the local runtime: limits, secrets, bus, rpc."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from contrail.ddp import ejson
from contrail.shapes.facts import Fact
from local.queues import FifoQueue

Event = dict[str, Any]
Handler = Callable[[Event], Event]


class MemoryLimits:
    """Fixed windows per key; keys of windows long past are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[float, int]] = {}
        self._swept = 0.0

    def hit(self, key: str, calls: int, window: int) -> int:
        now = time.monotonic() * 1000
        with self._lock:
            self._sweep(now)
            ends, count = self._windows.get(key, (0.0, 0))
            if ends <= now:
                ends, count = now + window, 0
            self._windows[key] = (ends, count + 1)
            return 0 if count < calls else max(1, round(ends - now))

    def _sweep(self, now: float) -> None:
        if now - self._swept > 60_000:
            self._windows = {k: v for k, v in self._windows.items() if v[0] > now}
            self._swept = now


class FileSecrets:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def get(self, name: str) -> str:
        return self._values[name]


class LocalBus:
    """Facts and work items straight onto the local queues."""

    def __init__(self, facts: str) -> None:
        self._facts = facts
        self.queues: dict[str, FifoQueue] = {}

    def publish(self, *facts: Fact) -> None:
        for fact in facts:
            attributes = {"kind": getattr(fact, "kind", ""), "correlation_id": fact.correlation_id}
            body = ejson.dumps(fact.model_dump())
            self.enqueue(
                self._facts, body, group=fact.group, dedup=fact.dedup, attributes=attributes
            )

    def enqueue(
        self, queue: str, body: str, *, group: str, dedup: str, attributes: Mapping[str, str]
    ) -> None:
        self.queues[queue].send(body, group=group, dedup=dedup, attributes=attributes)


class LocalRpc:
    """Calls the owner's handler in the same process."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}

    def call(self, service: str, event: Event) -> Event:
        return self.handlers[service](event)
