"""Counts what a piece of work costs: MongoDB commands, documents modified, table reads, posts."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from local.sockets import LocalSockets

CONNECTION = frozenset(("hello", "ismaster", "isMaster", "ping", "endSessions"))
WRITES = frozenset(("insert", "update", "delete", "findAndModify"))


class Commands(CommandListener):
    """Commands on documents since the last `reset`, as `name collection`, in order.

    Of threads whose name begins with `thread`: those named "rest" answer requests; what a request
    set in motion goes on in others at once.
    """

    def __init__(self, thread: str = "") -> None:
        self._thread = thread
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self.seen: list[str] = []
            self.modified = 0

    def started(self, event: CommandStartedEvent) -> None:
        if self._counts(event.command_name):
            where = event.command.get(event.command_name, "")
            with self._lock:
                self.seen.append(f"{event.command_name} {where}")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        if event.command_name in WRITES and self._counts(event.command_name):
            reply = event.reply
            error = reply.get("lastErrorObject") or {}
            with self._lock:
                self.modified += (
                    int(error.get("n", 0))
                    or int(reply.get("nModified", 0))
                    or (int(reply.get("n", 0)) if event.command_name == "insert" else 0)
                )

    def _counts(self, command: str) -> bool:
        mine = threading.current_thread().name.startswith(self._thread)
        return mine and command not in CONNECTION

    def failed(self, event: CommandFailedEvent) -> None:
        """A failed command was counted when it started."""


class Calls:
    """Counts calls of methods of the ports, which go on working."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.count: Counter[str] = Counter()
        self.posts: Counter[str] = Counter()

    def watch(self, port: object, *names: str) -> None:
        for name in names:
            self._patch.setattr(port, name, self._counted(name, getattr(port, name)))

    def watch_posts(self, sockets: LocalSockets) -> None:
        """Counts frames by connection."""
        real = sockets.post_all

        def post_all(posts: Sequence[tuple[str, str]]) -> set[str]:
            self.posts.update(connection_id for connection_id, _ in posts)
            return real(posts)

        self._patch.setattr(sockets, "post_all", post_all)

    def reset(self) -> None:
        self.count.clear()
        self.posts.clear()

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **more: Any) -> Any:
            self.count[name] += 1
            return real(*args, **more)

        return counted
