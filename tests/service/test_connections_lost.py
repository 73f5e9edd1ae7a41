"""Connections that are lost: clients that vanish without a word, and those that come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp
import pytest

from local.gateway import Bounds
from tests.support.ddp import Ddp
from tests.support.frames import CONNECT, method
from tests.support.people import stored
from tests.support.storm import Storm
from tests.support.workspace import Person, Workspace

MESSAGES = "stream-room-messages"
Make = Callable[..., Workspace]


def listening(workspace: Workspace, rid: str) -> int:
    return len(workspace.runtime.connections.listeners(f"room:{rid}", 0))


async def test_who_vanished_is_offline_and_listens_nowhere(
    new_workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a machine loses its network: the socket stays open, and nothing comes from it."""
    monkeypatch.setattr("local.gateway.Bounds", partial(Bounds, heartbeat=1.0))
    workspace = new_workspace()
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    sub = {"msg": "sub", "id": "s", "name": MESSAGES, "params": [rid, False]}
    async with aiohttp.ClientSession() as http:
        # Answers nothing that comes.
        gone = await http.ws_connect(workspace.ws_url, autoping=False)
        for frame in (CONNECT, method("login", "1", {"resume": person.token}), sub):
            await gone.send_json(frame)
        await asyncio.to_thread(workspace.wait_for, lambda: listening(workspace, rid) == 1, 30)
        await asyncio.to_thread(
            workspace.wait_for, lambda: stored(workspace, person.id)["status"] == "online", 30
        )
        await asyncio.to_thread(workspace.wait_for, lambda: listening(workspace, rid) == 0, 60)
        await asyncio.to_thread(
            workspace.wait_for, lambda: stored(workspace, person.id)["status"] == "offline", 30
        )
        assert not len(workspace.runtime.sockets)
        await gone.close()


def test_the_local_gateway_finds_out_within_a_minute() -> None:
    """Half as long again as between two questions."""
    assert 1.5 * Bounds().heartbeat < 60


class Reader:
    """Someone whose client is cut off, comes back, and loads what it missed."""

    def __init__(self, workspace: Workspace, person: Person, rid: str) -> None:
        self._workspace, self._person, self._rid = workspace, person, rid
        self.live: list[list[dict[str, Any]]] = []
        self.loaded: dict[str, Any] = {}

    async def connected(self, enough: Callable[[Ddp], Any]) -> None:
        """One connection, until it is `enough`."""
        async with Ddp(self._workspace.ws_url) as client:
            await client.connect()
            await client.resume(self._person.token)
            assert (await client.sub(MESSAGES, self._rid, False))["msg"] == "ready"
            seen = [one["ts"] for row in self.live for one in row]
            if seen:
                answer = await client.call("loadMissedMessages", self._rid, max(seen))
                self.loaded |= {one["_id"]: one for one in answer["result"]}
            await enough(client)
            assert client.ws._conn is not None
            transport = client.ws._conn.transport
            assert transport is not None
            transport.abort()
            await client.closed(30)
            self.live.append([one for (one,) in client.events(MESSAGES, self._rid)])


async def test_under_load_a_client_that_comes_back_has_every_message_once(
    workspace: Workspace,
) -> None:
    sender, person = workspace.person(), workspace.person()
    rid = workspace.channel(sender, person)["_id"]
    workspace.settle()
    reader = Reader(workspace, person, rid)

    async def some(client: Ddp) -> None:
        await client.until_events(MESSAGES, rid, 15, 60)

    async def rest(client: Ddp) -> None:
        await some(client)
        await storm.stop()
        await asyncio.to_thread(workspace.settle)
        newest = workspace.database["rocketchat_message"].find({"rid": rid}).sort("ts", -1)[0]
        await client.until(lambda frame: _is_of(frame, newest["_id"]), 60)

    before = {one["_id"] for one in workspace.database["rocketchat_message"].find({"rid": rid})}
    async with Storm(workspace.url, sender.headers, rid, rest=1, ddp=2) as storm:
        for _ in range(3):
            await reader.connected(some)
        await reader.connected(rest)
    rows = list(workspace.database["rocketchat_message"].find({"rid": rid}).sort("ts", 1))
    first = reader.live[0][0]["ts"]
    wanted = [row["_id"] for row in rows if row["ts"] >= first and row["_id"] not in before]
    for live in reader.live:
        ids = [one["_id"] for one in live]
        assert ids == [mid for mid in wanted if mid in ids], "in order"
    live_ids = [one["_id"] for live in reader.live for one in live]
    assert len(live_ids) == len(set(live_ids))
    assert {*live_ids, *reader.loaded} >= set(wanted)


def _is_of(frame: dict[str, Any], mid: str) -> bool:
    return frame.get("msg") == "changed" and frame["fields"]["args"][0].get("_id") == mid
