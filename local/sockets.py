"""The WebSocket side of the local gateway: frames out, from any thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from aiohttp import web

MOST_WAITING = 4 * 1024 * 1024
"""Bytes that may wait for a slow client before its connection is given up."""
LOOK = 0.05
"""Seconds until it is looked again whether a client took what waits for it."""
NORMAL, GOING_AWAY, TOO_SLOW = 1000, 1001, 1008
TEXT, MIDDLE, LONG = 0x81, 126, 127


def framed(text: str) -> bytes:
    """A text frame as a server sends it (RFC 6455, 5.2): encoded once for all who get the same."""
    data = text.encode()
    size = len(data)
    if size < MIDDLE:
        return bytes((TEXT, size)) + data
    if size < 1 << 16:
        return bytes((TEXT, MIDDLE)) + size.to_bytes(2) + data
    return bytes((TEXT, LONG)) + size.to_bytes(8) + data


class Socket:
    """One connection's way out. Frames that come before the handshake is over wait for it.

    All of it on the event loop only. `opened` says that `$connect` has returned; `ended` is set
    once the connection is to be closed, and `code` says how; `active_at` is the monotonic time of
    the last frame in either direction, `connected_at` the time on the wall in seconds; `identity`
    is the client's `sourceIp` and `userAgent`.
    """

    def __init__(self, identity: Mapping[str, str]) -> None:
        self.identity = identity
        self.connected_at = time.time()
        self.opened = False
        self._early: list[bytes] = []
        self._transport: asyncio.WriteTransport | None = None
        self.ended = asyncio.Event()
        self.code = NORMAL
        self.active_at = time.monotonic()

    def push(self, *frames: bytes) -> None:
        """Send what `framed` made, after all that was pushed before."""
        if self.ended.is_set():
            return
        self.active_at = time.monotonic()
        transport = self._transport
        if transport is None:
            self._early += frames
            return
        if transport.is_closing():
            return
        for frame in frames:
            transport.write(frame)
        if transport.get_write_buffer_size() > MOST_WAITING:
            self.end(TOO_SLOW)

    def end(self, code: int = NORMAL) -> None:
        """Take no more frames; what waits may still be sent. The first code given holds."""
        if not self.ended.is_set():
            self.code = code
            self.ended.set()

    def start(self, transport: asyncio.Transport | None) -> None:
        """The handshake is over: send what waits."""
        if transport is None:
            self.end(GOING_AWAY)
            return
        self._transport = transport
        transport.writelines(self._early)
        self._early.clear()

    async def close(self, ws: web.WebSocketResponse, patience: float) -> None:
        """Finish sending and part with the client; one that takes nothing more is cut off."""
        until = time.monotonic() + patience
        while not ws.closed and self._left() and time.monotonic() < until:
            await asyncio.sleep(LOOK)
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * patience):
                await ws.close(code=self.code, drain=False)
        if self._transport is not None and self._left():
            self._transport.abort()

    def _left(self) -> int:
        """Bytes that the client has not taken."""
        return self._transport.get_write_buffer_size() if self._transport else 0


class LocalSockets:
    """The sockets port. Calls come from worker threads; the loop does the writing."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: dict[str, Socket] = {}

    def add(self, connection_id: str, identity: Mapping[str, str]) -> Socket:
        socket = self._open[connection_id] = Socket(identity)
        return socket

    def find(self, connection_id: str) -> Socket | None:
        return self._open.get(connection_id)

    def drop(self, connection_id: str) -> None:
        self._open.pop(connection_id, None)

    def __len__(self) -> int:
        return len(self._open)

    def post(self, connection_id: str, *frames: str) -> bool:
        socket = self._open.get(connection_id)
        if socket is None:
            return False
        self._loop.call_soon_threadsafe(socket.push, *map(framed, frames))
        return True

    def post_all(self, posts: Sequence[tuple[str, str]]) -> set[str]:
        if not posts:
            return set()
        self._loop.call_soon_threadsafe(self._push_all, posts)
        return {connection_id for connection_id, _ in posts if connection_id not in self._open}

    def _push_all(self, posts: Sequence[tuple[str, str]]) -> None:
        made = {frame: framed(frame) for _, frame in posts}
        for connection_id, frame in posts:
            socket = self._open.get(connection_id)
            if socket is not None:
                socket.push(made[frame])

    def close(self, connection_id: str) -> None:
        """As going away: some clients never come back from a normal closure."""
        socket = self._open.get(connection_id)
        if socket is not None:
            self._loop.call_soon_threadsafe(socket.end, GOING_AWAY)

    def last_active(self, connection_id: str) -> datetime | None:
        socket = self._open.get(connection_id)
        if socket is None:
            return None
        silent = time.monotonic() - socket.active_at
        return datetime.now(UTC) - timedelta(seconds=silent)

    def close_all(self) -> None:
        """Send every client away. On the event loop only."""
        for socket in list(self._open.values()):
            socket.end(GOING_AWAY)
