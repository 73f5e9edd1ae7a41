"""Events: what listeners are pushed, who is not, and that it equals what they would fetch."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from contrail.domain.members import subscription_of
from tests.support.ddp import Ddp, Frame
from tests.support.frames import CONNECT, method, private_room, say, settled
from tests.support.workspace import Person, Workspace

MESSAGES, USER, MINE = "stream-room-messages", "stream-notify-user", "__my_messages__"


@asynccontextmanager
async def session(person: Person, *subs: tuple[str, str]) -> AsyncIterator[Ddp]:
    """A connection of the person's that listens to `(stream, event)` pairs."""
    async with Ddp(person.workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        for stream, event in subs:
            assert (await client.sub(stream, event, False))["msg"] == "ready"
        yield client


async def quiet(client: Ddp, workspace: Workspace) -> None:
    """Wait until everything that is on its way to this client has come."""
    workspace.settle()
    await settled(client)


async def row(client: Ddp, name: str, key: str, value: str) -> Frame:
    """One of the rows that `rooms/get` or `subscriptions/get` answers."""
    rows = (await client.call(name))["result"]
    (found,) = [one for one in rows if one[key] == value]
    return dict(found)


def insert_member(workspace: Workspace, rid: str, person: Person) -> None:
    room = workspace.database["rocketchat_room"].find_one({"_id": rid}) or {}
    user = {"_id": person.id, "username": person.username, "name": person.username}
    subscription = subscription_of(room, user, workspace.runtime.clock.now())
    workspace.database["rocketchat_subscription"].insert_one(subscription)


async def test_a_message_event_is_the_message_as_one_would_load_it(workspace: Workspace) -> None:
    owner, reader = workspace.person(), workspace.person()
    rid = workspace.channel(owner, reader)["_id"]
    async with session(reader, (MESSAGES, rid)) as client:
        sent = say(owner, rid, "look at https://example.com")
        (message,) = await client.event(MESSAGES, rid)
        loaded = await client.call("loadHistory", rid, None, 1)
    assert loaded["result"]["messages"] == [message]
    assert set(message) == set(sent)
    assert (message["_id"], message["msg"]) == (sent["_id"], "look at https://example.com")


async def test_senders_get_their_own_messages_too(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    async with session(owner, (MESSAGES, rid), (MESSAGES, MINE)) as client:
        result = (await client.call("sendMessage", {"rid": rid, "msg": "mine"}))["result"]
        assert (await client.event(MESSAGES, rid)) == [result]
        message, facts = await client.event(MESSAGES, MINE)
    assert message == result
    assert facts["roomParticipant"] is True


async def test_my_messages_brings_every_room_one_may_see_and_says_what_it_is(
    workspace: Workspace,
) -> None:
    owner, other = workspace.person(), workspace.person()
    channel = workspace.channel(owner)
    private = private_room(workspace, owner)
    mine = (MESSAGES, MINE)
    async with (
        session(owner, mine) as member,
        session(other, mine) as outsider,
        Ddp(workspace.ws_url) as anonymous,
    ):
        await anonymous.connect()
        assert (await anonymous.sub(MESSAGES, MINE, False))["msg"] == "ready"
        say(owner, private, "closed")
        say(owner, channel["_id"], "open")
        for client in (member, outsider, anonymous):
            await quiet(client, workspace)
    name = (workspace.database["rocketchat_room"].find_one({"_id": private}) or {})["name"]
    here = [(m["msg"], facts) for m, facts in member.events(*mine) if m["u"]["_id"] == owner.id]
    assert here == [
        ("closed", {"roomParticipant": True, "roomType": "p", "roomName": name}),
        ("open", {"roomParticipant": True, "roomType": "c", "roomName": channel["name"]}),
    ]
    there = [(m["msg"], facts) for m, facts in outsider.events(*mine) if m["u"]["_id"] == owner.id]
    assert there == [("open", {**here[1][1], "roomParticipant": False})]
    assert anonymous.events(*mine) == []


async def test_direct_messages_have_no_room_name(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    rid = "".join(sorted((one.id, two.id)))
    now = workspace.runtime.clock.now()
    workspace.database["rocketchat_room"].insert_one(
        {"_id": rid, "t": "d", "uids": [one.id, two.id], "usersCount": 2, "msgs": 0, "ts": now}
    )
    for person in (one, two):
        insert_member(workspace, rid, person)
    async with session(two, (MESSAGES, MINE)) as client:
        say(one, rid, "psst")
        await client.until(lambda _: any(m["rid"] == rid for m, _ in client.events(MESSAGES, MINE)))
        (facts,) = [facts for m, facts in client.events(MESSAGES, MINE) if m["rid"] == rid]
    assert facts == {"roomParticipant": True, "roomType": "d"}


@pytest.mark.parametrize("change", ["left", "closed", "of a team"])
async def test_who_may_not_see_a_room_any_more_gets_nothing_of_it(
    workspace: Workspace, change: str
) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = private_room(workspace, owner, other) if change == "left" else ""
    rid = rid or workspace.channel(owner)["_id"]
    rooms = workspace.database["rocketchat_room"]
    events = [(MESSAGES, rid), ("stream-room-data", rid), (MESSAGES, MINE)]
    events += [(USER, f"{other.id}/rooms-changed"), (USER, f"{other.id}/subscriptions-changed")]
    async with session(owner, events[0]) as member, session(other, *events) as client:
        if change == "left":
            workspace.database["rocketchat_subscription"].delete_one(
                {"rid": rid, "u._id": other.id}
            )
        elif change == "closed":
            rooms.update_one({"_id": rid}, {"$set": {"t": "p"}})
        else:
            rooms.update_one({"_id": rid}, {"$set": {"teamId": "some-team"}})
        say(owner, rid, "among us")
        await member.event(MESSAGES, rid)
        await quiet(client, workspace)
    got = [args for stream, event in events for args in client.events(stream, event)]
    assert [args for args in got if rid in str(args)] == []


async def test_sending_updates_everyones_room_and_subscription(workspace: Workspace) -> None:
    owner, reader = workspace.person(), workspace.person()
    rid = workspace.channel(owner, reader)["_id"]
    workspace.settle()
    changes = "rooms-changed", "subscriptions-changed"
    async with (
        session(owner, *((USER, f"{owner.id}/{name}") for name in changes)) as writing,
        session(reader, *((USER, f"{reader.id}/{name}") for name in changes)) as reading,
    ):
        sent = say(owner, rid)
        for client, person in ((writing, owner), (reading, reader)):
            action, room = await client.event(USER, f"{person.id}/rooms-changed")
            assert action == "updated"
            assert room["lastMessage"]["_id"] == sent["_id"]
            assert room == await row(client, "rooms/get", "_id", rid)
            action, mine = await client.event(USER, f"{person.id}/subscriptions-changed")
            assert action == "updated"
            assert mine["alert"] is (person is reader), "one's own message does not alert"
            assert mine == await row(client, "subscriptions/get", "rid", rid)


async def test_a_new_member_gets_the_subscription_and_the_whole_room(workspace: Workspace) -> None:
    owner, invited, comer = workspace.person(), workspace.person(), workspace.person()
    changes = "rooms-changed", "subscriptions-changed"
    async with (
        session(invited, *((USER, f"{invited.id}/{name}") for name in changes)) as one,
        session(comer, *((USER, f"{comer.id}/{name}") for name in changes)) as two,
    ):
        rid = workspace.channel(owner, invited)["_id"]
        await _arrived(one, invited, rid)
        comer.ok("POST", "v1/channels.join", {"roomId": rid})
        await _arrived(two, comer, rid)
        sent = say(owner, rid)
        for client, person in ((one, invited), (two, comer)):
            await quiet(client, workspace)
            *_, (action, room) = client.events(USER, f"{person.id}/rooms-changed")
            assert (action, room["lastMessage"]["_id"]) == ("updated", sent["_id"])
            assert room == await row(client, "rooms/get", "_id", rid)


async def _arrived(client: Ddp, person: Person, rid: str) -> None:
    event = f"{person.id}/subscriptions-changed"
    await client.until(lambda _: any(row["rid"] == rid for _, row in client.events(USER, event)))
    action, subscription = next(e for e in client.events(USER, event) if e[1]["rid"] == rid)
    assert action == "inserted"
    later = await row(client, "subscriptions/get", "rid", rid)
    # What the room says of the arrival dates the subscription once more.
    assert subscription.pop("_updatedAt") <= later.pop("_updatedAt")
    assert subscription == later
    await client.event(USER, f"{person.id}/rooms-changed")
    rooms = client.events(USER, f"{person.id}/rooms-changed")
    action, room = next(e for e in rooms if e[1]["_id"] == rid)
    assert action == "inserted"
    assert set(room) == set(await row(client, "rooms/get", "_id", rid))


async def test_reading_a_room_updates_the_readers_subscription_alone(workspace: Workspace) -> None:
    owner, reader = workspace.person(), workspace.person()
    rid = workspace.channel(owner, reader)["_id"]
    say(owner, rid)
    workspace.settle()
    event = "subscriptions-changed"
    async with (
        session(owner, (USER, f"{owner.id}/{event}")) as other,
        session(reader, (USER, f"{reader.id}/{event}")) as client,
    ):
        reader.ok("POST", "v1/subscriptions.read", {"rid": rid})
        action, mine = await client.event(USER, f"{reader.id}/{event}")
        assert mine == await row(client, "subscriptions/get", "rid", rid)
        await quiet(other, workspace)
    assert (action, mine["alert"], mine["unread"]) == ("updated", False, 0)
    assert other.events(USER, f"{owner.id}/{event}") == []


async def test_a_changed_permission_is_told_to_whoever_is_logged_in(workspace: Workspace) -> None:
    person = workspace.person()
    stored = workspace.database["rocketchat_permissions"].find_one({"_id": "mute-user"}) or {}
    change = {"permissions": [{"_id": "mute-user", "roles": stored["roles"]}]}
    async with session(person, ("stream-notify-logged", "permissions-changed")) as client:
        workspace.admin.ok("POST", "v1/permissions.update", change)
        action, permission = await client.event("stream-notify-logged", "permissions-changed")
    assert action == "updated"
    assert (permission["_id"], permission["roles"]) == ("mute-user", stored["roles"])


async def test_on_the_wire_dates_are_milliseconds_and_changed_frames_have_the_id_id(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    events = [(MESSAGES, rid), (MESSAGES, MINE), ("stream-room-data", rid)]
    events += [(USER, f"{owner.id}/{name}") for name in ("rooms-changed", "subscriptions-changed")]
    texts: list[str] = []
    async with aiohttp.ClientSession() as http, http.ws_connect(workspace.ws_url) as ws:
        await ws.send_json(CONNECT)
        await ws.send_json(method("login", 1, {"resume": owner.token}))
        for number, (stream, event) in enumerate(events):
            sub: Frame = {"msg": "sub", "id": f"s{number}", "name": stream}
            await ws.send_json({**sub, "params": [event, {"useCollection": False, "args": []}]})
        await ws.send_json(method("rooms/get", 2))
        await ws.send_json(method("sendMessage", 3, {"rid": rid, "msg": "when?"}))
        while sum('"changed"' in text for text in texts) < len(events):
            texts.append(await ws.receive_str(timeout=10))
    assert sum('"$date"' in text for text in texts) > len(events)
    assert [text for text in texts if re.search(r"\d{4}-\d\d-\d\dT", text)] == []
    for text in texts:
        frame: dict[str, Any] = json.loads(text)
        if frame.get("msg") == "changed":
            assert set(frame) == {"msg", "collection", "id", "fields"}
            assert frame["id"] == "id"
            assert set(frame["fields"]) == {"eventName", "args"}
