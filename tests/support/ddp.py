"""A small DDP client for tests: aiohttp on the wire, plain calls for the test."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable
from typing import Any, Self

import aiohttp

from contrail.ddp import ejson

Frame = dict[str, Any]


class Ddp:
    """Use as `async with Ddp(url) as client`. Every frame received is kept in `frames`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ids = itertools.count(1)
        self._news = asyncio.Condition()
        self.frames: list[Frame] = []
        self.closed_with: int | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        self.ws = await self._session.ws_connect(self._url, max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ws.close()
        await self._reader
        await self._session.close()

    async def _read(self) -> None:
        async for message in self.ws:
            async with self._news:
                self.frames.append(ejson.loads(message.data))
                self._news.notify_all()
        async with self._news:
            self.closed_with = self.ws.close_code
            self._news.notify_all()

    async def send(self, frame: Frame) -> None:
        await self.ws.send_str(ejson.dumps(frame))

    async def send_later(self, frame: Frame) -> None:
        """In a later millisecond than any before: what one millisecond holds has no order."""
        await asyncio.sleep(0.01)
        await self.send(frame)

    async def until(self, wanted: Callable[[Frame], bool], seconds: float = 60.0) -> Frame:
        """The first frame that is wanted, received before or yet to come."""
        async with asyncio.timeout(seconds), self._news:
            seen = 0
            while True:
                for frame in self.frames[seen:]:
                    if wanted(frame):
                        return frame
                seen = len(self.frames)
                await self._news.wait()

    async def closed(self, seconds: float = 60.0) -> int | None:
        """The close code, once the server has closed."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: self.closed_with is not None)
        return self.closed_with

    async def connect(self) -> Frame:
        await self.send({"msg": "connect", "version": "1", "support": ["1"]})
        return await self.until(lambda f: f.get("msg") == "connected")

    async def call(self, method: str, *params: Any, seconds: float = 60.0) -> Frame:
        """The `result` frame, after its `updated` has come too."""
        method_id = f"m{next(self._ids)}"
        frame = {"msg": "method", "method": method, "params": list(params), "id": method_id}
        await self.send(frame)
        await self.until(lambda f: f.get("msg") == "updated" and method_id in f["methods"], seconds)
        return await self.until(lambda f: f.get("msg") == "result" and f["id"] == method_id)

    async def login(self, username: str, password: str) -> Frame:
        digest = hashlib.sha256(password.encode()).hexdigest()
        options = {
            "user": {"username": username},
            "password": {"digest": digest, "algorithm": "sha-256"},
        }
        answer = await self.call("login", options)
        assert "error" not in answer, answer
        return answer

    async def resume(self, token: str) -> Frame:
        answer = await self.call("login", {"resume": token})
        assert "error" not in answer, answer
        return answer

    async def sub(self, name: str, *params: Any) -> Frame:
        """The `ready` or `nosub` that answers."""
        sub_id = f"s{next(self._ids)}"
        await self.send({"msg": "sub", "id": sub_id, "name": name, "params": list(params)})
        return await self.until(
            lambda f: (
                (f.get("msg") == "ready" and sub_id in f["subs"])
                or (f.get("msg") == "nosub" and f["id"] == sub_id)
            )
        )

    def events(self, stream: str, event: str) -> list[list[Any]]:
        """The `args` of every event received so far."""
        return [
            frame["fields"]["args"]
            for frame in self.frames
            if frame.get("msg") == "changed"
            and frame["collection"] == stream
            and frame["fields"]["eventName"] == event
        ]

    async def until_events(
        self, stream: str, event: str, count: int, seconds: float = 60.0
    ) -> list[list[Any]]:
        """The `args` of all such events, once there are so many."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(self.events(stream, event)) >= count)
        return self.events(stream, event)

    async def event(self, stream: str, event: str, seconds: float = 60.0) -> list[Any]:
        """The `args` of the first such event."""
        frame = await self.until(
            lambda f: (
                f.get("msg") == "changed"
                and f["collection"] == stream
                and f["fields"]["eventName"] == event
            ),
            seconds,
        )
        args: list[Any] = frame["fields"]["args"]
        return args
