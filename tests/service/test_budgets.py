"""What sending and fanning out may cost, counted: the same in a small room and in a large one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contrail.domain.members import subscription_of
from contrail.shapes.ids import random_id
from tests.support.counting import Calls, Commands
from tests.support.ddp import Ddp
from tests.support.workspace import Person, Workspace

ADMIN = {"admin_username": "boss", "admin_pass": "secret", "admin_email": "boss@example.com"}
SEND = ["aggregate users", "aggregate rocketchat_subscription", "findAndModify rocketchat_room"]
SEND += ["insert rocketchat_message", "findAndModify rocketchat_room"]
FAN_OUT = ["aggregate rocketchat_message", "update rocketchat_message"]
SIZES = (3, 500)


def _room_of(workspace: Workspace, owner: Person, members: int) -> str:
    """A channel with so many members, put straight into the database."""
    room = workspace.channel(owner)
    now = workspace.runtime.clock.now()
    people = [{"_id": random_id(), "username": f"p{n}", "name": "P"} for n in range(members - 1)]
    rows = [subscription_of(room, person, now) for person in people]
    workspace.database["rocketchat_subscription"].insert_many(rows)
    workspace.database["rocketchat_room"].update_one(
        {"_id": room["_id"]}, {"$set": {"usersCount": members}}
    )
    workspace.settle()
    return str(room["_id"])


def _send(owner: Person, rid: str, **more: Any) -> None:
    owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "hi", **more}})


@pytest.mark.parametrize("given", [{}, {"_id": "with-an-id-of-the-client"}])
def test_a_send_costs_five_commands_whatever_the_rooms_size(
    new_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]
) -> None:
    commands = Commands()
    workspace = new_workspace(test_mode=False, listeners=(commands,), **ADMIN)
    calls = Calls(monkeypatch)
    calls.watch(workspace.runtime.bus, "publish")
    owner = workspace.login("boss", "secret")
    rooms = [_room_of(workspace, owner, size) for size in SIZES]
    for place, rid in enumerate(rooms):
        # The first send meets a cold function, the second a warm one.
        fields = {key: f"{value}-{place}" for key, value in given.items()}
        commands.reset()
        calls.reset()
        _send(owner, rid, **fields)
        workspace.settle()
        assert commands.seen[:5] == SEND
        assert sorted(commands.seen[5:]) == FAN_OUT
        assert commands.modified == 4, "the room twice, the message, its marker"
        assert calls.count["publish"] == 1


async def test_fanning_out_costs_one_post_per_listener_and_reads_by_shard(
    new_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Commands()
    workspace = new_workspace(test_mode=False, listeners=(commands,), **ADMIN)
    owner = workspace.login("boss", "secret")
    calls = Calls(monkeypatch)
    calls.watch(workspace.runtime.connections, "occupied", "listeners")
    calls.watch_posts(workspace.runtime.sockets)
    costs = []
    for size in SIZES:
        workspace.wait_for(lambda: not len(workspace.runtime.sockets))
        rid = _room_of(workspace, owner, size)
        async with Ddp(workspace.ws_url) as one, Ddp(workspace.ws_url) as other:
            for client in (one, other):
                await client.connect()
                await client.resume(owner.token)
                await client.sub("stream-room-messages", rid, False)
            await one.sub("stream-notify-user", f"{owner.id}/rooms-changed", False)
            workspace.settle()
            commands.reset()
            calls.reset()
            _send(owner, rid)
            await other.event("stream-room-messages", rid)
            await one.event("stream-notify-user", f"{owner.id}/rooms-changed")
            workspace.settle()
            posts = sorted(calls.posts.values())
            costs.append((sorted(commands.seen), dict(calls.count), posts))
    assert costs[0] == costs[1]
    seen, reads, posts = costs[0]
    assert seen == sorted([*SEND, *FAN_OUT, "find rocketchat_subscription"])
    assert reads == {"occupied": 2, "listeners": 1}, "shards + 2 at most"
    assert posts == [1, 2], "one for each connection and event key"


@pytest.mark.parametrize(
    ("given", "saves"), [({"_id": "of-the-client"}, 1), ({}, 2)], ids=["keyed", "not keyed"]
)
async def test_a_method_costs_its_connections_record_one_read_and_its_marks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], saves: int
) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    fields = {key: f"{value}-{random_id()}" for key, value in given.items()}
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        workspace.settle()
        calls = Calls(monkeypatch)
        calls.watch(workspace.runtime.connections, "get", "save")
        await client.call("sendMessage", {"rid": rid, "msg": "hi", **fields})
        workspace.settle()
    assert calls.count == {"get": 1, "save": saves}
