"""Workers killed at a chosen step of their work: just before it is done, or just after.

The database's steps are seen by a proxy between the workers and the engine, the others where the
plane takes what they send.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from bson import decode

HEADER = struct.Struct("<iiii")
MESSAGE = 2013
Phase = Literal["before", "after"]


class KilledError(Exception):
    """Stands for the connection that the dead worker leaves behind."""


@dataclass(frozen=True, slots=True)
class Step:
    """`does` is a command with its collection, or what the plane is asked for.

    `2 insert users` is the second such command after the killer was armed.
    """

    function: str
    does: str


class Killer:
    """Kills every process of a function at a step, once. `passed` are the steps seen so far."""

    def __init__(self, pids: Callable[[str], Iterable[int]]) -> None:
        self._pids = pids
        self._lock = threading.Lock()
        self._armed: tuple[Step, Phase] | None = None
        self._left = 0
        self.passed: list[str] = []
        self.struck = threading.Event()

    def arm(self, step: Step, phase: Phase) -> None:
        with self._lock:
            self.struck.clear()
            number, _, does = step.does.partition(" ")
            counted = number.isdecimal()
            self._left = int(number) if counted else 1
            self._armed = (Step(step.function, does if counted else step.does), phase)

    def watch(self) -> None:
        with self._lock:
            self.passed.clear()

    def strikes(self, does: str, phase: Phase) -> bool:
        with self._lock:
            if phase == "before":
                self.passed.append(does)
            if self._armed is None or (self._armed[0].does, self._armed[1]) != (does, phase):
                return False
            self._left -= 1
            if self._left:
                return False
            function, self._armed = self._armed[0].function, None
        for pid in list(self._pids(function)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.struck.set()
        return True


class MongoProxy:
    """Passes MongoDB's wire protocol on, and tells `killer` of the commands. Threads, no loop."""

    def __init__(self, host: str, port: int, killer: Killer) -> None:
        self._server = (host, port)
        self._killer = killer
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                try:
                    server = socket.create_connection(self._server)
                except OSError:
                    client.close()
                    raise
                link = _Link(client, server, self._killer)
                for work in (link.ask, link.answer):
                    threading.Thread(target=work, daemon=True).start()


class _Link:
    """One connection through the proxy, in both directions."""

    def __init__(self, client: socket.socket, server: socket.socket, killer: Killer) -> None:
        self._client = client
        self._server = server
        self._killer = killer
        self._asked: dict[int, str] = {}

    def ask(self) -> None:
        with suppress(OSError, KilledError):
            while True:
                number, _, does, message = _read(self._client)
                if self._killer.strikes(does, "before"):
                    raise KilledError
                self._asked[number] = does
                self._server.sendall(message)
        self._part()

    def answer(self) -> None:
        with suppress(OSError, KilledError):
            while True:
                _, to, _, message = _read(self._server)
                if self._killer.strikes(self._asked.pop(to, ""), "after"):
                    raise KilledError
                self._client.sendall(message)
        self._part()

    def _part(self) -> None:
        for one in (self._client, self._server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _read(sender: socket.socket) -> tuple[int, int, str, bytes]:
    """A message's number, the number that it answers, its command, and all of it."""
    head = _exactly(sender, HEADER.size)
    length, number, to, kind = HEADER.unpack(head)
    rest = _exactly(sender, length - HEADER.size)
    does = ""
    if kind == MESSAGE and rest[4] == 0:
        size = struct.unpack_from("<i", rest, 5)[0]
        name, where = next(iter(decode(rest[5 : 5 + size]).items()))
        does = f"{name} {where}"
    return number, to, does, head + rest


def _exactly(sender: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = sender.recv(size)
        if not part:
            raise KilledError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
