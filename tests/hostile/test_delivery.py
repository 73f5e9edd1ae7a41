"""Messages through a hostile plane: every listener gets every one, in the room's order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from itertools import pairwise

import pytest

from contrail.shapes.ids import random_id
from local.hostile import EVERYTHING, Hostile
from tests.hostile.bursts import settled
from tests.support.ddp import Ddp, Frame
from tests.support.frames import method
from tests.support.workspace import Person, Workspace

MESSAGES, SENDERS, LISTENERS = 100, 4, 5
ROOM_MESSAGES = "stream-room-messages"


async def joined(client: Ddp, person: Person) -> None:
    await client.connect()
    await client.resume(person.token)


async def write(client: Ddp, rid: str, ids: list[str]) -> None:
    """Without waiting for an answer; those that fail are told."""
    for mid in ids:
        await client.send(method("sendMessage", mid, {"_id": mid, "rid": rid, "msg": mid}))
    for mid in ids:
        answer = await client.until(partial(_answers, mid), 30)
        assert "error" not in answer, answer


def _answers(method_id: str, frame: Frame) -> bool:
    return frame.get("msg") == "result" and frame["id"] == method_id


def faults(client: Ddp, rid: str, order: list[str]) -> list[str]:
    """How the first arrivals of messages differ from the room's order."""
    arrived = list(dict.fromkeys(one["_id"] for (one,) in client.events(ROOM_MESSAGES, rid)))
    wrong = [f"lacks {order.index(mid)}" for mid in order if mid not in arrived]
    places = [order.index(mid) for mid in arrived]
    wrong += [f"{after} before {before}" for after, before in pairwise(places) if after > before]
    return wrong


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_listener_gets_every_message_in_the_rooms_order(
    hostile_workspace: Callable[[Hostile], Workspace], seed: int
) -> None:
    workspace = hostile_workspace(Hostile(seed, EVERYTHING))
    people = [workspace.person() for _ in range(SENDERS + LISTENERS)]
    rid = workspace.channel(people[0], *people[1:])["_id"]
    ids = [random_id() for _ in range(MESSAGES)]
    async with AsyncExitStack() as stack:
        clients = [Ddp(workspace.ws_url) for _ in people]
        await asyncio.gather(*(stack.enter_async_context(one) for one in clients))
        await asyncio.gather(*map(joined, clients, people))
        senders, listeners = clients[:SENDERS], clients[SENDERS:]
        for client in listeners:
            assert (await client.sub(ROOM_MESSAGES, rid, False))["msg"] == "ready"
        shares = [ids[place::SENDERS] for place in range(SENDERS)]
        await asyncio.gather(*map(write, senders, [rid] * SENDERS, shares))
        for client in listeners:
            await client.until_events(ROOM_MESSAGES, rid, MESSAGES)
        await settled(workspace)
        rows = workspace.database["rocketchat_message"].find({"rid": rid}).sort("ts", 1)
        order = [row["_id"] for row in rows]
        assert sorted(order) == sorted(ids), "stored once"
        assert [faults(client, rid, order) for client in listeners] == [[]] * LISTENERS
