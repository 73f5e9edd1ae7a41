"""Floods of frames: subs and their ends count against the limits, and others go on."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from contrail.shapes.connections import Connection
from tests.service.test_rate_limits import Limited
from tests.support.ddp import Ddp
from tests.support.workspace import Workspace

Make = Callable[..., Workspace]


async def test_subs_are_counted_like_methods_and_those_beyond_are_told(new_workspace: Make) -> None:
    limited = Limited(new_workspace, DDP_Rate_Limit_Connection_By_Method_Requests_Allowed="3")
    workspace, one = limited.workspace, limited.one
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as second:
        for each in (client, second):
            await each.connect()
            await each.resume(one.token)
        for number in range(15):
            params = [f"event-{number}", False]
            frame = {"msg": "sub", "id": f"f{number}", "name": "stream-apps", "params": params}
            await client.send(frame)
        last = await client.until(lambda f: f.get("id") == "f14" or "f14" in f.get("subs", ()))
        # Of streams four times as many as of methods, in four times as long.
        assert sum(frame.get("msg") == "ready" for frame in client.frames) == 12
        assert last["error"]["error"] == "too-many-requests"
        assert 0 < last["error"]["details"]["timeToReset"] <= 40_000
        assert (await client.sub("stream-notify-all", "license", False))["msg"] == "ready"
        assert (await second.sub("stream-apps", "apps", False))["msg"] == "ready"


async def test_ends_of_subs_count_by_connection(new_workspace: Make) -> None:
    limited = Limited(new_workspace, DDP_Rate_Limit_Connection_Requests_Allowed="5")
    async with Ddp(limited.workspace.ws_url) as client:
        await client.connect()
        await client.resume(limited.one.token)
        for number in range(8):
            await client.send({"msg": "unsub", "id": f"u{number}"})
        last = await client.until(lambda f: f.get("id") == "u7")
    ended = [frame for frame in client.frames if frame.get("msg") == "nosub"]
    refused = ["error" in frame for frame in ended]
    assert refused == sorted(refused)
    assert 1 <= refused.count(False) <= 5
    assert last["error"]["error"] == "too-many-requests"


async def test_a_flood_of_frames_holds_up_nobody_else(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a connection's frames take, they are worked on one batch at a time."""
    flooder, other = workspace.person(), workspace.person()
    connections, gate = workspace.runtime.connections, threading.Event()
    real, held = connections.get, set[str]()

    def slow(connection_id: str) -> Connection | None:
        if connection_id in held:
            assert gate.wait(30)
        return real(connection_id)

    async with Ddp(workspace.ws_url) as flood, Ddp(workspace.ws_url) as client:
        await flood.connect()
        await flood.resume(flooder.token)
        held |= {row.connection_id for row in connections.listeners(f"user:{flooder.id}", 0)}
        assert len(held) == 1
        with monkeypatch.context() as patch:
            patch.setattr(connections, "get", slow)
            try:
                for number in range(200):
                    await flood.send({"msg": "unsub", "id": f"u{number}"})
                await client.connect()
                await client.resume(other.token)
                assert "result" in await client.call("rooms/get")
                assert not [frame for frame in flood.frames if frame.get("msg") == "nosub"]
            finally:
                gate.set()
            await flood.until(lambda frame: frame.get("id") == "u199")


async def test_ending_what_one_began_counts_no_more_than_beginning_it(new_workspace: Make) -> None:
    limited = Limited(new_workspace, DDP_Rate_Limit_Connection_Requests_Allowed="6")
    async with Ddp(limited.workspace.ws_url) as client:
        await client.connect()
        await client.resume(limited.one.token)
        answers = [await client.sub("stream-apps", f"event-{number}") for number in range(4)]
        began = [answer["subs"][0] for answer in answers]
        for sub_id in began:
            await client.send({"msg": "unsub", "id": sub_id})
        await client.until(lambda f: f.get("id") == began[-1])
        ended = [frame for frame in client.frames if frame.get("msg") == "nosub"]
    assert ended == [{"msg": "nosub", "id": sub_id} for sub_id in began]


async def test_subs_of_a_stream_and_writes_to_it_count_apart(new_workspace: Make) -> None:
    limited = Limited(new_workspace, DDP_Rate_Limit_Connection_By_Method_Requests_Allowed="2")
    typing = ["GENERAL/typing", limited.one.username, True]
    async with Ddp(limited.workspace.ws_url) as client:
        await client.connect()
        await client.resume(limited.one.token)
        for number in range(8):
            frame = await client.sub("stream-notify-room", f"GENERAL/event-{number}", False)
            assert frame["msg"] == "ready"
        outcomes = [await client.call("stream-notify-room", *typing) for _ in range(8)]
        assert not any("error" in outcome for outcome in outcomes)
        refused = await client.sub("stream-notify-room", "GENERAL/typing", False)
        assert refused["error"]["error"] == "too-many-requests"


async def test_someone_with_many_rooms_subscribes_to_forty_of_them_at_once(
    new_workspace: Make,
) -> None:
    """As many as Rocket.Chat takes in 40 seconds; how long the others wait they are told."""
    slow = {"DDP_Rate_Limit_Connection_By_Method_Interval_Time": "60000"}
    limited = Limited(new_workspace, **slow)
    workspace, one, rooms = limited.workspace, limited.one, 60
    for number in range(rooms):
        given = {"name": f"room-{number}", "members": [one.username]}
        limited.boss.ok("POST", "v1/channels.create", given)
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(one.token)
        rids = [row["_id"] for row in (await client.call("rooms/get"))["result"]]
        assert len(rids) > rooms
        own = ("rooms-changed", "subscriptions-changed", "notification", "message")
        wanted = [("stream-notify-user", f"{one.id}/{name}") for name in own]
        wanted += [("stream-room-messages", rid) for rid in rids]
        wanted += [("stream-notify-room", f"{rid}/user-activity") for rid in rids]
        for number, (stream, event) in enumerate(wanted):
            frame = {"msg": "sub", "id": f"f{number}", "name": stream, "params": [event, False]}
            await client.send(frame)
        last = f"f{len(wanted) - 1}"
        await client.until(lambda f: f.get("id") == last or last in f.get("subs", ()), 60)
        ready = {sub_id for frame in client.frames for sub_id in frame.get("subs", ())}
        began = Counter(stream for n, (stream, _) in enumerate(wanted) if f"f{n}" in ready)
        errors = [frame["error"] for frame in client.frames if frame.get("msg") == "nosub"]
    assert began == {
        "stream-notify-user": 4,
        "stream-room-messages": 40,
        "stream-notify-room": 40,
    }
    assert {error["error"] for error in errors} == {"too-many-requests"}
    assert all(0 < error["details"]["timeToReset"] <= 240_000 for error in errors)
