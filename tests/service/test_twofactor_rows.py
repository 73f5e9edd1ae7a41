"""Rows behind a second factor, on REST and on DDP: who is asked, for what, and for how long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from contrail.shapes.rows import TwoFactor
from functions.account.routes_logins import ALWAYS_ASKED, ASKED
from tests.support.ddp import Ddp
from tests.support.scene import METHODS, REST, fresh, invoke, refused
from tests.support.strict import Strict, wrong
from tests.support.workspace import Json, Person, Workspace

PASSWORD = hashlib.sha256(b"secret").hexdigest()
GENERATE = "v1/users.generatePersonalAccessToken"
PROTECTED = (
    *("users.resetTOTP", "users.generatePersonalAccessToken", "users.removePersonalAccessToken"),
    *("users.regeneratePersonalAccessToken", "sessions/list.all", "sessions/info.admin"),
    *("sessions/logout", "users.resetE2EKey"),
)


@pytest.fixture(scope="module")
def strict(mongo_uri: str) -> Iterator[Strict]:
    workspace = Strict(mongo_uri)
    yield workspace
    workspace.stop()


def _generate(person: Person, code: str = "", method: str = "totp", **headers: str) -> Any:
    proof = {"x-2fa-code": code, "x-2fa-method": method} if code else {}
    return person.workspace.http(
        "POST",
        GENERATE,
        json={"tokenName": fresh("t")},
        headers={**person.headers, **proof, **headers},
    )


def _refused(answer: Any, code: str, method: str) -> None:
    reason = "TOTP Required" if code == "totp-required" else "TOTP Invalid"
    body: Json = {"success": False, "error": f"{reason} [{code}]", "errorType": code}
    available = ["totp"] if method == "totp" else []
    body["details"] = {"method": method, "codeGenerated": False, "availableMethods": available}
    refused(answer, 400, body)


@pytest.mark.parametrize("path", PROTECTED)
def test_these_rows_ask(path: str) -> None:
    rows = [row for key, (_, row) in REST.items() if key.split(" ")[1] == f"v1/{path}"]
    assert [row.two_factor for row in rows] == [ALWAYS_ASKED if "users.reset" in path else ASKED]
    assert METHODS["personalAccessTokens:generateToken"][1].two_factor == TwoFactor()


def test_without_another_factor_the_password_is_asked_for_and_its_hash_is_the_code(
    strict: Strict,
) -> None:
    person = strict.settled_person()
    _refused(_generate(person), "totp-required", "password")
    for bad in ("secret", PASSWORD[:-1], hashlib.sha256(b"no").hexdigest()):
        _refused(_generate(person, bad, "password"), "totp-invalid", "password")
    assert _generate(person, PASSWORD.upper(), "password").status_code == 200
    assert not person.ok("GET", "v1/users.getPersonalAccessTokens")["tokens"][1:]


def test_with_a_second_factor_no_password_will_do(strict: Strict) -> None:
    person = strict.settled_person()
    secret = strict.protect(person)
    _refused(_generate(person), "totp-required", "totp")
    _refused(_generate(person, PASSWORD, "password"), "totp-invalid", "totp")
    _refused(_generate(person, wrong(strict.code(secret))), "totp-invalid", "totp")
    assert _generate(person, strict.code(secret)).status_code == 200


def test_what_was_proven_counts_for_this_login_on_this_device_for_a_while(
    strict: Strict,
) -> None:
    person = strict.settled_person()
    secret = strict.protect(person)
    assert _generate(person, strict.code(secret)).status_code == 200
    assert _generate(person).status_code == 200
    _refused(_generate(person, **{"User-Agent": "another"}), "totp-required", "totp")
    strict.moving.forward(seconds=31)
    given = {"user": person.username, "password": "secret", "code": strict.code(secret)}
    data = strict.http("POST", "v1/login", json=given).json()["data"]
    again = Person(strict, person.id, data["authToken"], person.username)
    _refused(_generate(again), "totp-required", "totp")
    strict.moving.forward(seconds=1740)
    assert _generate(person).status_code == 200
    strict.moving.forward(seconds=60)
    _refused(_generate(person), "totp-required", "totp")


def test_some_rows_ask_each_time(strict: Strict) -> None:
    person = strict.settled_person()
    assert _generate(person, PASSWORD, "password").status_code == 200
    assert _generate(person).status_code == 200
    _refused(person.post("v1/users.resetTOTP", {}), "totp-required", "password")


def test_nobody_is_asked_right_after_registering(strict: Strict) -> None:
    person = strict.person()
    assert _generate(person).status_code == 200
    strict.moving.forward(seconds=1801)
    _refused(_generate(person), "totp-required", "password")


def test_a_personal_token_may_be_exempt(strict: Strict) -> None:
    person = strict.person()
    tokens = [
        person.ok("POST", GENERATE, {"tokenName": name, "bypassTwoFactor": exempt})["token"]
        for name, exempt in (("asked", False), ("exempt", True))
    ]
    strict.moving.forward(seconds=1801)
    asked, exempt = (Person(strict, person.id, token, "") for token in tokens)
    _refused(_generate(asked), "totp-required", "password")
    assert _generate(exempt).status_code == 200
    kept = exempt.ok("POST", "v1/users.regeneratePersonalAccessToken", {"tokenName": "exempt"})
    assert _generate(Person(strict, person.id, kept["token"], "")).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accounts_TwoFactorAuthentication_Enabled", "false"),
        ("Accounts_TwoFactorAuthentication_Enforce_Password_Fallback", "false"),
    ],
)
def test_who_has_no_factor_is_asked_for_nothing_where_it_is_switched_off(
    mongo_uri: str, name: str, value: str
) -> None:
    strict = Strict(mongo_uri, overwrites={name: value})
    try:
        assert _generate(strict.settled_person()).status_code == 200
    finally:
        strict.stop()


def test_nothing_is_asked_of_who_has_neither_factor_nor_password(strict: Strict) -> None:
    person = strict.settled_person()
    strict.database["users"].update_one({"_id": person.id}, {"$unset": {"services.password": 1}})
    assert _generate(person).status_code == 200


def test_input_and_login_are_judged_before_it(strict: Strict) -> None:
    person = strict.settled_person()
    body = {"success": False, "error": "The 'tokenName' param is required"}
    refused(person.post(GENERATE, {}), 400, body)
    assert strict.http("POST", GENERATE, json={"tokenName": "x"}).status_code == 401


def test_a_method_takes_the_code_as_its_last_argument_or_from_headers(strict: Strict) -> None:
    person, name = strict.settled_person(), "personalAccessTokens:generateToken"
    error = invoke(strict, person, name, [{"tokenName": fresh("t")}])["error"]
    assert (error["error"], error["details"]["method"]) == ("totp-required", "password")
    proof = {"twoFactorCode": "0" * 64, "twoFactorMethod": "password"}
    error = invoke(strict, person, name, [{"tokenName": fresh("t")}, proof])["error"]
    assert error["error"] == "totp-invalid"
    proof["twoFactorCode"] = PASSWORD
    assert isinstance(
        invoke(strict, person, name, [{"tokenName": fresh("t")}, proof])["result"], str
    )
    other = strict.settled_person()
    other.headers |= {"x-2fa-code": PASSWORD, "x-2fa-method": "password"}
    assert isinstance(invoke(strict, other, name, [{"tokenName": fresh("t")}])["result"], str)


async def test_over_a_websocket_a_call_is_wrapped_or_repeated_with_the_code(
    strict: Strict,
) -> None:
    person, name = strict.settled_person(), "personalAccessTokens:generateToken"
    wrapped: Json = {"ddpMethod": name, "params": [{"tokenName": "one"}], "method": "password"}
    async with Ddp(strict.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        assert (await client.call(name, {"tokenName": "one"}))["error"]["error"] == "totp-required"
        bad = await client.call("callWithTwoFactorRequired", {**wrapped, "code": "0"})
        assert bad["error"]["error"] == "totp-invalid"
        good = await client.call("callWithTwoFactorRequired", {**wrapped, "code": PASSWORD})
        assert isinstance(good["result"], str)
        assert isinstance((await client.call(name, {"tokenName": "two"}))["result"], str)
        unknown = await client.call(
            "callWithTwoFactorRequired", {**wrapped, "ddpMethod": "no/such", "code": PASSWORD}
        )
        assert unknown["error"]["error"] == 404


def test_in_test_mode_no_row_asks(workspace: Workspace) -> None:
    person = workspace.person()
    users = workspace.database["users"]
    users.update_one({"_id": person.id}, {"$set": {"createdAt": workspace.runtime.clock.now()}})
    users.update_one({"_id": person.id}, {"$unset": {"createdAt": 1}})
    person.ok("POST", GENERATE, {"tokenName": "t"})
    person.ok("POST", "v1/users.resetTOTP")
