"""Codes by mail as a second factor: at login, and before rows that ask for one."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.mailed_codes import (
    address_of,
    code_of,
    log_in,
    other,
    protected,
    refused,
    setting,
)
from tests.support.people import stored
from tests.support.scene import fresh, invoke
from tests.support.smtp import Sink
from tests.support.strict import Strict
from tests.support.workspace import Json

GENERATE = "v1/users.generatePersonalAccessToken"


def test_new_people_use_codes_by_mail_where_the_workspace_says_so(strict: Strict) -> None:
    person = strict.person()
    assert stored(strict, person.id)["services"]["email2fa"]["enabled"] is True
    with setting(strict, "Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In", False):
        assert "email2fa" not in stored(strict, strict.person().id)["services"]


def test_at_login_a_code_is_mailed_and_opens_the_account_once(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    refused(log_in(strict, person), "totp-required", codeGenerated=True)
    code = code_of(sink, person)
    refused(log_in(strict, person, other(code)), "totp-invalid", codeGenerated=False)
    answer = log_in(strict, person, f"{code[:3]}-{code[3:]}")
    assert answer.status_code == 200, answer.text
    assert "emailCode" not in stored(strict, person.id)["services"]
    assert log_in(strict, person, code).status_code == 401


def test_a_code_that_is_still_good_is_not_mailed_again(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    log_in(strict, person)
    first = code_of(sink, person)
    answer = log_in(strict, person)
    refused(answer, "totp-required", codeGenerated=False, emailOrUsername=person.username)
    assert re.fullmatch(r"\d{4}-.*Z", answer.json()["details"]["codeExpires"])
    strict.settle()
    assert len(sink.to(address_of(person))) == 1
    strict.moving.forward(minutes=56)
    refused(log_in(strict, person), "totp-required", codeGenerated=True)
    code = code_of(sink, person, 2)
    assert log_in(strict, person, first if first != code else other(code)).status_code == 401
    assert log_in(strict, person, code).status_code == 200


def test_a_code_expires(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    log_in(strict, person)
    code = code_of(sink, person)
    strict.moving.forward(seconds=3601)
    refused(log_in(strict, person, code), "totp-invalid")


def test_guesses_use_a_code_up_however_many_come_at_once(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    with setting(strict, "Block_Multiple_Failed_Logins_Enabled", False):
        log_in(strict, person)
        code = code_of(sink, person)
        for _ in range(4):
            refused(log_in(strict, person, other(code)), "totp-invalid")
        refused(log_in(strict, person, other(code)), "totp-max-attempts")
        refused(log_in(strict, person, code), "totp-max-attempts")
        refused(log_in(strict, person), "totp-required", codeGenerated=True)
        code = code_of(sink, person, 2)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: log_in(strict, person, other(code)), range(8)))
        assert stored(strict, person.id)["services"]["emailCode"]["attempts"] == 5
        assert log_in(strict, person, code).status_code == 401


def test_wrong_codes_block_a_person_as_wrong_passwords_do(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    log_in(strict, person)
    code = code_of(sink, person)
    with (
        setting(strict, "Block_Multiple_Failed_Logins_By_Ip", False),
        setting(strict, "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", 3),
    ):
        for _ in range(3):
            log_in(strict, person, other(code))
        answer = log_in(strict, person, other(code))
        assert answer.json()["error"] == "error-login-blocked-for-user"


def test_a_row_that_asks_takes_a_code_by_mail(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    refused(person.post(GENERATE, {"tokenName": fresh("t")}), "totp-required", codeGenerated=True)
    proof = {"x-2fa-code": code_of(sink, person), "x-2fa-method": "email"}
    answer = strict.http(
        "POST", GENERATE, json={"tokenName": fresh("t")}, headers={**person.headers, **proof}
    )
    assert answer.status_code == 200, answer.text


def test_over_ddp_too(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    name = "personalAccessTokens:generateToken"
    error = invoke(strict, person, name, [{"tokenName": fresh("t")}])["error"]
    assert (error["error"], error["details"]["method"]) == ("totp-required", "email")
    proof = {"twoFactorCode": code_of(sink, person), "twoFactorMethod": "email"}
    assert "result" in invoke(strict, person, name, [{"tokenName": fresh("t")}, proof])


def test_beside_an_app_the_app_is_asked_for_and_before_rows_a_mailed_code_will_do(
    strict: Strict, sink: Sink
) -> None:
    person = protected(strict)
    strict.protect(person)
    details = log_in(strict, person).json()["details"]
    assert (details["method"], details["availableMethods"]) == ("totp", ["totp", "email"])
    given = {"emailOrUsername": person.username}
    assert strict.http("POST", "v1/users.2fa.sendEmailCode", json=given).json()["success"]
    proof = {"x-2fa-code": code_of(sink, person), "x-2fa-method": "email"}
    answer = strict.http(
        "POST", GENERATE, json={"tokenName": fresh("t")}, headers={**person.headers, **proof}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("by", ["username", "address"])
def test_another_code_may_be_asked_for_and_nothing_tells_who_exists(
    strict: Strict, sink: Sink, by: str
) -> None:
    person = protected(strict)
    named = person.username if by == "username" else address_of(person)
    for one in (named, fresh("nobody"), f"{fresh('nobody')}@example.com"):
        answer = strict.http("POST", "v1/users.2fa.sendEmailCode", json={"emailOrUsername": one})
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert log_in(strict, person, code_of(sink, person)).status_code == 200


def test_codes_are_not_mailed_over_and_over_nor_to_who_does_not_use_them(
    strict: Strict, sink: Sink
) -> None:
    person, plain = protected(strict), protected(strict)
    strict.database["users"].update_one(
        {"_id": plain.id}, {"$set": {"services.email2fa.enabled": False}}
    )
    for one in (person, person, plain):
        given = {"emailOrUsername": one.username}
        strict.http("POST", "v1/users.2fa.sendEmailCode", json=given)
    code_of(sink, person)
    strict.settle()
    assert len(sink.to(address_of(person))) == 1
    assert sink.to(address_of(plain)) == []


def test_send_email_code_without_a_name_is_refused(strict: Strict) -> None:
    answer = strict.http("POST", "v1/users.2fa.sendEmailCode", json={})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "success": False,
            "error": "emailOrUsername is required [error-parameter-required]",
            "errorType": "error-parameter-required",
        },
    )


def test_enabling_takes_verified_addresses_and_ends_other_logins(strict: Strict) -> None:
    person = strict.person()
    strict.database["users"].update_one(
        {"_id": person.id}, {"$set": {"services.email2fa.enabled": False}}
    )
    elsewhere = strict.login(person.username, "secret")
    answer = person.post("v1/users.2fa.enableEmail")
    error = "You need to verify your emails before setting up 2FA [error-invalid-user]"
    body = {"success": False, "error": error, "errorType": "error-invalid-user"}
    assert (answer.status_code, answer.json()) == (400, body)
    emails = [{"address": address_of(person), "verified": True}]
    strict.database["users"].update_one({"_id": person.id}, {"$set": {"emails": emails}})
    person.ok("POST", "v1/users.2fa.enableEmail")
    assert person.ok("GET", "v1/me")["services"]["email2fa"] == {"enabled": True}
    assert elsewhere.get("v1/me").status_code == 401


def test_disabling_asks_for_a_code_each_time(strict: Strict, sink: Sink) -> None:
    person = protected(strict)
    path = "v1/users.2fa.disableEmail"
    refused(person.post(path), "totp-required", codeGenerated=True)
    proof = {"x-2fa-code": code_of(sink, person), "x-2fa-method": "email"}
    answer = strict.http("POST", path, json={}, headers={**person.headers, **proof})
    assert answer.json() == {"success": True}
    assert stored(strict, person.id)["services"]["email2fa"]["enabled"] is False
    assert log_in(strict, person).status_code == 200


def test_where_no_mail_can_be_sent_no_code_is_asked_for(strict: Strict) -> None:
    person = protected(strict)
    with setting(strict, "SMTP_Host", ""):
        assert log_in(strict, person).status_code == 200
    with setting(strict, "Accounts_TwoFactorAuthentication_By_Email_Enabled", False):
        assert log_in(strict, person).status_code == 200


def test_a_link_to_verify_an_address_is_no_way_round_the_second_factor(
    strict: Strict, sink: Sink
) -> None:
    person = protected(strict)
    more: Json = {"address": f"{fresh('s')}@example.com", "verified": False}
    strict.database["users"].update_one({"_id": person.id}, {"$push": {"emails": more}})
    invoke(strict, None, "sendConfirmationEmail", [more["address"]])
    error = invoke(strict, None, "verifyEmail", [sink.last(more["address"]).token])["error"]
    assert (error["error"], error["reason"]) == ("verify-email", "E-mail verified")
    assert all(one["verified"] for one in stored(strict, person.id)["emails"])
