"""Work items of a shard come in batches: its listeners are read once, and each item is a frame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from contrail.ddp import ejson
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Unfinished
from functions.streamer.delivery import deliver
from functions.streamer.items import Batch, Item
from tests.support.counting import Calls, Commands
from tests.support.ddp import Ddp
from tests.support.workspace import Workspace

STREAM = "stream-room-messages"
COUNT = 5
SUBSCRIPTIONS = "find rocketchat_subscription"


def _item(rid: str, text: str) -> Item:
    said = {"_id": text, "rid": rid, "msg": text}
    sent = {"audience": f"room:{rid}", "stream": STREAM, "event": rid, "args": [said]}
    emission = {**sent, "kind": "plain", "who": "room", "only": "", "origin": "", "needs": []}
    room = {"_id": rid, "t": "p", "usersCount": 1, "_contrail": {}}
    work = {"audience": f"room:{rid}", "shard": 0, "room": room, "emissions": [emission]}
    return Item(body=ejson.dumps(work))


@asynccontextmanager
async def _listening(workspace: Workspace) -> AsyncIterator[tuple[Ddp, str]]:
    """A member of a private room who listens in it."""
    person = workspace.person()
    made = person.ok("POST", "v1/groups.create", {"name": f"g-{person.username}"})
    rid = str(made["group"]["_id"])
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub(STREAM, rid, False)
        workspace.settle()
        yield client, rid


async def test_a_batch_reads_its_listeners_and_their_subscriptions_once(
    new_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Commands()
    workspace = new_workspace(listeners=(commands,))
    texts = [f"{number}" for number in range(COUNT)]
    async with _listening(workspace) as (client, rid):
        calls = Calls(monkeypatch)
        calls.watch(workspace.runtime.connections, "listeners")
        commands.reset()
        batch = Batch(items=[_item(rid, text) for text in texts])
        deliver(Caller(), batch, workspace.runtime.instances["fanout"])
        heard = await client.until_events(STREAM, rid, COUNT)
    assert [message["msg"] for (message,) in heard] == texts
    assert calls.count["listeners"] == 1
    assert commands.seen.count(SUBSCRIPTIONS) == 1


async def test_what_is_no_item_holds_back_itself_and_what_follows_and_nothing_before(
    workspace: Workspace,
) -> None:
    async with _listening(workspace) as (client, rid):
        items = [_item(rid, "before"), Item(body="no item"), _item(rid, "behind")]
        with pytest.raises(Unfinished) as raised:
            deliver(Caller(), Batch(items=items), workspace.runtime.instances["fanout"])
        assert raised.value.done == 1
        batch = Batch(items=[_item(rid, "later")])
        deliver(Caller(), batch, workspace.runtime.instances["fanout"])
        heard = await client.until_events(STREAM, rid, 2)
    assert [message["msg"] for (message,) in heard] == ["before", "later"]


async def test_a_connection_that_is_gone_is_posted_to_once(
    new_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = new_workspace()
    async with _listening(workspace) as (_, rid):
        runtime = workspace.runtime
        (row,) = runtime.connections.listeners(f"room:{rid}", 0)
        calls = Calls(monkeypatch)
        calls.watch_posts(runtime.sockets)
        runtime.sockets.drop(row.connection_id)
        batch = Batch(items=[_item(rid, f"{number}") for number in range(COUNT)])
        deliver(Caller(), batch, runtime.instances["fanout"])
        assert calls.posts[row.connection_id] == 1
        assert not runtime.connections.listeners(f"room:{rid}", 0)
