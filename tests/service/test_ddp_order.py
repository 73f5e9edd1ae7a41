"""Frames of one connection are worked off one after the other, whatever one of them meets."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from tests.support.ddp import Ddp
from tests.support.frames import BROKEN, CONNECT, method, nth, settled
from tests.support.workspace import Workspace


async def test_pipelined_frames_are_handled_in_order(workspace: Workspace) -> None:
    person = workspace.person()
    room = workspace.channel(person)
    private = {"msg": "sub", "name": "stream-notify-user"}
    async with Ddp(workspace.ws_url) as client:
        await client.send({**private, "id": "s0", "params": [f"{person.id}/message", False]})
        await client.send_later(CONNECT)
        await client.send({**private, "id": "s1", "params": [f"{person.id}/message", False]})
        await client.send_later(method("login", 1, {"resume": person.token}))
        await client.send({**private, "id": "s2", "params": [f"{person.id}/message", False]})
        await client.send(
            {"msg": "sub", "id": "s3", "name": "stream-room-messages", "params": [room["_id"]]}
        )
        await client.send(method("sendMessage", 2, {"rid": room["_id"], "msg": "at once"}))
        (message,) = await client.event("stream-room-messages", room["_id"])
        await client.until(lambda f: f.get("methods") == [2])
    assert message["u"]["_id"] == person.id
    seen = [
        (f["msg"], f.get("id") or (f.get("subs") or f.get("methods") or [None])[0])
        for f in client.frames[1:]
        if f["msg"] != "changed"
    ]
    session = client.frames[2]["session"]
    assert seen == [
        ("error", None),
        ("connected", None),
        ("nosub", "s1"),
        ("added", person.id),
        ("result", 1),
        ("updated", 1),
        ("ready", "s2"),
        ("ready", "s3"),
        ("result", 2),
        ("updated", 2),
    ]
    assert session


async def test_a_ping_is_answered_at_once_even_before_login(workspace: Workspace) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.send({"msg": "ping"})
        await client.until(lambda f: f == {"msg": "pong"})
        await client.connect()
        await client.send({"msg": "ping", "id": "7"})
        await client.send({"msg": "pong"})
        await client.send({"msg": "pong", "id": "7"})
        frames = await settled(client)
    pongs = [f for f in frames if f.get("msg") == "pong"]
    assert pongs == [{"msg": "pong"}] * 2, "the cloud's gateway cannot see the id either"
    assert {f.get("msg") for f in frames} == {None, "pong", "connected"}


async def test_a_slow_method_holds_back_its_connection_but_no_ping_and_nobody_else(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    handlers = workspace.runtime.rpc.handlers
    real = handlers["settings"]

    def slow(event: dict[str, Any]) -> dict[str, Any]:
        begun.set()
        assert go_on.wait(20)
        return real(event)

    monkeypatch.setitem(handlers, "settings", slow)
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as other:
        await client.connect()
        await other.connect()
        await client.send(method("public-settings/get", "slow"))
        workspace.wait_for(begun.is_set)
        await client.send(method("rooms/get", "behind"))
        await client.send({"msg": "ping"})
        await client.until(lambda f: f.get("msg") == "pong")
        assert "result" in await other.call("rooms/get")
        assert [f.get("msg") for f in client.frames] == [None, "connected", "pong"]
        go_on.set()
        await nth(client, 7)
    assert [f.get("id") for f in client.frames if f.get("msg") == "result"] == ["slow", "behind"]


async def test_a_handler_that_breaks_answers_500_and_the_frames_behind_it_go_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = workspace.person()
    room = workspace.channel(person)
    store = workspace.runtime.instances["streamer"].store

    def gone(*_: Any, **__: Any) -> Any:
        raise AutoReconnect("no database")

    sub = {"msg": "sub", "name": "stream-room-messages", "params": [room["_id"], False]}
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        with monkeypatch.context() as patch:
            patch.setattr(store.users, "find_caller", gone)
            known = len(client.frames)
            await client.send({**sub, "id": "s1"})
            await client.send(method("login", "1", {"resume": person.token}))
            await client.send(method("stream-notify-room", "2", f"{room['_id']}/typing", "x", True))
            await client.send(method("rooms/get", "3"))
            await nth(client, known + 7)
        again = await client.sub("stream-room-messages", room["_id"], False)
    answers = [f for f in client.frames[known : known + 7] if f["msg"] != "updated"]
    assert answers[:3] == [
        {"msg": "nosub", "id": "s1", "error": BROKEN},
        {"msg": "result", "id": "1", "error": BROKEN},
        {"msg": "result", "id": "2", "error": BROKEN},
    ]
    assert room["_id"] in [row["_id"] for row in answers[3]["result"]]
    assert again["msg"] == "ready"


async def test_frames_keep_their_order_when_the_connection_table_fails_for_a_moment(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = workspace.runtime.connections
    real, failures = connections.get, [1, 2]

    def get(connection_id: str) -> Any:
        if failures:
            raise TimeoutError(failures.pop())
        return real(connection_id)

    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        monkeypatch.setattr(connections, "get", get)
        for number in range(5):
            await client.send(method("rooms/get", number))
        await nth(client, 12)
    assert not failures
    assert [f["id"] for f in client.frames if f.get("msg") == "result"] == [0, 1, 2, 3, 4]
