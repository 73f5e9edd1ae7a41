"""The first time that someone may not see public rooms: requests that are under way know it too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.doors_admin import make_role
from tests.support.told import MESSAGES
from tests.support.workspace import Person, Workspace

Make = Callable[..., Workspace]
USER = "stream-notify-user"


class Slow:
    """A send that has found its room, and stores nothing before it is told to."""

    def __init__(self, workspace: Workspace, sender: Person, rid: str) -> None:
        self._go, self.held = threading.Event(), threading.Event()
        rooms = workspace.runtime.instances["messaging"].store.rooms
        self._real = rooms.begin_send
        self._sender, self._message = sender, {"rid": rid, "msg": "late"}
        self._thread = threading.Thread(target=self._send)
        self.patched = rooms, "begin_send", self._begin

    def _begin(self, *args: Any, **more: Any) -> Any:
        self.held.set()
        assert self._go.wait(60)
        return self._real(*args, **more)

    def _send(self) -> None:
        self._sender.ok("POST", "v1/chat.sendMessage", {"message": self._message})

    async def begin(self) -> None:
        self._thread.start()
        assert await asyncio.to_thread(self.held.wait, 30)

    async def end(self) -> None:
        self._go.set()
        await asyncio.to_thread(self._thread.join, 60)
        assert not self._thread.is_alive()


class Ear:
    """A member's client: what it hears of the room, one way or another."""

    def __init__(self, client: Ddp, person: Person, rid: str) -> None:
        own = (f"{person.id}/{name}" for name in ("rooms-changed", "notification"))
        self._client, self._person = client, person
        self._keys = [(MESSAGES, rid), *((USER, event) for event in own)]

    async def listen(self) -> None:
        await self._client.connect()
        await self._client.resume(self._person.token)
        for stream, event in self._keys:
            assert (await self._client.sub(stream, event, False))["msg"] == "ready"

    async def heard(self) -> list[str]:
        await self._client.call("rooms/get")
        return [stream for stream, event in self._keys if self._client.events(stream, event)]


async def test_a_send_that_is_under_way_reaches_nobody_who_may_not_see_the_room_by_then(
    new_workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = new_workspace()
    sender, person, stays = (workspace.person() for _ in range(3))
    rid = workspace.channel(sender, person, stays)["_id"]
    workspace.settle()
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as other:
        lost, kept = Ear(client, person, rid), Ear(other, stays, rid)
        await lost.listen()
        await kept.listen()
        slow = Slow(workspace, sender, rid)
        monkeypatch.setattr(*slow.patched)
        await slow.begin()
        given = {"userId": person.id, "data": {"roles": [make_role(workspace)]}}
        await asyncio.to_thread(workspace.admin.ok, "POST", "v1/users.update", given)
        await slow.end()
        await asyncio.to_thread(workspace.settle)
        assert await lost.heard() == []
        assert await kept.heard() == [MESSAGES, USER, USER]
