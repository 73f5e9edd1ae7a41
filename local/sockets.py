"""The WebSocket side of the local gateway: frames out, from any thread."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from aiohttp import web

MOST_WAITING = 4 * 1024 * 1024
"""Characters that may wait for a slow client before its connection is given up."""
NORMAL, GOING_AWAY, TOO_SLOW = 1000, 1001, 1008


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
        self._waiting: deque[str] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self.ended = asyncio.Event()
        self.code = NORMAL
        self.active_at = time.monotonic()

    def push(self, *frames: str) -> None:
        if self.ended.is_set():
            return
        self.active_at = time.monotonic()
        self._waiting.extend(frames)
        self._size += sum(map(len, frames))
        if self._size > MOST_WAITING:
            self._waiting.clear()
            self.end(TOO_SLOW)
        self._news.set()

    def end(self, code: int = NORMAL) -> None:
        """Take no more frames; what waits may still be sent. The first code given holds."""
        if not self.ended.is_set():
            self.code = code
            self.ended.set()
            self._news.set()

    def start(self, ws: web.WebSocketResponse) -> None:
        """Send what waits and what comes, in order, until `end`."""
        self._writer = asyncio.create_task(self._write(ws))

    async def close(
        self,
        ws: web.WebSocketResponse,
        transport: asyncio.BaseTransport | None,
        patience: float,
    ) -> None:
        """Finish sending and part with the client; one that takes nothing more is cut off."""
        if not ws.closed:
            await asyncio.wait({self._writer}, timeout=patience)
        self._writer.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * patience):
                await ws.close(code=self.code, drain=False)
        if isinstance(transport, asyncio.WriteTransport) and transport.get_write_buffer_size():
            transport.abort()

    async def _write(self, ws: web.WebSocketResponse) -> None:
        try:
            while True:
                while self._waiting:
                    frame = self._waiting.popleft()
                    self._size -= len(frame)
                    await ws.send_str(frame)
                if self.ended.is_set():
                    return
                self._news.clear()
                await self._news.wait()
        except ConnectionError:
            return


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
        self._loop.call_soon_threadsafe(socket.push, *frames)
        return True

    def post_all(self, posts: Sequence[tuple[str, str]]) -> set[str]:
        if not posts:
            return set()
        self._loop.call_soon_threadsafe(self._push_all, posts)
        return {connection_id for connection_id, _ in posts if connection_id not in self._open}

    def _push_all(self, posts: Sequence[tuple[str, str]]) -> None:
        for connection_id, frame in posts:
            socket = self._open.get(connection_id)
            if socket is not None:
                socket.push(frame)

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
