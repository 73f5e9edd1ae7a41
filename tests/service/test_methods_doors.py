"""Every DDP method, from the tables, over `method.call` and over a WebSocket.

A row that is added to a table is tested here by being there; it needs an example in
`tests/support/doors.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contrail.shapes.rows import Refusal
from tests.support.ddp import Ddp
from tests.support.doors import METHOD_EXAMPLES
from tests.support.example import VOID, Example
from tests.support.inputs import faults_of, room_fields
from tests.support.scene import (
    METHODS,
    Scene,
    changes,
    differs,
    invoke,
    method_answer,
    refused,
    snapshot,
    takes,
    without,
)
from tests.support.workspace import Workspace

INVALID_USER = {
    "isClientSafe": True,
    "error": "error-invalid-user",
    "message": "Invalid user [error-invalid-user]",
    "errorType": "Meteor.Error",
    "reason": "Invalid user",
}
MATCH_FAILED = {
    "isClientSafe": True,
    "error": 400,
    "message": "Match failed [400]",
    "errorType": "Meteor.Error",
    "reason": "Match failed",
}
UNKNOWN = {
    "isClientSafe": True,
    "error": 404,
    "message": "Method 'no/such' not found [404]",
    "errorType": "Meteor.Error",
    "reason": "Method 'no/such' not found",
}
PAID = {
    name
    for name, (_, row) in METHODS.items()
    if any(refusal.on == "community" for refusal in row.refuses)
}
"""Closed in this edition, whoever asks."""
every_method = pytest.mark.parametrize("name", sorted(METHODS))
every_open_method = pytest.mark.parametrize("name", sorted(set(METHODS) - PAID))
ITS_OWN = ("login", "logout")
"""Over a WebSocket the streamer handles these itself."""


@pytest.fixture(scope="module")
def scene(mongo_uri: str) -> Iterator[Scene]:
    """In a workspace of its own: examples change settings and make default rooms."""
    workspace = Workspace(mongo_uri)
    yield Scene.of(workspace)
    workspace.stop()


def test_every_method_has_an_example_and_every_example_a_method() -> None:
    assert set(METHOD_EXAMPLES) == set(METHODS)


def _answered(example: Example) -> str:
    """Where the answer stands that the example is about."""
    return "result" if example.status == 200 else "error"


@every_open_method
def test_the_result_has_what_clients_read(scene: Scene, name: str) -> None:
    example = METHOD_EXAMPLES[name]
    outcome = invoke(scene.workspace, example.sender(scene), name, example.given(scene))
    if example.shape is VOID:
        assert outcome == {}
    else:
        key = _answered(example)
        assert set(outcome) == {key}, outcome
        assert not differs(outcome[key], example.shape)


@pytest.mark.parametrize("name", sorted(n for n, (_, row) in METHODS.items() if not row.public))
def test_a_method_is_closed_to_who_is_not_logged_in(scene: Scene, name: str) -> None:
    params = METHOD_EXAMPLES[name].given(scene)
    before = snapshot(scene.workspace)
    assert invoke(scene.workspace, None, name, params) == {"error": INVALID_USER}
    assert not changes(scene.workspace, before)


def _faulty(scene: Scene, name: str) -> list[tuple[str, list[Any]]]:
    """The example's params with a wrong type in each place in turn, and cut off at each needed."""
    table, row = METHODS[name]
    params = METHOD_EXAMPLES[name].given(scene)
    good = {key: value for key, value in zip(row.params, params, strict=False) if value is not None}
    model = takes(table, row)
    faulty = [
        (fault.label, [fault.given.get(key) for key in row.params])
        for fault in faults_of(model, good, query=False)
    ]
    right = [good.get(key) for key in row.params]  # a fault may lie where a method takes nothing
    return [(label, params) for label, params in faulty if params != right]


@every_method
def test_arguments_of_a_wrong_type_are_a_match_error_and_change_nothing(
    scene: Scene, name: str
) -> None:
    sender = METHOD_EXAMPLES[name].sender(scene)
    faulty = _faulty(scene, name)
    assert bool(faulty) == bool(METHODS[name][1].params)
    before = snapshot(scene.workspace)
    for label, params in faulty:
        error = invoke(scene.workspace, sender, name, params)["error"]
        assert error.pop("message").startswith("Match error: "), label
        assert error == {
            "isClientSafe": True,
            "errorType": "Match.Error",
            "path": "",
            "sanitizedError": MATCH_FAILED,
        }, label
    assert not changes(scene.workspace, before)


@every_open_method
def test_a_method_ignores_arguments_that_clients_add_at_the_end(scene: Scene, name: str) -> None:
    example, (_, row) = METHOD_EXAMPLES[name], METHODS[name]
    params = example.given(scene)
    params += [None] * (len(row.params) - len(params)) + ["", {"twoFactorCode": "1"}]
    outcome = invoke(scene.workspace, example.sender(scene), name, params)
    assert ("error" in outcome) == (_answered(example) == "error"), outcome


REFUSALS = [
    pytest.param(name, refusal, id=f"{name} {refusal.on}")
    for name, (_, row) in sorted(METHODS.items())
    for refusal in row.refuses
]


@pytest.mark.parametrize(("name", "refusal"), REFUSALS)
def test_whom_a_method_refuses_gets_the_documented_answer(
    scene: Scene, name: str, refusal: Refusal
) -> None:
    row, given = METHODS[name][1], METHOD_EXAMPLES[name].given
    expected = method_answer(refusal)
    told_apart = any(other.on == "missing" for other in row.refuses)
    if refusal.on == "room":
        stages = [scene.closed()] + ([] if told_apart else [scene.missing()])
    elif refusal.on in ("missing", "community"):
        stages = [scene.missing()] if refusal.on == "missing" else [scene]
    else:
        with without(scene.workspace, refusal.on, "user"):
            assert invoke(scene.workspace, scene.person, name, given(scene)) == expected
        return
    for stage in stages:
        params = given(stage)
        before = snapshot(scene.workspace)
        assert invoke(scene.workspace, scene.person, name, params) == expected
        assert not changes(scene.workspace, before)


@every_method
def test_a_method_that_names_a_room_says_how_it_refuses_a_closed_one(name: str) -> None:
    table, row = METHODS[name]
    if room_fields(takes(table, row)):
        assert any(refusal.on == "room" for refusal in row.refuses)


@pytest.mark.parametrize("who", ["person", "nobody"])
def test_an_unknown_method_is_an_error_404(scene: Scene, who: str) -> None:
    person = scene.person if who == "person" else None
    assert invoke(scene.workspace, person, "no/such", []) == {"error": UNKNOWN}


FRAME = {"msg": "method", "id": "1", "method": "rooms/get", "params": []}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "12",
        "null",
        "[" * 200 + "]" * 200,
        json.dumps({**FRAME, "method": None}),
        json.dumps({**FRAME, "method": ["rooms/get"]}),
        json.dumps({**FRAME, "params": {}}),
        json.dumps({**FRAME, "params": "[]"}),
        json.dumps({**FRAME, "id": None}),
        json.dumps({**FRAME, "id": {"$gt": ""}}),
        json.dumps({**FRAME, "params": [{"$date": "never"}]}),
        json.dumps({key: value for key, value in FRAME.items() if key != "id"}),
        json.dumps({key: value for key, value in FRAME.items() if key != "method"}),
    ],
)
def test_a_malformed_call_is_refused(scene: Scene, message: str) -> None:
    for path, person in (("call", scene.person), ("callAnon", None)):
        headers = person.headers if person else {}
        answer = scene.workspace.http(
            "POST", f"v1/method.{path}/rooms:get", json={"message": message}, headers=headers
        )
        refused(answer, 400, {"success": False, "error": "Invalid method call"})


@pytest.mark.parametrize("path", ["rooms%2Fget", "rooms%252Fget", "rooms/get", "rooms:get", "x"])
def test_the_path_of_a_call_does_not_matter(scene: Scene, path: str) -> None:
    """Clients encode the name in it in too many ways; the number comes back as a number."""
    message = json.dumps({**FRAME, "id": 1001})
    answer = scene.workspace.http(
        "POST", f"v1/method.call/{path}", json={"message": message}, headers=scene.person.headers
    )
    assert answer.status_code == 200
    result = json.loads(answer.json()["message"])
    assert result["id"] == 1001
    assert [room["_id"] for room in result["result"]].count(scene.room["_id"]) == 1


async def test_over_a_websocket_too_methods_are_closed_to_who_is_not_logged_in(
    scene: Scene,
) -> None:
    async with Ddp(scene.workspace.ws_url) as client:
        await client.connect()
        for name, (_, row) in METHODS.items():
            if not row.public and name not in ITS_OWN:
                answer = await client.call(name, *METHOD_EXAMPLES[name].given(scene))
                assert (name, answer.get("error")) == (name, INVALID_USER)


async def test_over_a_websocket_wrong_arguments_are_an_error_400_and_the_socket_lives_on(
    scene: Scene,
) -> None:
    async with Ddp(scene.workspace.ws_url) as client:
        await client.connect()
        await client.resume(scene.person.token)
        for name in METHODS:
            for label, params in _faulty(scene, name) if name not in ITS_OWN else ():
                answer = await client.call(name, *params)
                assert (name, label, answer.get("error")) == (name, label, MATCH_FAILED)
        assert (await client.call("no/such"))["error"] == UNKNOWN
        assert "result" in await client.call("rooms/get")


async def test_over_a_websocket_examples_answer_as_over_rest(scene: Scene) -> None:
    async with Ddp(scene.workspace.ws_url) as own, Ddp(scene.workspace.ws_url) as admins:
        for client, person in ((own, scene.person), (admins, scene.workspace.admin)):
            await client.connect()
            await client.resume(person.token)
        for name, example in METHOD_EXAMPLES.items():
            if name in (*ITS_OWN, *PAID):
                continue
            sender = example.sender(scene)
            client = admins if sender is scene.workspace.admin else own
            if sender in (None, scene.person, scene.workspace.admin):
                answer = await client.call(name, *example.given(scene))
            else:
                async with Ddp(scene.workspace.ws_url) as theirs:
                    await theirs.connect()
                    await theirs.resume(sender.token)
                    answer = await theirs.call(name, *example.given(scene))
            if example.shape is VOID:
                assert set(answer) == {"msg", "id"}, name
            else:
                assert not differs(answer[_answered(example)], example.shape, name)
