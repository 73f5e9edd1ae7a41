"""Logging in, by every shape in which clients do it, and staying logged in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.passwords import DIG, DIGEST, UNAUTHORIZED, log_in
from tests.support.scene import changes, fresh, invoke, refused, snapshot
from tests.support.workspace import Json, Person, Workspace

SHAPES: dict[str, Callable[[Person], Json]] = {
    "user name": lambda who: {"user": who.username, "password": "secret"},
    "user name in another case": lambda who: {"user": who.username.upper(), "password": "secret"},
    "user address": lambda who: {"user": _address(who), "password": "secret"},
    "user address in another case": lambda who: {"user": _address(who).title(), "password": DIG},
    "user object by name": lambda who: {"user": {"username": who.username}, "password": "secret"},
    "user object by address": lambda who: {"user": {"email": _address(who)}, "password": "secret"},
    "user object by id": lambda who: {"user": {"id": who.id}, "password": "secret"},
    "username": lambda who: {"username": who.username, "password": "secret"},
    "email": lambda who: {"email": _address(who), "password": "secret"},
    "digest": lambda who: {"user": who.username, "password": DIG},
    "digest in capitals": lambda who: {
        "user": who.username,
        "password": {"digest": DIGEST.upper()},
    },
    "digest alone": lambda who: {"user": who.username, "password": {"digest": DIGEST}},
    "with more": lambda who: {
        "user": who.username,
        "password": "secret",
        "code": "",
        "ldap": False,
    },
}
every_shape = pytest.mark.parametrize("shape", list(SHAPES))


def _address(who: Person) -> str:
    return f"{who.username}@example.com"


@pytest.fixture(scope="module")
def someone(workspace: Workspace) -> Person:
    return workspace.person()


@every_shape
def test_rest_clientslog_in(workspace: Workspace, someone: Person, shape: str) -> None:
    answer = log_in(workspace, SHAPES[shape](someone))
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["userId"], data["me"]["_id"]) == (someone.id, someone.id)
    again = Person(workspace, data["userId"], data["authToken"], someone.username)
    assert again.ok("GET", "v1/me")["username"] == someone.username


@every_shape
def test_ddp_clientslog_in(workspace: Workspace, someone: Person, shape: str) -> None:
    session = invoke(workspace, None, "login", [SHAPES[shape](someone)])["result"]
    assert (session["id"], session["type"]) == (someone.id, "password")
    again = Person(workspace, someone.id, session["token"], someone.username)
    assert again.ok("GET", "v1/me")["_id"] == someone.id


def test_a_form_logs_in_too(workspace: Workspace, someone: Person) -> None:
    form = {"user": someone.username, "password": "secret"}
    assert workspace.http("POST", "v1/login", data=form).json()["data"]["userId"] == someone.id


@pytest.mark.parametrize(
    "given",
    [
        {"user": "NAME", "password": "wrong"},
        {"user": "NAME", "password": ""},
        {"user": "NAME", "password": DIGEST},  # the digest is no password
        {"user": "NAME", "password": {"digest": "secret"}},
        {"user": "NAME", "password": {"digest": ""}},
        {"user": "NAME", "password": {"digest": "x" * 100}},
        {"user": "nobody-has-this-name", "password": "secret"},
        {"email": "nobody@example.com", "password": "secret"},
        {"user": "rocket.cat", "password": ""},  # has no password at all
        {"user": ".*", "password": "secret"},
        {"user": "@", "password": "secret"},
    ],
)
def test_a_failed_login_tells_nothing_and_is_noted(
    workspace: Workspace, someone: Person, given: Json
) -> None:
    body = {**given, **({"user": someone.username} if given.get("user") == "NAME" else {})}
    before = snapshot(workspace)
    refused(log_in(workspace, body), 401, UNAUTHORIZED)
    ((name, event),) = changes(workspace, before)
    assert (name, event["t"]) == ("rocketchat_server_events", "failed-login-attempt")
    assert log_in(workspace, {"user": someone.username, "password": DIG}).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"password": "secret"},
        {"user": "", "password": "secret"},
        {"user": {}, "password": "secret"},
        {"user": "someone"},
        {"user": "someone", "password": {"digest": DIGEST, "algorithm": "md5"}},
    ],
)
def test_a_login_without_its_parts_is_refused(workspace: Workspace, given: Json) -> None:
    body = {"success": False, "status": "error", "error": 400}
    body["message"] = "Unrecognized options for login request"
    refused(log_in(workspace, given), 401, body)


def test_on_ddp_a_failed_login_says_why(workspace: Workspace, someone: Person) -> None:
    def fail(options: Json) -> tuple[Any, Any]:
        error = invoke(workspace, None, "login", [options])["error"]
        return error["error"], error["reason"]

    assert fail({"user": someone.username, "password": "no"}) == (403, "Incorrect password")
    assert fail({"user": fresh("u"), "password": "no"}) == (403, "User not found")
    assert fail({"user": "rocket.cat", "password": "no"}) == (403, "User has no password set")
    assert fail({}) == (400, "Unrecognized options for login request")


def test_a_token_resumes_and_stays_the_same(workspace: Workspace, someone: Person) -> None:
    data = log_in(workspace, {"resume": someone.token}).json()["data"]
    assert (data["userId"], data["authToken"]) == (someone.id, someone.token)
    session = invoke(workspace, None, "login", [{"resume": someone.token}])["result"]
    assert (session["token"], session["type"]) == (someone.token, "resume")
    first = invoke(workspace, None, "login", [{"user": someone.username, "password": "secret"}])
    lasts = first["result"]["tokenExpires"] - workspace.runtime.clock.now()
    assert 89.9 < lasts.total_seconds() / 86_400 <= 90


@pytest.mark.parametrize("token", ["", "x", "eyJ.eyJ.x", "a" * 43, "\0"])
def test_a_bad_token_does_not_resume(workspace: Workspace, token: str) -> None:
    message = "You've been logged out by the server. Please log in again."
    body = {"success": False, "status": "error", "error": 403, "message": message}
    refused(log_in(workspace, {"resume": token}), 401, body)


def test_every_login_has_a_token_of_its_own_kept_as_a_hash(workspace: Workspace) -> None:
    first = workspace.person()
    second = workspace.login(first.username, "secret")
    assert first.token != second.token
    stored = workspace.database["users"].find_one({"_id": first.id})
    assert stored is not None
    kept = [entry["hashedToken"] for entry in stored["services"]["resume"]["loginTokens"]]
    hashes = [
        base64.b64encode(hashlib.sha256(person.token.encode()).digest()).decode()
        for person in (first, second)
    ]
    assert kept == hashes


def test_logging_out_ends_one_login_and_no_other(workspace: Workspace) -> None:
    first = workspace.person()
    second = workspace.login(first.username, "secret")
    first.ok("POST", "v1/logout")
    assert first.get("v1/me").status_code == 401
    assert log_in(workspace, {"resume": first.token}).status_code == 401
    second.ok("GET", "v1/me")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"active": False}, "error-user-is-not-activated", "User is not activated"),
        (
            {"type": "app"},
            "error-app-user-is-not-allowed-to-login",
            "App user is not allowed to login",
        ),
        ({"roles": []}, "error-user-has-no-roles", "User has no roles"),
    ],
)
def test_who_may_not_log_in_is_told_so_by_the_right_password_only(
    workspace: Workspace, change: Json, error: str, message: str
) -> None:
    person = workspace.person()
    workspace.database["users"].update_one({"_id": person.id}, {"$set": change})
    body = {"success": False, "status": "error", "error": error, "message": message}
    refused(log_in(workspace, {"user": person.username, "password": "secret"}), 401, body)
    refused(log_in(workspace, {"user": person.username, "password": "no"}), 401, UNAUTHORIZED)


def test_deactivation_ends_what_is_open(workspace: Workspace) -> None:
    person = workspace.person()
    workspace.database["users"].update_one({"_id": person.id}, {"$set": {"active": False}})
    assert person.get("v1/me").status_code == 401
    assert invoke(workspace, None, "login", [{"resume": person.token}])["error"]["error"] == 403


def test_unverified_addresses_may_be_kept_out(new_workspace: Callable[..., Workspace]) -> None:
    workspace = new_workspace(overwrites={"Accounts_EmailVerification": "true"})
    name = fresh("u")
    new = {"username": name, "name": name, "email": f"{name}@example.com", "password": "secret"}
    workspace.admin.ok("POST", "v1/users.create", new)  # an admin gets in all the same
    body = {"success": False, "status": "error", "error": "error-invalid-email"}
    body["message"] = "Invalid email"
    refused(log_in(workspace, {"user": name, "password": "secret"}), 401, body)
    workspace.database["users"].update_one(
        {"username": name}, {"$set": {"emails": [{"address": new["email"], "verified": True}]}}
    )
    assert workspace.login(name, "secret").username == name
