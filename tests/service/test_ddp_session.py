"""DDP on one connection: the handshake, bad frames, methods and their answers."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.ddp.errors import error_object
from contrail.shapes.errors import ChatError
from tests.support.ddp import Ddp, Frame
from tests.support.frames import CONNECT, MATCH_FAILED, NOT_LOGGED_IN, method, nth, settled
from tests.support.workspace import Workspace


async def test_the_greeting_comes_first_and_waits_for_nothing(workspace: Workspace) -> None:
    async with Ddp(workspace.ws_url) as client:
        assert await nth(client, 1) == [{"server_id": "0"}]
        connected = await client.connect()
    assert set(connected) == {"msg", "session"}
    assert isinstance(connected["session"], str)
    assert connected["session"]


@pytest.mark.parametrize(
    "offer",
    [
        {"version": "1", "support": ["1", "pre2", "pre1"]},
        {"version": "pre2", "support": ["pre2"]},
        {"version": "pre1"},
        {"version": "2", "support": ["2", "pre1"]},
        {"version": "1", "support": ["1"], "session": "an-earlier-one"},
    ],
)
async def test_every_known_version_connects(workspace: Workspace, offer: Frame) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.send({"msg": "connect", **offer})
        _, answer = await nth(client, 2)
    assert answer["msg"] == "connected"
    assert answer["session"] != offer.get("session")


@pytest.mark.parametrize("offer", [{"version": "2", "support": ["2"]}, {}, {"support": 1}])
async def test_an_unknown_version_fails_and_the_connection_ends(
    workspace: Workspace, offer: Frame
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.send({"msg": "connect", **offer})
        await client.send(CONNECT)
        assert await client.closed() == 1001
    assert client.frames == [{"server_id": "0"}, {"msg": "failed", "version": "1"}]


async def test_a_second_connect_is_an_error_and_changes_nothing(workspace: Workspace) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.send(CONNECT)
        frames = await settled(client)
    error = {"msg": "error", "reason": "Already connected", "offendingMessage": CONNECT}
    assert frames[2:] == [error]


@pytest.mark.parametrize(
    "frame",
    [
        method("login", "1", {"resume": "x"}),
        {"msg": "sub", "id": "1", "name": "stream-notify-all", "params": ["public-info", False]},
        {"msg": "unsub", "id": "1"},
        {"msg": "nonsense"},
    ],
)
async def test_nothing_is_done_before_connect(workspace: Workspace, frame: Frame) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.send(frame)
        await client.send_later(CONNECT)
        await nth(client, 3)
    error = {"msg": "error", "reason": "Must connect first", "offendingMessage": frame}
    assert client.frames[1] == error
    assert client.frames[2]["msg"] == "connected"


DEEP = '{"msg":"nonsense","x":' + "[" * 99 + "]" * 99 + "}"
BAD_FRAMES = [
    ("", "Parse error"),
    ("{", "Parse error"),
    ("hello", "Parse error"),
    ('{"msg":"\\ud83d"}', "Bad request"),
    ('{"msg":"method","method":"x","id":"1","params":[{"$date":"never"}]}', "Parse error"),
    ("[" * 5000, "Parse error"),
    ("null", "Bad request"),
    ('["{}"]', "Bad request"),
    ('{"id":"1"}', "Bad request"),
    ('{"msg":1}', "Bad request"),
    ('{"msg":"nonsense"}', "Bad request"),
    (DEEP, "Bad request"),
    ('{"msg":"method","id":"1"}', "Malformed method invocation"),
    ('{"msg":"method","id":"1","method":1}', "Malformed method invocation"),
    ('{"msg":"method","method":"logout"}', "Malformed method invocation"),
    ('{"msg":"method","method":"logout","id":null}', "Malformed method invocation"),
    ('{"msg":"method","method":"logout","id":true}', "Malformed method invocation"),
    ('{"msg":"method","method":"logout","id":["1"]}', "Malformed method invocation"),
    ('{"msg":"method","method":"logout","id":"1","params":{}}', "Malformed method invocation"),
    ('{"msg":"sub","id":"1"}', "Malformed subscription"),
    ('{"msg":"sub","name":"stream-notify-all"}', "Malformed subscription"),
    ('{"msg":"sub","id":"1","name":"stream-notify-all","params":{}}', "Malformed subscription"),
    ('{"msg":"unsub"}', "Malformed subscription"),
]


@pytest.mark.parametrize(("text", "reason"), BAD_FRAMES)
async def test_a_bad_frame_is_an_error_and_the_socket_stays_open(
    workspace: Workspace, text: str, reason: str
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.ws.send_str(text)
        frames = await settled(client)
    assert [(f["msg"], f["reason"]) for f in frames[2:]] == [("error", reason)]


@pytest.mark.parametrize("method_id", ["a b", "", 1001, 0, 1.5])
async def test_the_id_of_a_method_comes_back_as_it_was(
    workspace: Workspace, method_id: Any
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.send(method("rooms/get", method_id))
        await nth(client, 4)
    result, updated = client.frames[2:]
    assert result == {"msg": "result", "id": method_id, "result": []}
    assert type(result["id"]) is type(method_id)
    assert updated == {"msg": "updated", "methods": [method_id]}


@pytest.mark.parametrize(
    ("name", "params", "error"),
    [
        ("no/such", [], error_object(ChatError(404, "Method 'no/such' not found"))),
        ("loadHistory", [], MATCH_FAILED),
        ("loadHistory", [1], MATCH_FAILED),
        ("loadHistory", ["GENERAL", "not-a-date-nor-null"], MATCH_FAILED),
        ("sendMessage", [{"rid": ["x"]}], MATCH_FAILED),
        ("login", [], MATCH_FAILED),
        ("login", ["x"], MATCH_FAILED),
        ("login", [{"resume": 1}], MATCH_FAILED),
    ],
)
async def test_a_failing_method_has_one_error_and_one_updated(
    workspace: Workspace, name: str, params: list[Any], error: Frame
) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        known = len(client.frames)
        await client.send(method(name, "x", *params))
        frames = await settled(client)
    result, updated = frames[known:]
    assert result == {"msg": "result", "id": "x", "error": error}
    assert updated == {"msg": "updated", "methods": ["x"]}


async def test_a_method_that_needs_a_user_refuses_the_anonymous(workspace: Workspace) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        answer = await client.call("sendMessage", {"rid": "GENERAL", "msg": "hi"})
    assert {key: answer[key] for key in ("msg", "error")} == {
        "msg": "result",
        "error": NOT_LOGGED_IN,
    }


async def test_a_void_method_has_neither_result_nor_error(workspace: Workspace) -> None:
    person = workspace.person()
    room = workspace.channel(person)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        # Clients append arguments of their own: those are ignored.
        answer = await client.call("readMessages", room["_id"], False, "", {"x": 1})
    assert set(answer) == {"msg", "id"}


async def test_a_result_too_large_to_be_posted_names_the_rest_way(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    for _ in range(30):
        person.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "x" * 4500}})
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        error = (await client.call("loadHistory", rid, None, 30))["error"]
        assert error["error"] == "error-result-too-large"
        assert "/api/v1/method.call/loadHistory" in error["reason"]
        few = await client.call("loadHistory", rid, None, 10)
    assert len(few["result"]["messages"]) == 10


async def test_a_client_whose_record_is_gone_is_sent_away_to_come_back(
    workspace: Workspace,
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        connections = workspace.runtime.connections
        mine = client.frames[1]["session"]
        (gone,) = [one.id for one in connections.records() if one.session == mine]
        connections.close(gone)
        await client.send({"msg": "method", "method": "rooms/get", "id": "1", "params": []})
        assert await client.closed() == 1001
