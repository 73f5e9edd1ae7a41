"""Every list endpoint, from the tables: what it sorts by, shows and looks for, and how it pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from contrail.shapes.ids import random_id
from contrail.shapes.rows import Listing
from tests.support.doors import EXAMPLES
from tests.support.scene import REST, Scene, refused, send
from tests.support.workspace import Json, Workspace

Ask = Callable[..., requests.Response]
LISTS = sorted(key for key, (_, row) in REST.items() if row.listing is not None)
PAGES = [key for key in LISTS if "total" in EXAMPLES[key].shape]
every_list = pytest.mark.parametrize("key", LISTS)
NO_OBJECT = [
    "{",
    "[]",
    '["_id"]',
    '"name"',
    "12",
    "null",
    "{'name':1}",
    '{"name":1',
    '{"name":NaN}',
]
SECRETS = ["services.password.bcrypt", "joinCode", "_contrail", "", "$natural", "a\0b", "__proto__"]
WORTH: dict[str, Any] = {"": "x", "$in": ["x"], "$exists": False, "$ne": "x"}

OPENING = {
    "Accounts_AllowAnonymousRead": "true",
    "API_Enable_Direct_Message_History_EndPoint": "true",
}
NESTED: list[Any] = [{"$gt": ""}, [{"$gt": ""}], {"$in": [{"$gt": ""}]}, 2**64 - 1]


@pytest.fixture(scope="module")
def scene(mongo_uri: str) -> Iterator[Scene]:
    """In the enterprise edition with these settings every list is open."""
    workspace = Workspace(mongo_uri, edition="enterprise", overwrites=OPENING)
    yield Scene.of(workspace)
    workspace.stop()


def _listing(key: str) -> Listing:
    listing = REST[key][1].listing
    assert listing is not None
    return listing


@pytest.fixture
def ask(scene: Scene, key: str) -> Ask:
    """Asks the row, about what was made for it once: reading a list uses nothing up."""
    example, row = EXAMPLES[key], REST[key][1]
    given, sender = example.given(scene), example.sender(scene)
    return lambda **paging: send(scene.workspace, row, {**given, **paging}, sender)


def _refused(ask: Ask, name: str, text: str) -> None:
    code = f"error-invalid-{name}"
    body = {
        "success": False,
        "error": f'Invalid {name} parameter provided: "{text}" [{code}]',
        "errorType": code,
        "details": {"helperMethod": "parseJsonQuery"},
    }
    refused(ask(**{name: text}), 400, body)


@every_list
def test_only_listed_fields_sort(ask: Ask, key: str) -> None:
    allowed = _listing(key).sort
    for text in [*NO_OBJECT, *(json.dumps({name: 1}) for name in SECRETS)]:
        _refused(ask, "sort", text)
    for order in (
        "1",
        "asc",
        0,
        2,
        -2,
        10**30,
        1.5,
        None,
        [1],
        {"$meta": "textScore"},
        {"$gt": ""},
    ):
        _refused(ask, "sort", json.dumps({allowed[0]: order}))
    for name in allowed:
        for order in (1, -1, 1.0):
            answer = ask(sort=json.dumps({name: order}))
            assert answer.status_code == 200, answer.text
    assert ask(sort="").status_code == 200
    assert ask(sort=json.dumps(dict.fromkeys(allowed, 1))).status_code == 200


@every_list
def test_only_listed_fields_are_shown(ask: Ask, key: str) -> None:
    allowed = _listing(key).fields
    for text in [*NO_OBJECT, *(json.dumps({name: on}) for name in SECRETS for on in (0, 1))]:
        _refused(ask, "fields", text)
    for name in allowed[:1]:
        for on in (2, -1, "1", "$name", [1], {"$slice": 1}, {"$gt": ""}, None):
            _refused(ask, "fields", json.dumps({name: on}))
    for name in allowed:
        for on in (0, True):
            answer = ask(fields=json.dumps({name: on}))
            assert answer.status_code == 200, answer.text
    mixed = [name for name in allowed if name != "_id"][:2]
    if len(mixed) == 2:
        _refused(ask, "fields", json.dumps({mixed[0]: 1, mixed[1]: 0}))


@every_list
def test_whatever_fields_are_asked_for_nothing_hidden_is_shown(ask: Ask, key: str) -> None:
    for name in _listing(key).fields:
        for on in (0, 1):
            text = ask(fields=json.dumps({name: on}), count=100).text
            for secret in ('"_contrail"', '"joinCode"', "bcrypt", "hashedToken"):
                assert secret not in text, f"{name}: {on}"


@every_list
def test_only_listed_operators_look_for_anything(ask: Ask, key: str) -> None:
    queries = _listing(key).query
    every = (
        "$in $nin $ne $gt $gte $lt $exists $regex $not $where $elemMatch $type $mod $all".split()
    )
    for text in [*NO_OBJECT, *(json.dumps({name: "x"}) for name in SECRETS)]:
        _refused(ask, "query", text)
    for operator in ("$where", "$expr", "$or", "$and", "$nor", "$jsonSchema", "$text", "$comment"):
        for operand in ("sleep(1)", [{"t": "p"}], {"t": "p"}, {"$gt": ""}):
            _refused(ask, "query", json.dumps({operator: operand}))
    for name, allowed in queries.items():
        for operator in ["", *every]:
            worth = WORTH.get(operator, "x")
            text = json.dumps({name: {operator: worth} if operator else worth})
            if operator in allowed:
                assert ask(query=text).status_code == 200
            else:
                _refused(ask, "query", text)
        for operator in allowed:
            for operand in NESTED:
                condition = {operator: operand} if operator else operand
                _refused(ask, "query", json.dumps({name: condition}))
        for odd in ({}, {"": "x"}, {"$in": ["x"], "$gt": ""}):
            _refused(ask, "query", json.dumps({name: odd}))
        _refused(ask, "query", json.dumps({f"{name}.$": 1}))


@pytest.mark.parametrize("key", PAGES)
def test_odd_numbers_give_a_usual_page(ask: Ask, key: str) -> None:
    usual = ask().json()
    rows = next(value for value in usual.values() if isinstance(value, list))
    for odd in ("-1", "-99999999999999999999", "x", "", "1e3e", "NaN", "\0", "²", "{}", "[1]"):
        answer = ask(offset=odd)
        assert answer.status_code == 200, answer.text
        assert len(rows) <= len(_rows(answer)) if odd != "1e3e" else True
    for odd in ("-1", "-5", "x", "", "NaN", "{}"):
        assert len(_rows(ask(count=odd))) == len(rows), odd
    for far in (10**6, 2**31, 2**63, 10**17):
        answer = ask(offset=far)
        assert answer.status_code == 200, answer.text
        assert _rows(answer) == []
    for many in (10**6, 2**31, 10**17):
        answer = ask(count=many)
        assert answer.status_code == 200, answer.text
        assert len(rows) <= len(_rows(answer)) <= 100


def _rows(answer: Any) -> list[Any]:
    return next(value for value in answer.json().values() if isinstance(value, list))


def _rooms(workspace: Workspace, number: int) -> None:
    """Public channels, straight into the database."""
    now = workspace.runtime.clock.now()
    workspace.database["rocketchat_room"].insert_many(
        {"_id": random_id(), "t": "c", "name": f"room-{n:03}", "ts": now, "_updatedAt": now}
        for n in range(number)
    )


def _page(workspace: Workspace, **paging: Any) -> tuple[list[str], int, int, int]:
    body: Json = workspace.admin.ok("GET", "v1/channels.list", paging)
    names = [room["name"] for room in body["channels"]]
    return names, body["count"], body["offset"], body["total"]


def test_pages_follow_one_another(new_workspace: Callable[..., Workspace]) -> None:
    workspace = new_workspace()
    _rooms(workspace, 119)
    every = ["general", *(f"room-{n:03}" for n in range(119))]
    assert _page(workspace) == (every[:50], 50, 0, 120)
    assert _page(workspace, offset=50) == (every[50:100], 50, 50, 120)
    assert _page(workspace, offset=100, count=50) == (every[100:], 20, 100, 120)
    assert _page(workspace, offset=120) == ([], 0, 120, 120)
    assert _page(workspace, count=7, offset=3) == (every[3:10], 7, 3, 120)
    assert _page(workspace, count=5, sort='{"name":-1}') == (every[:-6:-1], 5, 0, 120)
    # What is asked for at most, what without a number, and all of them for 0.
    assert _page(workspace, count=1000) == (every[:100], 100, 0, 120)
    assert _page(workspace, count=-3) == (every[:50], 50, 0, 120)
    assert _page(workspace, count=0) == (every, 120, 0, 120)


def test_a_workspace_may_refuse_endless_pages(new_workspace: Callable[..., Workspace]) -> None:
    settings = {
        "API_Allow_Infinite_Count": "false",
        "API_Default_Count": "3",
        "API_Upper_Count_Limit": "4",
    }
    workspace = new_workspace(overwrites=settings)
    _rooms(workspace, 9)
    assert [_page(workspace, count=count)[1] for count in (0, 2, 4, 5, -1)] == [3, 2, 4, 4, 3]
    assert _page(workspace)[1] == 3
