"""Connections that listen: they look for marks in what arrives and parse nothing else.

The client thus costs the same whatever the server.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

MARK = re.compile(rb'"msg": ?"~M(\d{8})')
LONGEST = 17
"""Characters of a mark, but the last."""
SETTING_UP = 60.0
PING, PONG = b"\x89\0", b"\x8a\x80" + bytes(4)
"""Frames without a payload: who does not answer is gone for the server."""


class Round:
    """Messages on their way: when each was sent, and when its last receiver had it."""

    def __init__(self, first: int, messages: int, receivers: int) -> None:
        self.first, self.receivers = first, receivers
        self.sent = [0.0] * messages
        self.arrived = [0] * messages
        self.took = [0.0] * messages
        self.left = messages * receivers
        self.last = 0.0
        self.done = asyncio.Event()

    def arrive(self, number: int) -> None:
        self.arrived[number] += 1
        self.left -= 1
        if self.arrived[number] == self.receivers:
            self.last = time.perf_counter()
            self.took[number] = self.last - self.sent[number]
        if not self.left:
            self.done.set()


class Receiver(asyncio.Protocol):
    def __init__(self) -> None:
        self.round: Round | None = None
        self.heard: list[int] = []
        self._held = b""
        self._wanted: tuple[bytes, asyncio.Future[None]] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        held = self._held + data
        if self._wanted and self._wanted[0] in held:
            if not self._wanted[1].done():
                self._wanted[1].set_result(None)
            self._wanted, held = None, b""
        if b'"msg":"ping"' in data:
            self.write({"msg": "pong"})
        if PING in data:
            self._transport.write(PONG)
        end = 0
        for mark in MARK.finditer(held) if self.round else ():
            end = mark.end()
            self._mark(int(mark[1]))
        # A mark may come in two pieces; one that was counted is not looked at again.
        self._held = held if self._wanted else held[max(end, len(held) - LONGEST) :]

    def _mark(self, mark: int) -> None:
        number = mark - self.round.first if self.round else -1
        if self.round and 0 <= number < len(self.round.sent):
            self.heard.append(number)
            self.round.arrive(number)

    def write(self, frame: dict[str, Any]) -> None:
        data = json.dumps(frame).encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2)
        self._transport.write(b"\x81" + size + bytes(4) + data)

    async def ask(self, frame: dict[str, Any] | bytes, wanted: bytes) -> None:
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wanted = (wanted, answered)
        if isinstance(frame, bytes):
            self._transport.write(frame)
        else:
            self.write(frame)
        await asyncio.wait_for(answered, SETTING_UP)

    def begin(self, begun: Round) -> None:
        self.round, self.heard = begun, []

    def close(self) -> None:
        self._transport.close()


async def connected(port: int, token: str, rid: str | None = None) -> Receiver:
    """Logged in and, with a room, listening there."""
    loop = asyncio.get_running_loop()
    receiver = (await loop.create_connection(Receiver, "127.0.0.1", port))[1]
    upgrade = (
        f"GET /websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    )
    await receiver.ask(upgrade.encode(), b"\r\n\r\n")
    await receiver.ask({"msg": "connect", "version": "1", "support": ["1"]}, b'"connected"')
    login = {"msg": "method", "method": "login", "id": "1", "params": [{"resume": token}]}
    await receiver.ask(login, b'"result"')
    if rid:
        sub = {"msg": "sub", "id": "s", "name": "stream-room-messages", "params": [rid, False]}
        await receiver.ask(sub, b'"ready"')
    return receiver
