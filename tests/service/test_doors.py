"""Every REST endpoint, from the tables: who gets in, what input is refused, what the answer is.

A row that is added to a table is tested here by being there; it needs an example in
`tests/support/doors.py`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import jwt
import pytest

from contrail.api.entry import Entry
from contrail.domain.tokens import hash_token
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Refusal, Rest, Table
from tests.support.doors import EXAMPLES
from tests.support.inputs import faults_of, room_fields
from tests.support.scene import (
    REST,
    Scene,
    changes,
    differs,
    is_json,
    refused,
    send,
    snapshot,
    takes,
    without,
)
from tests.support.tokens import expire, flipped
from tests.support.workspace import SECRETS, Json, Person, Workspace

NOT_LOGGED_IN = {
    "success": False,
    "status": "error",
    "message": "You must be logged in to do this.",
}
FORBIDDEN = {
    "success": False,
    "error": "User does not have the permissions required for this action [error-unauthorized]",
}
COMMUNITY = "community"
"""What a row refuses on that is closed in this edition, whoever asks."""
ADMINISTRATION = (
    *("POST v1/roles.addUserToRole", "GET v1/roles.getUsersInRole"),
    *("GET v1/moderation.reports", "POST v1/moderation.dismissReports"),
    *("GET v1/rooms.adminRooms.getRoom", "GET v1/im.messages.others", "GET v1/dm.messages.others"),
)
"""Their permission is enough, whatever the room."""
OWN = (
    *("GET v1/subscriptions.getOne", "GET v1/rooms.nameExists"),
    "GET v1/channels.anonymousread",
)
"""They tell the caller's own, or that there is such a room, or what anyone may know."""
every_row = pytest.mark.parametrize("key", sorted(REST))


@pytest.fixture(scope="module")
def scene(mongo_uri: str) -> Iterator[Scene]:
    """In a workspace of its own: examples change settings and make default rooms."""
    workspace = Workspace(mongo_uri)
    yield Scene.of(workspace)
    workspace.stop()


@pytest.fixture(scope="module")
def licensed(mongo_uri: str) -> Iterator[Scene]:
    """The same in a workspace of the enterprise edition."""
    workspace = Workspace(mongo_uri, edition="enterprise")
    yield Scene.of(workspace)
    workspace.stop()


def _open_scene(request: pytest.FixtureRequest, row: Rest) -> Scene:
    """Where the edition does not close the row."""
    paid = any(refusal.on == COMMUNITY for refusal in row.refuses)
    scene: Scene = request.getfixturevalue("licensed" if paid else "scene")
    return scene


@pytest.fixture(scope="module")
def bad_credentials(scene: Scene) -> dict[str, Json]:
    person, other, login = scene.person, scene.other, scene.workspace.login
    # A token as Rocket.Chat makes them: an imported workspace brings such along.
    now, imported_token = scene.workspace.runtime.clock.now(), random_id(43)
    push = {"services.resume.loginTokens": {"hashedToken": hash_token(imported_token), "when": now}}
    scene.workspace.database["users"].update_one({"_id": other.id}, {"$push": push})
    imported = Person(scene.workspace, other.id, imported_token, other.username)
    assert imported.ok("GET", "v1/me")["_id"] == other.id
    expired, gone = login(person.username, "secret"), login(person.username, "secret")
    expire(expired, timedelta(days=90, minutes=1))
    gone.ok("POST", "v1/logout")
    claims = {"sub": person.id, "iat": 0, "jti": "x"}
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    tokens = {
        "someone else's": other.token,
        "someone else's, imported": imported_token,
        "altered header": flipped(person.token, 0),
        "altered claims": flipped(person.token, 1),
        "altered signature": flipped(person.token, 2),
        "signed by another": jwt.encode(claims, "y" * 40, "HS256"),
        "signed by nobody": f"{unsigned}.{person.token.split('.')[1]}.",
        "never given out": jwt.encode(claims, SECRETS["token-signing-key"], "HS256"),
        "expired": expired.token,
        "logged out": gone.token,
        "no text": b"\xff\xfe\xed\xa0\x80",
        "an operator": '{"$gt":""}',
    }
    return {
        "none": {},
        "no token": {"X-User-Id": person.id},
        "no user": {"X-Auth-Token": person.token},
        "no such user": {"X-User-Id": '{"$gt":""}', "X-Auth-Token": person.token},
        **{key: {"X-User-Id": person.id, "X-Auth-Token": token} for key, token in tokens.items()},
    }


def test_every_row_has_an_example_and_every_example_a_row() -> None:
    assert set(EXAMPLES) == set(REST)


@every_row
def test_the_answer_has_what_clients_read(request: pytest.FixtureRequest, key: str) -> None:
    example, (_, row) = EXAMPLES[key], REST[key]
    scene = _open_scene(request, row)
    with example.around(scene):
        answer = send(scene.workspace, row, example.given(scene), example.sender(scene))
    assert answer.status_code == example.status, answer.text
    assert is_json(answer)
    assert not differs(answer.json(), example.shape)
    assert example.more or set(answer.json()) == set(example.shape)


@pytest.mark.parametrize("key", sorted(key for key, (_, row) in REST.items() if not row.public))
def test_nobody_gets_in_without_a_valid_login(
    scene: Scene, bad_credentials: dict[str, Json], key: str
) -> None:
    row, given = REST[key][1], EXAMPLES[key].given(scene)
    for label, headers in bad_credentials.items():
        answer = send(scene.workspace, row, given, headers=headers)
        assert (label, answer.status_code) == (label, 401)
        refused(answer, 401, NOT_LOGGED_IN)


@pytest.mark.parametrize("key", sorted(key for key, (_, row) in REST.items() if row.public))
def test_a_public_row_takes_a_bad_login_for_nobody(
    scene: Scene, bad_credentials: dict[str, Json], key: str
) -> None:
    example, (_, row) = EXAMPLES[key], REST[key]
    for label in ("no token", "expired", "altered signature", "no text"):
        headers = bad_credentials[label]
        with example.around(scene):
            answer = send(scene.workspace, row, example.given(scene), headers=headers)
        assert answer.status_code == example.status, f"{label}: {answer.text}"
        assert not differs(answer.json(), example.shape)
        assert example.more or set(answer.json()) == set(example.shape)


def test_a_token_lives_as_long_as_the_workspace_says(scene: Scene) -> None:
    person = scene.workspace.login(scene.person.username, "secret")
    expire(person, timedelta(days=89))
    person.ok("GET", "v1/me")


@every_row
def test_wrong_input_is_refused_and_changes_nothing(
    request: pytest.FixtureRequest, key: str
) -> None:
    example, (table, row) = EXAMPLES[key], REST[key]
    scene = _open_scene(request, row)
    model = takes(table, row)
    person, good = example.sender(scene), example.given(scene)
    before = snapshot(scene.workspace)
    in_path = re.findall(r":(\w+)", row.path)
    for fault in faults_of(model, good, query=row.verb == "GET"):
        if fault.field in in_path:
            continue
        answer = send(scene.workspace, row, fault.given, person)
        assert (fault.label, answer.json()) == (fault.label, fault.body)
        refused(answer, 400, fault.body)
    if row.verb != "GET":
        for raw, reason in ((b"{", "valid JSON"), (b"\xff", "valid JSON"), (b"NaN", "valid JSON")):
            refused(send(scene.workspace, row, None, person, raw=raw), 400, _unfit(reason))
        for raw in (b"[]", b'"text"', b"12", b"null"):
            refused(send(scene.workspace, row, None, person, raw=raw), 400, _unfit("object"))
    assert not changes(scene.workspace, before)


def _unfit(wanted: str) -> Json:
    error = f"must be {wanted} [invalid-params]"
    return {"success": False, "error": error, "errorType": "invalid-params"}


REFUSALS = [
    pytest.param(key, refusal, id=f"{key} {refusal.on}")
    for key, (_, row) in sorted(REST.items())
    for refusal in row.refuses
]


@pytest.mark.parametrize(("key", "refusal"), REFUSALS)
def test_whom_a_row_refuses_gets_the_documented_answer(
    request: pytest.FixtureRequest, key: str, refusal: Refusal
) -> None:
    body: Json = {"success": False, "error": refusal.error}
    if refusal.error_type:
        body["errorType"] = refusal.error_type
    if refusal.details:
        body["details"] = refusal.details
    row, given = REST[key][1], EXAMPLES[key].given
    closed = refusal.on == COMMUNITY
    scene: Scene = request.getfixturevalue("scene") if closed else _open_scene(request, row)
    told_apart = any(other.on == "missing" for other in row.refuses)
    if refusal.on == "room":
        stages = [scene.closed()] + ([] if told_apart else [scene.missing()])
    elif refusal.on == "missing":
        stages = [scene.missing()]
    elif refusal.on == COMMUNITY:
        sender = EXAMPLES[key].sender(scene)
        _refused_and_unchanged(scene, row, given(scene), refusal.status, body, sender)
        return
    else:
        with without(scene.workspace, refusal.on, "user"), EXAMPLES[key].around(scene):
            _refused_and_unchanged(scene, row, given(scene), refusal.status, body)
        return
    for stage in stages:
        with EXAMPLES[key].around(scene):
            _refused_and_unchanged(scene, row, given(stage), refusal.status, body)


def _refused_and_unchanged(
    scene: Scene, row: Rest, given: Json, status: int, body: Json, sender: Person | None = None
) -> None:
    before = snapshot(scene.workspace)
    refused(send(scene.workspace, row, given, sender or scene.person), status, body)
    assert not changes(scene.workspace, before)


@every_row
def test_a_row_that_names_a_room_says_how_it_refuses_a_closed_one(key: str) -> None:
    table, row = REST[key]
    names_one = bool(room_fields(takes(table, row)))
    names_one = names_one and key not in (*ADMINISTRATION, *OWN)
    assert names_one == any(refusal.on == "room" for refusal in row.refuses)


@every_row
def test_who_lacks_the_permissions_of_a_row_is_refused(scene: Scene, key: str) -> None:
    row = REST[key][1]
    for permission in row.permissions:
        with without(scene.workspace, permission, "user"):
            given = EXAMPLES[key].given(scene)
            _refused_and_unchanged(scene, row, given, 403, FORBIDDEN)


def test_a_row_with_permissions_needs_all_of_them(scene: Scene) -> None:
    """The mechanism, on a row made for it: no real one need have permissions."""
    instance = scene.workspace.runtime.instances["workspace"]
    two = ("view-c-room", "view-logs")
    locked = Rest("GET", "v1/locked", "info:info", permissions=two)
    entry = Entry(Table("workspace", rest=(locked,))).on(instance)

    def ask(person: Person) -> Json:
        return entry(
            {"httpMethod": "GET", "path": "/workspace/v1/locked", "headers": person.headers}
        )

    answer = ask(scene.person)
    assert (answer["statusCode"], json.loads(answer["body"])) == (403, FORBIDDEN)
    assert ask(scene.workspace.admin)["statusCode"] == 200


@every_row
def test_another_verb_is_answered_405(scene: Scene, key: str) -> None:
    row = REST[key][1]
    path = row.path.replace(":name", "any")
    known = {other.verb for _, other in REST.values() if other.path == row.path}
    for verb in {"GET", "POST", "PUT", "DELETE", "PATCH"} - known:
        answer = scene.workspace.http(verb, path, headers=scene.person.headers)
        refused(answer, 405, {"success": False, "error": "Method not allowed"})
