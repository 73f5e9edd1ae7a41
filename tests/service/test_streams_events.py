"""Every event of every stream is told to who listens, or waits for a service that is not there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from functions.streamer.reading import STREAMS
from tests.support.ddp import Ddp, Frame
from tests.support.scene import differs, fresh, invoke
from tests.support.told import EVENTS, NOBODY, USER, WAITING, Stage
from tests.support.workspace import Workspace

PRESENCE = "stream-user-presence"


@pytest.fixture(scope="module")
def stage(workspace: Workspace) -> Stage:
    return _stage(workspace)


@pytest.fixture
def own(workspace: Workspace) -> Stage:
    """One that is changed for good."""
    return _stage(workspace)


def _stage(workspace: Workspace) -> Stage:
    listener, other = workspace.person(), workspace.person()
    return Stage(workspace, listener, other, workspace.channel(listener, other)["_id"])


def test_here_are_the_events_of_all_streams_each_once() -> None:
    assert {stream for stream, _ in [*EVENTS, *WAITING]} == set(STREAMS)
    assert len(STREAMS) == 18
    assert not EVENTS.keys() & WAITING.keys()


@pytest.mark.parametrize(("stream", "event"), EVENTS)
async def test_who_listens_is_told(
    workspace: Workspace, stage: Stage, stream: str, event: str
) -> None:
    told, wanted = EVENTS[stream, event], event
    stage = _stage(workspace) if told.last else stage
    for placeholder, value in (("RID", stage.rid), ("UID", stage.listener.id)):
        wanted = wanted.replace(placeholder, value)
    async with Ddp(stage.workspace.ws_url) as client:
        await client.connect()
        await client.resume(stage.workspace.admin.token if told.admin else stage.listener.token)
        assert (await client.sub(stream, wanted, *told.params(stage)))["msg"] == "ready"
        await asyncio.to_thread(told.by, stage)
        name = wanted or stage.listener.id
        frame = await client.until(lambda one: _is(one, stream, name) and _fits(one, told.args))
    assert frame["id"] == (stage.listener.id if stream == PRESENCE else "id")


def _is(frame: Frame, stream: str, event: str) -> bool:
    news = frame.get("msg") == "changed" and frame["collection"] == stream
    return bool(news and frame["fields"]["eventName"] == event)


def _fits(frame: Frame, shapes: list[Any]) -> bool:
    args = frame["fields"]["args"]
    faults = [
        fault for shape, arg in zip(shapes, args, strict=False) for fault in differs(arg, shape)
    ]
    return len(args) == len(shapes) and not faults


async def test_nobody_may_read_what_nobody_may(stage: Stage) -> None:
    async with Ddp(stage.workspace.ws_url) as client:
        await client.connect()
        await client.resume(stage.workspace.admin.token)
        for (stream, event), why in WAITING.items():
            answer = await client.sub(stream, event.replace("RID", stage.rid), False)
            if why == NOBODY:
                assert answer["msg"] == "nosub", stream


async def test_ones_own_document_follows_changes_of_name_and_address(own: Stage) -> None:
    person, address = own.listener, f"{fresh('a')}@example.com"

    def change() -> None:
        own.admin("users.update", userId=person.id, data={"name": "Somebody", "email": address})

    async with Ddp(own.workspace.ws_url) as client, Ddp(own.workspace.ws_url) as other:
        await client.connect()
        await client.resume(person.token)
        await other.connect()
        await other.resume(own.other.token)
        await asyncio.to_thread(change)
        fields: dict[str, Any] = {}

        def complete(frame: Frame) -> bool:
            if frame.get("msg") == "changed" and frame["collection"] == "users":
                assert frame["id"] == person.id
                fields.update(frame["fields"])
            return {"name", "emails"} <= fields.keys()

        await client.until(complete)
    assert (fields["name"], fields["emails"][0]["address"]) == ("Somebody", address)
    assert set(fields) <= {"username", "name", "emails"}
    assert [one for one in other.frames if one.get("collection") == "users"] == other.frames[2:3]


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("force_logout", []),
        ("message", [{"_id": "forged", "msg": "forged"}]),
        ("userData", [{"type": "updated", "diff": {"roles": ["admin"]}}]),
        ("rooms-changed", ["updated", {"_id": "forged"}]),
        ("notification", [{"title": "forged"}]),
        ("video-conference", [{"action": "call", "params": {"callId": "x"}}]),
        ("webrtc", [[[[[[[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]]]]]]]),
        ("x" * 100, []),
        ("", []),
    ],
)
async def test_what_the_server_tells_people_nobody_else_does(
    stage: Stage, event: str, args: list[Any]
) -> None:
    async with Ddp(stage.workspace.ws_url) as client:
        await client.connect()
        await client.resume(stage.listener.token)
        await client.sub(USER, f"{stage.listener.id}/{event}", False)
        for stream, place in (
            (USER, stage.listener.id),
            ("stream-notify-room-users", stage.rid),
        ):
            given = [f"{place}/{event}", *args]
            assert (
                await asyncio.to_thread(invoke, stage.workspace, stage.other, stream, given) == {}
            )
        await asyncio.to_thread(stage.workspace.settle)
        await client.call("no-such-method")
    assert args not in client.events(USER, f"{stage.listener.id}/{event}")


async def test_otr_begins_only_where_it_is_on(stage: Stage) -> None:
    event = f"{stage.listener.id}/otr"
    async with Ddp(stage.workspace.ws_url) as client:
        await client.connect()
        await client.resume(stage.listener.token)
        await client.sub(USER, event, False)
        stage.write(USER, event, "handshake", {"roomId": stage.rid})
        stage.write(USER, event, "end", {"roomId": stage.rid})
        told = await client.event(USER, event)
    assert told[0] == ("handshake" if _on(stage) else "end")


def _on(stage: Stage) -> bool:
    row = stage.workspace.database["rocketchat_settings"].find_one({"_id": "OTR_Enable"}) or {}
    return bool(row["value"])


async def test_signals_to_a_room_go_to_members_alone(stage: Stage, workspace: Workspace) -> None:
    outsider = workspace.person()
    async with Ddp(workspace.ws_url) as inside, Ddp(workspace.ws_url) as outside:
        for client, person in ((inside, stage.listener), (outside, outsider)):
            await client.connect()
            await client.resume(person.token)
            await client.sub(USER, f"{person.id}/webrtc", False)
            # Anyone is told that it is ready, and nothing more.
            answer = await client.sub(USER, f"{stage.other.id}/webrtc", False)
            assert answer["msg"] == "ready"
        event = f"{stage.rid}/webrtc"
        for writer in (outsider, stage.other):
            params = [event, "offer"]
            await asyncio.to_thread(invoke, workspace, writer, "stream-notify-room-users", params)
        assert await inside.event(USER, f"{stage.listener.id}/webrtc") == ["offer"]
        await asyncio.to_thread(workspace.settle)
        for client in (inside, outside):
            await client.call("no-such-method")
    assert len([one for one in inside.frames if one.get("msg") == "changed"]) == 1
    assert [one for one in outside.frames if one.get("msg") == "changed"] == []


async def test_the_visitor_of_a_livechat_room_shows_their_token(workspace: Workspace) -> None:
    rid = fresh("l")
    room = {"_id": rid, "t": "l", "v": {"token": "visitors-token"}, "open": True}
    workspace.database["rocketchat_room"].insert_one(room)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        for extra, answer in (
            ([], "nosub"),
            ([{"visitorToken": "another"}], "nosub"),
            ([{"visitorToken": {"$ne": ""}}], "nosub"),
            ([{"visitorToken": "visitors-token"}], "ready"),
        ):
            options = {"useCollection": False, "args": extra}
            assert (await client.sub("stream-livechat-room", rid, options))["msg"] == answer
