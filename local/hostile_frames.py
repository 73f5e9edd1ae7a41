"""Between the gateway and its queue when the hostile switch is on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from local.hostile import Hostile
from local.queues import FifoQueue

LAST = 0.001
"""Seconds after the last displaced frame at which `$disconnect` is queued."""


@dataclass(eq=False, slots=True)
class _Displaced:
    body: str
    group: str
    dedup: str
    attributes: Mapping[str, str]
    due: float


class HostileFrames:
    """Queues frames late and out of order. `send` on the event loop only."""

    def __init__(self, queue: FifoQueue, hostile: Hostile, loop: asyncio.AbstractEventLoop) -> None:
        self._queue = queue
        self._hostile = hostile
        self._loop = loop
        self._displaced: dict[_Displaced, asyncio.TimerHandle] = {}
        self._through = threading.Condition()

    def send(self, body: str, *, group: str, dedup: str, attributes: Mapping[str, str]) -> None:
        now = self._loop.time()
        if attributes["event"] != "DISCONNECT":
            due = now + self._hostile.displaces(group)
        elif self._hostile.drops(group):
            self._hostile.dice.forget(group)
            return
        else:
            hurried = self._hostile.hurries(group)
            behind = [] if hurried else [one.due for one in self._displaced if one.group == group]
            due = max((one + LAST for one in behind), default=now)
            self._hostile.dice.forget(group)
        frame = _Displaced(body, group, dedup, attributes, due)
        if due <= now:
            self._queue_now(frame)
        else:
            with self._through:
                self._displaced[frame] = self._loop.call_at(due, self._release, frame)

    def waiting(self, group: str) -> int:
        return self._queue.waiting(group)

    def flush(self) -> None:
        """Queue everything at once. On the event loop only."""
        for frame, timer in sorted(self._displaced.items(), key=lambda item: item[0].due):
            timer.cancel()
            self._release(frame)

    def idle(self) -> bool:
        return not self._displaced

    def wait_idle(self, timeout: float) -> bool:
        """Whether everything was queued in time. From any other thread."""
        with self._through:
            return self._through.wait_for(self.idle, timeout)

    def _release(self, frame: _Displaced) -> None:
        self._queue_now(frame)
        with self._through:
            del self._displaced[frame]
            self._through.notify_all()

    def _queue_now(self, frame: _Displaced) -> None:
        self._queue.send(
            frame.body, group=frame.group, dedup=frame.dedup, attributes=frame.attributes
        )
