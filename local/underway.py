"""Which invocations are under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
Handler = Callable[[Event], Event]


class Underway:
    """Counts the invocations of every handler it tracks."""

    def __init__(self) -> None:
        self._present: set[object] = set()
        self._ended = threading.Condition()

    def track(self, handler: Handler) -> Handler:
        """The same handler, its invocations known here."""

        def invoke(event: Event) -> Event:
            invocation = object()
            with self._ended:
                self._present.add(invocation)
            try:
                return handler(event)
            finally:
                with self._ended:
                    self._present.remove(invocation)
                    self._ended.notify_all()

        return invoke

    def outlast(self, seconds: float) -> bool:
        """Wait until those under way now have ended; False if they had not in time."""
        with self._ended:
            before = frozenset(self._present)
            return self._ended.wait_for(lambda: before.isdisjoint(self._present), seconds)
