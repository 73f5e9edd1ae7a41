"""The WebSocket side of the local gateway: frames out, from any thread."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from aiohttp import web

MOST_WAITING = 4 * 1024 * 1024
"""Characters that may wait for a slow client before its connection is given up."""


class Socket:
    """One connection's way out. Frames that come before the handshake is over wait for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[str] = deque()
        self._size = 0
        self._awake = asyncio.Event()
        self._ending = False
        self.overrun = False

    def push(self, *frames: str) -> None:
        """On the event loop only."""
        for frame in frames:
            self._waiting.append(frame)
            self._size += len(frame)
        if self._size > MOST_WAITING:
            self.overrun = True
            self.end()
        self._awake.set()

    def end(self) -> None:
        """Close once what waits has been sent. On the event loop only."""
        self._ending = True
        self._awake.set()

    async def write(self, ws: web.WebSocketResponse) -> None:
        """Send in order until the connection ends."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            while self._waiting and not self.overrun:
                frame = self._waiting.popleft()
                self._size -= len(frame)
                await ws.send_str(frame)
            if self._ending:
                await ws.close(code=1008 if self.overrun else 1000)
                return


class LocalSockets:
    """The sockets port. Calls come from worker threads; the loop does the writing."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: dict[str, Socket] = {}

    def add(self, connection_id: str) -> Socket:
        socket = self._open[connection_id] = Socket(self._loop)
        return socket

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
        socket = self._open.get(connection_id)
        if socket is not None:
            self._loop.call_soon_threadsafe(socket.end)
