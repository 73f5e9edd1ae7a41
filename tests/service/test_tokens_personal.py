"""Personal access tokens: made, listed, renewed and removed; never shown twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from contrail.domain.tokens import hash_token
from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.scene import fresh, invoke, refused
from tests.support.strict import Strict
from tests.support.workspace import MINTING, Json, Person, Workspace

GENERATE, REGENERATE = (
    "v1/users.generatePersonalAccessToken",
    "v1/users.regeneratePersonalAccessToken",
)
REMOVE, LIST = "v1/users.removePersonalAccessToken", "v1/users.getPersonalAccessTokens"
MISSING: Json = {
    "success": False,
    "error": "Token does not exist [error-token-does-not-exists]",
    "errorType": "error-token-does-not-exists",
}


@pytest.fixture
def person(workspace: Workspace) -> Person:
    return workspace.person()


def _entries(person: Person) -> list[Json]:
    user = person.workspace.database["users"].find_one({"_id": person.id}) or {}
    tokens = user["services"]["resume"]["loginTokens"]
    return [token for token in tokens if token.get("type") == "personalAccessToken"]


def test_the_list_is_empty_without_tokens_and_shows_no_secret(person: Person) -> None:
    assert person.ok("GET", LIST)["tokens"] == []
    token = person.ok("POST", GENERATE, {"tokenName": "one", "bypassTwoFactor": True})["token"]
    (shown,) = person.ok("GET", LIST)["tokens"]
    assert set(shown) == {"name", "createdAt", "lastTokenPart", "bypassTwoFactor"}
    assert (shown["name"], shown["bypassTwoFactor"]) == ("one", True)
    assert shown["lastTokenPart"] == token[-6:]


def test_a_token_opens_the_account_and_is_stored_as_the_api_stores_it(person: Person) -> None:
    token = person.ok("POST", GENERATE, {"tokenName": "one"})["token"]
    bearer = Person(person.workspace, person.id, token, "")
    assert bearer.ok("GET", "v1/me")["_id"] == person.id
    (entry,) = _entries(person)
    assert entry.pop("createdAt") is not None
    assert entry == {
        "hashedToken": hash_token(token),
        "type": "personalAccessToken",
        "name": "one",
        "lastTokenPart": token[-6:],
        "bypassTwoFactor": False,
    }
    given = {"resume": token}
    assert person.workspace.http("POST", "v1/login", json=given).status_code == 200


def test_a_token_does_not_expire(mongo_uri: str) -> None:
    strict = Strict(mongo_uri)
    try:
        person = strict.person()
        token = person.ok("POST", GENERATE, {"tokenName": "one"})["token"]
        strict.moving.forward(days=1000)
        assert Person(strict, person.id, token, "").get("v1/me").status_code == 200
        assert person.get("v1/me").status_code == 401
    finally:
        strict.stop()


def test_an_imported_token_works_and_is_listed(person: Person) -> None:
    """Opaque, as the original makes them."""
    token, now = random_id(43), person.workspace.runtime.clock.now() - timedelta(days=900)
    entry: Json = {"hashedToken": hash_token(token), "type": "personalAccessToken"}
    entry |= {"name": "old", "createdAt": now, "lastTokenPart": token[-6:]}
    users = person.workspace.database["users"]
    users.update_one({"_id": person.id}, {"$push": {"services.resume.loginTokens": entry}})
    assert Person(person.workspace, person.id, token, "").get("v1/me").status_code == 200
    (shown,) = person.ok("GET", LIST)["tokens"]
    assert (shown["name"], shown["bypassTwoFactor"]) == ("old", False)


def test_a_name_is_taken_once_however_many_ask_at_once(person: Person) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: person.post(GENERATE, {"tokenName": "one"}), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    body = {"success": False, "errorType": "error-token-already-exists"}
    body["error"] = "A token with this name already exists [error-token-already-exists]"
    details = {"method": "personalAccessTokens:generateToken"}
    late = next(answer for answer in answers if answer.status_code == 400)
    refused(late, 400, {**body, "details": details})
    assert len(_entries(person)) == 1


def test_a_renewed_token_replaces_the_old_one(person: Person) -> None:
    given = {"tokenName": "one", "bypassTwoFactor": True}
    old = person.ok("POST", GENERATE, given)["token"]
    other = person.ok("POST", GENERATE, {"tokenName": "two"})["token"]
    new = person.ok("POST", REGENERATE, {"tokenName": "one"})["token"]
    found = {
        token: Person(person.workspace, person.id, token, "").get("v1/me").status_code
        for token in (old, other, new)
    }
    assert found == {old: 401, other: 200, new: 200}
    shown = {row["name"]: row for row in person.ok("GET", LIST)["tokens"]}
    assert (shown["one"]["lastTokenPart"], shown["one"]["bypassTwoFactor"]) == (new[-6:], True)


def test_a_removed_token_opens_nothing(person: Person) -> None:
    token = person.ok("POST", GENERATE, {"tokenName": "one"})["token"]
    person.ok("POST", REMOVE, {"tokenName": "one"})
    assert Person(person.workspace, person.id, token, "").get("v1/me").status_code == 401
    assert person.ok("GET", LIST)["tokens"] == []


@pytest.mark.parametrize(("path", "method"), [(REGENERATE, "regenerate"), (REMOVE, "remove")])
def test_what_does_not_exist_is_neither_renewed_nor_removed(
    person: Person, path: str, method: str
) -> None:
    details = {"method": f"personalAccessTokens:{method}Token"}
    refused(person.post(path, {"tokenName": "none"}), 400, {**MISSING, "details": details})


@pytest.mark.parametrize("path", [GENERATE, REGENERATE, REMOVE])
@pytest.mark.parametrize("given", [{}, {"tokenName": ""}, {"tokenName": 1}, {"tokenName": None}])
def test_a_token_has_a_name(person: Person, path: str, given: Json) -> None:
    body = {"success": False, "error": "The 'tokenName' param is required"}
    refused(person.post(path, given), 400, body)


def test_over_ddp_it_is_the_same(person: Person) -> None:
    def call(name: str) -> Any:
        return invoke(
            person.workspace, person, f"personalAccessTokens:{name}Token", [{"tokenName": "one"}]
        )

    token = call("generate")["result"]
    assert call("generate")["error"]["error"] == "error-token-already-exists"
    renewed = call("regenerate")["result"]
    assert renewed != token
    assert call("remove") == {}
    assert call("remove")["error"]["error"] == "error-token-does-not-exists"


def _create(person: Person, **given: str) -> Any:
    return person.post("v1/users.createToken", given)


NOT_AUTHORIZED: Json = {
    "success": False,
    "error": "Not authorized [error-not-authorized]",
    "errorType": "error-not-authorized",
    "details": {"method": "createToken"},
}


def test_where_no_secret_is_set_nobody_makes_tokens_not_even_of_their_own(
    new_workspace: Callable[..., Workspace],
) -> None:
    closed = new_workspace(create_tokens_for_users_secret="")
    person = closed.person()
    for who in (person, closed.admin):
        for given in ({}, {"secret": ""}, {"secret": MINTING}):
            refused(_create(who, userId=person.id, **given), 400, NOT_AUTHORIZED)
    assert closed.login(person.username, "secret").ok("GET", "v1/me")["_id"] == person.id


def test_who_knows_the_secret_and_may_makes_tokens_for_others(
    workspace: Workspace, person: Person
) -> None:
    other = workspace.person()
    refused(_create(person, userId=other.id, secret=MINTING), 400, NOT_AUTHORIZED)
    refused(_create(person, userId=person.id), 400, NOT_AUTHORIZED)
    assert _create(person, userId=person.id, secret=MINTING).status_code == 200
    for bad in ("", "no", MINTING + "x"):
        refused(_create(workspace.admin, userId=other.id, secret=bad), 400, NOT_AUTHORIZED)
    for named in ({"userId": other.id}, {"username": other.username}):
        data = _create(workspace.admin, secret=MINTING, **named).json()["data"]
        made = Person(workspace, data["userId"], data["authToken"], "")
        assert made.ok("GET", "v1/me")["_id"] == other.id
    result = invoke(workspace, workspace.admin, "createToken", [other.id, MINTING])["result"]
    assert result["userId"] == other.id


@pytest.mark.parametrize("method", ["getNewToken", "logoutOtherClients"])
async def test_a_personal_token_makes_no_login(
    workspace: Workspace, person: Person, method: str
) -> None:
    """It can be taken away by its name; what it made could not."""
    token = person.ok("POST", GENERATE, {"tokenName": "one"})["token"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(token)
        error = (await client.call(method))["error"]
    assert (error["error"], error["details"]) == ("error-not-authorized", {"method": "getNewToken"})
    assert person.ok("GET", "v1/me")["_id"] == person.id
    user = workspace.database["users"].find_one({"_id": person.id}) or {}
    assert len(user["services"]["resume"]["loginTokens"]) == 2


def test_a_token_is_made_for_someone_who_exists(person: Person) -> None:
    assert _create(person).json()["errorType"] == "error-user-param-not-provided"
    assert _create(person, userId=fresh("n")).json()["errorType"] == "error-invalid-user"
