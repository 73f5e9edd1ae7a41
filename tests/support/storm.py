"""Several clients that send as fast as they are answered, and know what they were promised."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

import aiohttp
from pymongo.database import Database

from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp

Message = dict[str, Any]


def quiet(database: Database[Message]) -> bool:
    """Whether no message is being sent, and all were handed on to who listens."""
    listed = {"_contrail.sending.0": {"$exists": True}}
    pending = {"_contrail.pending": {"$exists": True}}
    return not (
        database["rocketchat_room"].count_documents(listed)
        or database["rocketchat_message"].count_documents(pending)
    )


@dataclass
class Sent:
    """Texts by message id: `acknowledged` were answered with success, `open` were not.

    `unnamed` are texts not acknowledged whose id the server was to choose; `refused` counts
    answers without success.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    unnamed: set[str] = field(default_factory=set)
    refused: int = 0

    def merge(self, more: Sent) -> None:
        self.acknowledged |= more.acknowledged
        self.open |= more.open
        self.unnamed |= more.unnamed
        self.refused += more.refused

    def check(self, database: Database[Message], rid: str) -> list[Message]:
        """The room's messages, oldest first: what was promised and nothing twice, all counted."""
        rows = list(database["rocketchat_message"].find({"rid": rid}).sort("ts", 1))
        texts = {row["_id"]: row["msg"] for row in rows}
        assert self.acknowledged.items() <= texts.items()
        assert len(set(texts.values())) == len(rows)
        known = {*self.acknowledged.values(), *self.open.values(), *self.unnamed}
        assert set(texts.values()) <= known
        room = database["rocketchat_room"].find_one({"_id": rid})
        assert room is not None
        assert room["msgs"] == len(rows)
        assert not room.get("_contrail", {}).get("sending")
        if rows:
            assert room["lastMessage"]["_id"] == rows[-1]["_id"]
            assert room["lm"] == rows[-1]["ts"] <= room["_contrail"]["clock"]
        return rows


class Storm:
    """Use as `async with Storm(url, headers, rid) as storm`; it sends until `stop` or the end.

    `rest` clients take turns between named messages and unnamed ones, `ddp` clients name all.
    `headers` are a logged-in client's.
    """

    def __init__(
        self, url: str, headers: dict[str, str], rid: str, *, rest: int = 2, ddp: int = 2
    ) -> None:
        self._url = url
        self._headers = headers
        self._rid = rid
        self._counts = rest, ddp
        self._numbers = count()
        self._start = random_id()
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self.sent = Sent()

    async def __aenter__(self) -> Self:
        rest, ddp = self._counts
        session = await self._stack.enter_async_context(
            aiohttp.ClientSession(self._url, headers=self._headers)
        )
        clients = [
            await self._stack.enter_async_context(Ddp(f"{self._url}/websocket")) for _ in range(ddp)
        ]
        for client in clients:
            await client.connect()
            await client.resume(self._headers["X-Auth-Token"])
        work = [*(self._rest(session) for _ in range(rest)), *(self._ddp(one) for one in clients)]
        self._tasks = [asyncio.create_task(one) for one in work]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._stack.aclose()

    async def stop(self) -> None:
        """Send no more; what is not answered yet stays open. Raises what a client ran into."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    async def until_acknowledged(self, number: int, seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while len(self.sent.acknowledged) < number:
                await asyncio.sleep(0.01)

    def _messages(self) -> Iterator[Message]:
        for number in self._numbers:
            yield {"_id": random_id(), "rid": self._rid, "msg": f"{self._start} {number}"}

    async def _rest(self, session: aiohttp.ClientSession) -> None:
        with suppress(aiohttp.ClientError):
            for turn, message in enumerate(self._messages()):
                if turn % 2:
                    await self._send_named(session, message)
                else:
                    await self._send_unnamed(session, message)

    async def _send_named(self, session: aiohttp.ClientSession, message: Message) -> None:
        self.sent.open[message["_id"]] = message["msg"]
        async with session.post("/api/v1/chat.sendMessage", json={"message": message}) as answer:
            if answer.status == 200:
                self._acknowledge((await answer.json())["message"])
            else:
                self.sent.refused += 1

    async def _send_unnamed(self, session: aiohttp.ClientSession, message: Message) -> None:
        post = {"roomId": message["rid"], "text": message["msg"]}
        self.sent.unnamed.add(message["msg"])
        async with session.post("/api/v1/chat.postMessage", json=post) as answer:
            if answer.status == 200:
                self._acknowledge((await answer.json())["message"])
                self.sent.unnamed.remove(message["msg"])
            else:
                self.sent.refused += 1

    async def _ddp(self, client: Ddp) -> None:
        with suppress(ConnectionError):
            for message in self._messages():
                self.sent.open[message["_id"]] = message["msg"]
                frame = await client.call("sendMessage", message)
                if frame.get("result"):
                    self._acknowledge(frame["result"])
                else:
                    self.sent.refused += 1

    def _acknowledge(self, message: Message) -> None:
        self.sent.acknowledged[message["_id"]] = message["msg"]
        self.sent.open.pop(message["_id"], None)
