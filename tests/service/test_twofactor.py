"""Second factors: setting one up, logging in with it, codes that count once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.support.ddp import Ddp
from tests.support.scene import invoke, refused
from tests.support.strict import Strict, wrong
from tests.support.workspace import Json, Person

DETAILS = {"method": "totp", "codeGenerated": False, "availableMethods": ["totp"]}
CODES = re.compile(r"[0-9A-Za-z]{8}")


@pytest.fixture(scope="module")
def strict(mongo_uri: str) -> Iterator[Strict]:
    workspace = Strict(mongo_uri)
    yield workspace
    workspace.stop()


def _verified(strict: Strict) -> Person:
    person = strict.person()
    emails = [{"address": f"{person.username}@example.com", "verified": True}]
    strict.database["users"].update_one({"_id": person.id}, {"$set": {"emails": emails}})
    return person


def _call(person: Person, name: str, *params: Any) -> Any:
    outcome = invoke(person.workspace, person, name, list(params))
    return outcome.get("error", {}).get("error") if "error" in outcome else outcome.get("result")


def _totp(strict: Strict, person: Person) -> Json:
    user = strict.database["users"].find_one({"_id": person.id}) or {}
    found: Json = user["services"]["totp"]
    return found


def _log_in(strict: Strict, person: Person, **more: Any) -> Any:
    given = {"user": person.username, "password": "secret", **more}
    return strict.http("POST", "v1/login", json=given)


def _login_refused(answer: Any, code: str, message: str) -> None:
    body = {"success": False, "status": "error", "error": code, "message": message}
    refused(answer, 401, {**body, "details": DETAILS})


def test_enable_returns_a_secret_and_the_url_of_its_qr_code(strict: Strict) -> None:
    person = _verified(strict)
    result = _call(person, "2fa:enable")
    assert set(result) == {"secret", "url"}
    url = urlsplit(result["url"])
    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert unquote(url.path) == f"/Rocket.Chat:{person.username}"
    assert parse_qs(url.query)["secret"] == [result["secret"]]
    assert _totp(strict, person) == {"enabled": False, "tempSecret": result["secret"]}
    assert _log_in(strict, person).status_code == 200, "nothing is asked before it is proven"


def test_enable_is_refused_when_not_logged_in_unverified_or_enabled_already(
    strict: Strict,
) -> None:
    answer = strict.http("POST", "v1/method.call/2fa:enable", json={"message": "{}"})
    assert (answer.status_code, answer.json()["status"]) == (401, "error")
    assert _call(strict.person(), "2fa:enable") == "error-invalid-user"
    person = _verified(strict)
    strict.protect(person)
    before = _totp(strict, person)
    assert _call(person, "2fa:enable") == "error-2fa-already-enabled"
    assert _totp(strict, person) == before


def test_a_proven_secret_is_in_force_and_ends_every_other_login(strict: Strict) -> None:
    person = _verified(strict)
    other = strict.login(person.username, "secret")
    personal = person.ok("POST", "v1/users.generatePersonalAccessToken", {"tokenName": "kept"})[
        "token"
    ]
    secret = _call(person, "2fa:enable")["secret"]
    assert _call(person, "2fa:validateTempToken", wrong(strict.code(secret))) == "invalid-totp"
    assert other.get("v1/me").status_code == 200
    codes = _call(person, "2fa:validateTempToken", strict.code(secret))["codes"]
    assert len(set(codes)) == 12
    assert all(CODES.fullmatch(code) for code in codes)
    hashed = [hashlib.sha256(code.encode()).hexdigest() for code in codes]
    assert _totp(strict, person) == {"enabled": True, "secret": secret, "hashedBackup": hashed}
    assert other.get("v1/me").status_code == 401
    assert Person(strict, person.id, personal, "").get("v1/me").status_code == 200
    assert person.ok("GET", "v1/me")["services"]["totp"] == {"enabled": True}
    assert _call(person, "2fa:checkCodesRemaining") == {"remaining": 12}
    _login_refused(_log_in(strict, person), "totp-required", "TOTP Required")


def test_a_login_needs_a_code_and_each_code_counts_once(strict: Strict) -> None:
    person = strict.settled_person()
    secret = strict.protect(person)
    _login_refused(_log_in(strict, person), "totp-required", "TOTP Required")
    _login_refused(_log_in(strict, person, code=""), "totp-required", "TOTP Required")
    code = strict.code(secret)
    for bad in (wrong(code), "0", "x" * 6, "１２３４５６", "abcdefgh"):  # noqa: RUF001 - digits, but no ASCII
        _login_refused(_log_in(strict, person, code=bad), "totp-invalid", "TOTP Invalid")
    assert _log_in(strict, person, code=code, password="no").json()["error"] == "Unauthorized"
    assert _log_in(strict, person, code=code).status_code == 200
    _login_refused(_log_in(strict, person, code=code), "totp-invalid", "TOTP Invalid")
    strict.moving.forward(seconds=31)
    assert _log_in(strict, person, code=strict.code(secret)).status_code == 200


def test_of_two_logins_with_one_code_one_gets_in(strict: Strict) -> None:
    person = strict.settled_person()
    code = strict.code(strict.protect(person))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _log_in(strict, person, code=code), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


def test_a_clock_may_be_wrong_by_a_step_and_no_more(strict: Strict) -> None:
    person = strict.settled_person()
    secret = strict.protect(person)
    # Far from where one step ends and the next begins.
    strict.moving.forward(seconds=40 - strict.moving.now().timestamp() % 30)
    for steps in (-2, 2):
        code = strict.code(secret, steps)
        _login_refused(_log_in(strict, person, code=code), "totp-invalid", "TOTP Invalid")
    for steps in (-1, 1):
        assert _log_in(strict, person, code=strict.code(secret, steps)).status_code == 200


def test_a_backup_code_opens_once(strict: Strict) -> None:
    person = strict.settled_person()
    codes = ("backup01", "backup02")
    hashed = tuple(hashlib.sha256(code.encode()).hexdigest() for code in codes)
    strict.protect(person, backup=hashed)
    assert _log_in(strict, person, code="backup01").status_code == 200
    _login_refused(_log_in(strict, person, code="backup01"), "totp-invalid", "TOTP Invalid")
    assert _call(person, "2fa:checkCodesRemaining") == {"remaining": 1}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: _log_in(strict, person, code="backup02"), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 3


async def test_over_ddp_a_login_is_wrapped_with_its_code(strict: Strict) -> None:
    person = strict.settled_person()
    secret = strict.protect(person)
    digest = {"digest": hashlib.sha256(b"secret").hexdigest(), "algorithm": "sha-256"}
    login = {"user": {"username": person.username}, "password": digest}
    async with Ddp(strict.ws_url) as client:
        await client.connect()
        first = (await client.call("login", login))["error"]
        assert (first["error"], first["reason"]) == ("totp-required", "TOTP Required")
        assert first["details"] == DETAILS
        code = strict.code(secret)
        second = await client.call("login", {"totp": {"login": login, "code": wrong(code)}})
        assert second["error"]["error"] == "totp-invalid"
        third = await client.call("login", {"totp": {"login": login, "code": code}})
        assert third["result"]["id"] == person.id
        resumed = await client.call("login", {"resume": third["result"]["token"]})
        assert resumed["result"]["type"] == "resume", "a resumed login asks for nothing"


def test_wrong_codes_block_like_wrong_passwords(mongo_uri: str) -> None:
    name = "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User"
    strict = Strict(mongo_uri, overwrites={name: "3"})
    try:
        person = strict.settled_person()
        secret = strict.protect(person)
        for _ in range(3):
            answer = _log_in(strict, person, code=wrong(strict.code(secret)))
            _login_refused(answer, "totp-invalid", "TOTP Invalid")
        answer = _log_in(strict, person, code=strict.code(secret))
        assert answer.json()["error"] == "error-login-blocked-for-user"
        assert _log_in(strict, person).json()["error"] == "error-login-blocked-for-user"
        assert _call(person, "2fa:disable", "000000") == "error-login-blocked-for-user"
    finally:
        strict.stop()


@pytest.mark.parametrize("name", ["Enabled", "By_TOTP_Enabled"])
def test_switched_off_nothing_is_asked(mongo_uri: str, name: str) -> None:
    strict = Strict(mongo_uri, overwrites={f"Accounts_TwoFactorAuthentication_{name}": "false"})
    try:
        person = strict.settled_person()
        strict.protect(person)
        assert _log_in(strict, person).status_code == 200
    finally:
        strict.stop()


def test_disable_and_regenerate_take_a_code(strict: Strict) -> None:
    person = strict.settled_person()
    for name in ("2fa:regenerateCodes", "2fa:checkCodesRemaining"):
        params = ["000000"] if name == "2fa:regenerateCodes" else []
        assert _call(person, name, *params) == "invalid-totp", name
    assert _call(person, "2fa:disable", "000000") is False
    secret = strict.protect(person)
    code = strict.code(secret)
    assert invoke(strict, person, "2fa:regenerateCodes", [wrong(code)]) == {}, "void"
    fresh = _call(person, "2fa:regenerateCodes", code)["codes"]
    assert _call(person, "2fa:checkCodesRemaining") == {"remaining": 12}
    assert _call(person, "2fa:disable", wrong(code)) is False
    assert _totp(strict, person)["enabled"] is True
    assert _call(person, "2fa:disable", fresh[0]) is True
    assert _totp(strict, person) == {"enabled": False}
    assert _log_in(strict, person).status_code == 200


def test_reset_takes_ones_own_or_with_permission_another_factor_away(strict: Strict) -> None:
    person, other = strict.settled_person(), strict.settled_person()
    for each in (person, other):
        strict.protect(each)
    headers = {"x-2fa-code": "0", "x-2fa-method": "totp"}
    answer = strict.http(
        "POST", "v1/users.resetTOTP", json={}, headers={**person.headers, **headers}
    )
    assert answer.json()["errorType"] == "totp-invalid"
    plain = strict.settled_person()
    password = {"x-2fa-code": hashlib.sha256(b"secret").hexdigest(), "x-2fa-method": "password"}

    def reset(who: Person, body: Json) -> Any:
        headers = {**who.headers, **password}
        return strict.http("POST", "v1/users.resetTOTP", json=body, headers=headers)

    body = {"success": False, "error": "Not allowed [error-not-allowed]"}
    body["errorType"] = "error-not-allowed"
    refused(reset(plain, {"userId": other.id}), 400, body)
    assert _totp(strict, other)["enabled"] is True
    assert reset(strict.admin, {"userId": "nobody"}).json()["errorType"] == "error-invalid-user"
    assert reset(strict.admin, {"userId": other.id}).status_code == 200
    assert reset(strict.admin, {"username": person.username}).status_code == 200
    for each in (person, other):
        assert _totp(strict, each) == {"enabled": False}
        assert each.get("v1/me").status_code == 401, "every login of theirs has ended"
    assert reset(plain, {}).status_code == 200


def test_in_test_mode_no_login_asks(workspace: Any) -> None:
    person = workspace.person()
    factor = {"enabled": True, "secret": "S", "hashedBackup": []}
    users = workspace.database["users"]
    users.update_one({"_id": person.id}, {"$set": {"services.totp": factor}})
    assert workspace.login(person.username, "secret").id == person.id


def test_keys_of_encryption_are_dropped_with_every_login_of_their_owner(strict: Strict) -> None:
    owner, plain = strict.settled_person(), strict.settled_person()
    rid = strict.channel(owner)["_id"]
    users = strict.database["users"]
    subscriptions = strict.database["rocketchat_subscription"]
    keys = {"public_key": "p", "private_key": "s"}
    users.update_one({"_id": owner.id}, {"$set": {"e2e": keys}})
    subscriptions.update_one({"rid": rid}, {"$set": {"E2EKey": "k", "E2ESuggestedKey": "k"}})
    password = {"x-2fa-code": hashlib.sha256(b"secret").hexdigest(), "x-2fa-method": "password"}

    def reset(who: Person, body: Json) -> Any:
        headers = {**who.headers, **password}
        return strict.http("POST", "v1/users.resetE2EKey", json=body, headers=headers)

    body = {"success": False, "error": "Not allowed [error-not-allowed]"}
    refused(reset(plain, {"userId": owner.id}), 400, {**body, "errorType": "error-not-allowed"})
    assert (users.find_one({"_id": owner.id}) or {})["e2e"] == keys
    assert owner.get("v1/me").status_code == 200
    assert reset(owner, {}).status_code == 200
    assert "e2e" not in (users.find_one({"_id": owner.id}) or {})
    row = subscriptions.find_one({"rid": rid}) or {}
    assert not {"E2EKey", "E2ESuggestedKey"} & set(row)
    assert owner.get("v1/me").status_code == 401
