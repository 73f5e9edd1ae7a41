"""The small ports of the local runtime: limits, secrets, bus, rpc."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from contrail.ddp import ejson
from contrail.ports.aws.bus import fact_item, item_text
from contrail.ports.bounds import QUEUED, within
from contrail.ports.bus import NAMED
from contrail.ports.limits import Count, Rule
from contrail.shapes import wirejson
from contrail.shapes.fact import Fact
from local.queues import FifoQueue, QueueSpec

Event = dict[str, Any]
Handler = Callable[[Event], Event]


class MemoryLimits:
    """Fixed windows per caller and rule; those long past are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str, int], tuple[float, int]] = {}
        self._swept = 0.0

    def hit(self, who: str, rules: Sequence[Rule]) -> Count:
        now = time.monotonic() * 1000
        with self._lock:
            self._sweep(now)
            stand = [(rule, *self._stand(who, rule, now)) for rule in rules]
            waits = [ends - now for rule, ends, count in stand if count + rule.counts > rule.calls]
            if waits:
                wait = max(1, round(max(waits)))
                return Count(wait, 0, wait)
            for rule, ends, count in stand:
                self._windows[who, rule.name, rule.window] = (ends, count + rule.counts)
        left, ends = min((rule.calls - count - rule.counts, ends) for rule, ends, count in stand)
        return Count(0, left, max(1, round(ends - now)))

    def _stand(self, who: str, rule: Rule, now: float) -> tuple[float, int]:
        ends, count = self._windows.get((who, rule.name, rule.window), (0.0, 0))
        return (ends, count) if ends > now else (now + rule.window, 0)

    def _sweep(self, now: float) -> None:
        if now - self._swept > 60_000:
            self._windows = {k: v for k, v in self._windows.items() if v[0] > now}
            self._swept = now


class FileSecrets:
    """Those of the data folder, as they were when the program started."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def get(self, name: str) -> str:
        return self._values[name]

    def renewed(self, name: str) -> str:
        return self.get(name)


class LocalBus:
    """Facts and work items straight onto the local queues, bounded as in the cloud."""

    def __init__(self, facts: str) -> None:
        self._facts = facts
        self.queues: dict[str, FifoQueue] = {}

    @property
    def polled(self) -> list[FifoQueue]:
        """Each queue once, whatever travels on it."""
        return list(dict.fromkeys(self.queues.values()))

    def publish(self, *facts: Fact) -> None:
        items = [(fact, *fact_item(fact, ejson.dumps)) for fact in facts]
        queue = self.queues[self._facts]
        for fact, body, attributes in items:
            queue.send(body, group=fact.group, dedup=fact.dedup, attributes=attributes)

    def enqueue(
        self, queue: str, body: str, *, group: str, dedup: str, attributes: Mapping[str, str]
    ) -> None:
        told = {**attributes, NAMED: queue}
        text = item_text(queue, body, told)
        self.queues[queue].send(text, group=group, dedup=dedup, attributes=told)


class LocalRpc:
    """Calls the owner's handler in the same process.

    What is sent is tried again `retry_delay` seconds after it failed; the cloud waits minutes.
    """

    def __init__(self, retry_delay: float = 1.0) -> None:
        self.handlers: dict[str, Handler] = {}
        # As long as a function may run at all: a slow one is not called a second time.
        spec = QueueSpec("sent", batch_size=1, visibility=900, retry_delay=retry_delay)
        self.sent = FifoQueue(spec, self._handle)
        self._lock = threading.Lock()
        self._started = False

    def call(self, service: str, event: Event) -> Event:
        return self.handlers[service](event)

    def send(self, service: str, event: Event) -> None:
        if service not in self.handlers:
            raise KeyError(service)
        body = wirejson.encode(event)
        within(f"an event for {service}", len(body), QUEUED)
        with self._lock:
            if not self._started:
                self.sent.start()
                self._started = True
        # In a group of its own: nothing that is sent waits for anything else.
        group = f"{service}:{uuid.uuid4()}"
        self.sent.send(body.decode(), group=group, dedup=group, attributes={"service": service})

    def _handle(self, event: Event) -> None:
        (record,) = event["Records"]
        service = record["messageAttributes"]["service"]["stringValue"]
        self.handlers[service](orjson.loads(record["body"]))
