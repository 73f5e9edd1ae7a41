"""Messages near and above what a connection can be sent: who gets what, and what goes on after."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from contrail.ports.bounds import QUEUED
from contrail.shapes.logs import JsonFormatter
from tests.support.ddp import Ddp
from tests.support.frames import settled
from tests.support.workspace import Json, Person, Workspace

MESSAGES, USER, ROOM = "stream-room-messages", "stream-notify-user", "stream-room-data"
MINE = "__my_messages__"


def post(person: Person, rid: str, text: str, msg: str = "see below") -> Json:
    """A message whose attachment says the text; as stored."""
    message = {"rid": rid, "msg": msg, "attachments": [{"text": text}]}
    return dict(person.ok("POST", "v1/chat.sendMessage", {"message": message})["message"])


async def listening(client: Ddp, person: Person, rid: str) -> None:
    await client.connect()
    await client.resume(person.token)
    events = [f"{person.id}/rooms-changed", f"{person.id}/subscriptions-changed"]
    for stream, event in (
        (MESSAGES, rid),
        (MESSAGES, MINE),
        (ROOM, rid),
        *((USER, e) for e in events),
    ):
        assert (await client.sub(stream, event, False))["msg"] == "ready"


def dead(workspace: Workspace) -> int:
    return sum(len(queue.dead) for queue in workspace.runtime.bus.queues.values())


def _logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(map(JsonFormatter().format, caplog.records))


def left_pending(workspace: Workspace, rid: str) -> int:
    match = {"rid": rid, "_contrail.pending": {"$exists": True}}
    return int(workspace.database["rocketchat_message"].count_documents(match))


@pytest.mark.parametrize(
    "text",
    # Of the second, queues take each character as six.
    ["x" * 120_000, "\uffff" * 40_000],
    ids=["plain", "escaped"],
)
async def test_a_large_message_reaches_everyone_in_several_items(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """The fact is slim, and what it sends is more than one item holds."""
    owner, reader = workspace.person(), workspace.person()
    rid = workspace.channel(owner, reader)["_id"]
    workspace.settle()
    sizes: list[int] = []
    bus = workspace.runtime.bus
    real = bus.queues["deliveries"].send

    def send(body: str, **more: Any) -> None:
        if rid in body:
            sizes.append(len(body.encode()))
        real(body, **more)

    monkeypatch.setattr(bus.queues["deliveries"], "send", send)
    async with Ddp(workspace.ws_url) as client:
        await listening(client, reader, rid)
        sent = post(owner, rid, text)
        (message,) = await client.event(MESSAGES, rid)
        mine, _ = await client.event(MESSAGES, MINE)
        (room,) = await client.event(ROOM, rid)
        _, changed = await client.event(USER, f"{reader.id}/rooms-changed")
        _, subscription = await client.event(USER, f"{reader.id}/subscriptions-changed")
        workspace.settle()
        await settled(client)
        assert len(client.events(MESSAGES, rid)) == 1
    assert message == mine
    assert (message["_id"], message["attachments"][0]["text"]) == (sent["_id"], text)
    assert room["lastMessage"] == changed["lastMessage"] == message
    assert subscription["alert"] is True
    assert len(sizes) > 2
    assert max(sizes) <= QUEUED
    assert left_pending(workspace, rid) == 0


async def test_a_message_that_cannot_be_sent_to_anyone_holds_back_nothing(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    owner, reader = workspace.person(), workspace.person()
    rid, text = workspace.channel(owner, reader)["_id"], "x" * 140_000
    workspace.settle()
    before = dead(workspace)
    async with Ddp(workspace.ws_url) as client:
        await listening(client, reader, rid)
        with caplog.at_level(logging.WARNING):
            sent = post(owner, rid, text)
            _, subscription = await client.event(USER, f"{reader.id}/subscriptions-changed")
            workspace.settle()
        assert subscription["alert"] is True
        assert {"not delivered"} == {line.getMessage() for line in caplog.records}
        assert text not in _logged(caplog)
        after = owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "next"}})
        (message,) = await client.event(MESSAGES, rid)
        assert message == (await client.event(MESSAGES, MINE))[0]
        workspace.settle()
        await settled(client)
        _, room = client.events(USER, f"{reader.id}/rooms-changed")[-1]
    assert message["_id"] == after["message"]["_id"] != sent["_id"]
    assert room["lastMessage"]["msg"] == "next"
    assert dead(workspace) == before
    assert left_pending(workspace, rid) == 0
    history = reader.ok("GET", "v1/channels.history", {"roomId": rid})["messages"]
    assert [one["_id"] for one in history[:2]] == [message["_id"], sent["_id"]]
    assert history[1]["attachments"][0]["text"] == text


async def test_a_room_list_goes_on_without_the_message_that_is_too_large(
    workspace: Workspace,
) -> None:
    owner, reader = workspace.person(), workspace.person()
    room = workspace.channel(owner, reader)
    async with Ddp(workspace.ws_url) as client:
        await listening(client, reader, room["_id"])
        sent = post(owner, room["_id"], "x" * 140_000)
        _, changed = await client.event(USER, f"{reader.id}/rooms-changed")
        (data,) = await client.event(ROOM, room["_id"])
    assert changed == data
    assert "lastMessage" not in changed
    assert (changed["name"], changed["msgs"]) == (room["name"], 1)
    assert changed["lm"].isoformat(timespec="milliseconds")[:23] == sent["ts"][:23]


async def test_a_room_that_fits_no_item_fails_no_fact(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody can give a room such a name here, but it may have been imported."""
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    workspace.settle()
    before, rooms = dead(workspace), workspace.database["rocketchat_room"]
    async with Ddp(workspace.ws_url) as client:
        await listening(client, owner, rid)
        rooms.update_one({"_id": rid}, {"$set": {"name": "n" * QUEUED}})
        with caplog.at_level(logging.WARNING):
            post(owner, rid, "lost to those who listen")
            workspace.settle()
        assert "an item for deliveries" in _logged(caplog)
        rooms.update_one({"_id": rid}, {"$set": {"name": rid.lower()}})
        sent = post(owner, rid, "next")
        (message,) = await client.event(MESSAGES, rid)
        workspace.settle()
    assert message["_id"] == sent["_id"]
    assert dead(workspace) == before
    assert left_pending(workspace, rid) == 0


async def test_what_is_too_large_for_one_listener_alone_reaches_the_others(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = workspace.channel(owner, other)["_id"]
    workspace.settle()
    workspace.database["rocketchat_subscription"].update_one(
        {"rid": rid, "u._id": other.id}, {"$set": {"customFields": {"x": "x" * 140_000}}}
    )
    event = "subscriptions-changed"
    async with Ddp(workspace.ws_url) as mine, Ddp(workspace.ws_url) as theirs:
        await listening(mine, owner, rid)
        await listening(theirs, other, rid)
        with caplog.at_level(logging.WARNING):
            post(owner, rid, "hi")
            await mine.event(USER, f"{owner.id}/{event}")
            await theirs.event(MESSAGES, rid)
            workspace.settle()
            await settled(theirs)
        assert theirs.events(USER, f"{other.id}/{event}") == []
    assert "frame too large" in _logged(caplog)
