"""Posts that are throttled are late, but neither lost nor out of order, and hold up nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import groupby

import pytest

from contrail.ddp import ejson
from local.hostile import Hostile, Rates
from tests.hostile.bursts import record_of, settled
from tests.support.ddp import Ddp
from tests.support.frames import say
from tests.support.workspace import Workspace

ROOM_MESSAGES = "stream-room-messages"
PROMPT = 5.0
"""Seconds: half of what is waited for a connection that may not be open yet."""


@pytest.mark.parametrize("rates", [Rates(throttled=0.5), Rates(reset=0.3)], ids=["429", "reset"])
async def test_posts_that_are_tried_again_arrive_in_order(
    hostile_workspace: Callable[[Hostile], Workspace], rates: Rates
) -> None:
    workspace = hostile_workspace(Hostile(1, rates))
    sockets = workspace.runtime.instances["fanout"].sockets
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Ddp(workspace.ws_url)) for _ in range(5)]
        for client in clients:
            await client.connect()
        ids = [record_of(client, workspace).id for client in clients]
        posts = [(one, ejson.dumps({"n": n})) for n in range(20) for one in ids]
        assert await asyncio.to_thread(sockets.post_all, posts) == set()
        await settled(workspace)
        got = [[f["n"] for f in client.frames if "n" in f] for client in clients]
    assert [[n for n, _ in groupby(its)] for its in got] == [list(range(20))] * 5
    again = sum(map(len, got)) - 5 * 20
    assert (again > 0) == bool(rates.reset), "only a lost answer brings a frame twice"


async def test_one_that_takes_no_post_is_given_up_and_the_others_lose_nothing(
    hostile_workspace: Callable[[Hostile], Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = Hostile(1, Rates())
    workspace = hostile_workspace(hostile)
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Ddp(workspace.ws_url)) for _ in range(4)]
        for client in clients:
            await client.connect()
            await client.resume(person.token)
            await client.sub(ROOM_MESSAGES, rid, False)
        stuck, *others = clients
        victim = record_of(stuck, workspace).id
        monkeypatch.setattr(hostile, "throttles", lambda one: one == victim)
        sent = [say(person, rid, "first")["_id"]]
        await asyncio.gather(*(other.event(ROOM_MESSAGES, rid) for other in others))
        assert workspace.runtime.connections.get(victim), "it is being tried meanwhile"
        sent += [say(person, rid, str(n))["_id"] for n in range(4)]
        for other in others:
            events = await other.until_events(ROOM_MESSAGES, rid, 5)
            assert [message["_id"] for (message,) in events] == sent
        assert await stuck.closed() == 1001
        await settled(workspace)
        assert workspace.runtime.connections.get(victim) is None


async def test_the_dead_hold_up_nobody(hostile_workspace: Callable[[Hostile], Workspace]) -> None:
    """Gone without a goodbye, and without anybody being told."""
    workspace = hostile_workspace(Hostile(1, Rates(dropped=1.0)))
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Ddp(workspace.ws_url)) for _ in range(20)]
        for client in clients:
            await client.connect()
            await client.resume(person.token)
            await client.sub(ROOM_MESSAGES, rid, False)
        alive, *dead = clients
        for client in dead:
            connection = client.ws._response.connection
            assert connection is not None
            assert isinstance(connection.transport, asyncio.Transport)
            connection.transport.abort()
        started = time.monotonic()
        say(person, rid)
        await alive.event(ROOM_MESSAGES, rid)
        assert time.monotonic() - started < PROMPT
        await settled(workspace)
        assert [one.id for one in workspace.runtime.connections.records()] == [
            record_of(alive, workspace).id
        ]


async def test_a_post_before_connect_has_returned_is_tried_again(
    hostile_workspace: Callable[[Hostile], Workspace],
) -> None:
    workspace = hostile_workspace(Hostile(1, Rates(opening=1.0, opening_for=1.5)))
    async with AsyncExitStack() as stack:
        clients = [Ddp(workspace.ws_url) for _ in range(10)]
        await asyncio.gather(*(stack.enter_async_context(one) for one in clients))
        for client in clients:
            await client.until(lambda f: f == {"server_id": "0"})
        await settled(workspace)
        assert [client.frames for client in clients] == [[{"server_id": "0"}]] * 10
        assert len(workspace.runtime.connections.records()) == 10
