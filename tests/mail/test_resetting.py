"""Forgotten passwords: a link by mail works once, for a while, and tells nobody who is here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from contrail.domain.users import digest
from tests.support.ddp import Ddp
from tests.support.people import edited, made, own, stored
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.smtp import Received, Sink
from tests.support.strict import Strict
from tests.support.workspace import Json, Workspace


def forget(workspace: Workspace, email: Any) -> Any:
    return workspace.http("POST", "v1/users.forgotPassword", json={"email": email})


def asked(workspace: Workspace, sink: Sink, address: str) -> Received:
    """The letter that asking for a new password brings."""
    assert forget(workspace, address).json() == {"success": True}
    return sink.last(address)


def reset(workspace: Workspace, token: str, password: Any) -> Json:
    return invoke(workspace, None, "resetPassword", [token, password])


def login(workspace: Workspace, username: str, password: str) -> int:
    body = {"user": username, "password": password}
    return workspace.http("POST", "v1/login", json=body).status_code


def backdate(workspace: Workspace, uid: str, **span: float) -> None:
    """Make the link as old as that."""
    when = workspace.runtime.clock.now() - timedelta(**span)
    change = {"$set": {"services.password.reset.when": when}}
    workspace.database["users"].update_one({"_id": uid}, change)


def test_forgot_password_should_send_email_to_user_when_is_a_valid_email(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing)
    letter = asked(mailing, sink, user["emails"][0]["address"])
    site = mailing.runtime.environment.root_url
    assert letter.link.startswith(f"{site}/reset-password/")
    assert letter.link in letter.html
    assert (letter.sender, letter.message["From"].addresses[0].display_name) == (
        "chat@example.com",
        "Rocket.Chat",
    )
    assert letter.subject == "Rocket.Chat: choose a new password"


def test_the_link_opens_the_account_with_a_new_password_and_ends_every_other_login(
    mailing: Workspace, sink: Sink
) -> None:
    person = mailing.person()
    letter = asked(mailing, sink, f"{person.username}@example.com")
    session = reset(mailing, letter.token, "brand-new-1")["result"]
    assert set(session) == {"id", "token", "tokenExpires", "type"}
    assert person.get("v1/me").status_code == 401
    headers = {"X-User-Id": session["id"], "X-Auth-Token": session["token"]}
    me = mailing.http("GET", "v1/me", headers=headers).json()
    assert me["emails"] == [{"address": f"{person.username}@example.com", "verified": True}]
    assert login(mailing, person.username, "secret") == 401
    assert login(mailing, person.username, "brand-new-1") == 200


def test_a_link_works_once_and_not_after_three_days_nor_beside_a_newer_one(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing)
    address = user["emails"][0]["address"]
    expired = {
        "error": 403,
        "reason": "Token expired",
        "message": "Token expired [403]",
        "errorType": "Meteor.Error",
        "isClientSafe": True,
    }
    first = asked(mailing, sink, address).token
    backdate(mailing, user["_id"], days=3, minutes=1)
    assert reset(mailing, first, "brand-new-1") == {"error": expired}
    forget(mailing, address)
    second = sink.last(address, 2).token
    assert second != first
    assert reset(mailing, first, "brand-new-1") == {"error": expired}
    assert "result" in reset(mailing, second, "brand-new-1")
    assert reset(mailing, second, "brand-new-2") == {"error": expired}
    assert login(mailing, user["username"], "brand-new-1") == 200


def test_of_many_using_a_link_at_once_one_succeeds(mailing: Workspace, sink: Sink) -> None:
    user = made(mailing)
    token = asked(mailing, sink, user["emails"][0]["address"]).token
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda n: reset(mailing, token, f"brand-new-{n}"), range(6)))
    assert sum("result" in one for one in found) == 1


def test_what_is_stored_of_a_link_does_not_open_it(mailing: Workspace, sink: Sink) -> None:
    user = made(mailing)
    token = asked(mailing, sink, user["emails"][0]["address"]).token
    known = stored(mailing, user["_id"])["services"]["password"]["reset"]
    assert set(known) == {"hashedToken", "email", "when", "reason"}
    assert token not in str(known)
    assert reset(mailing, known["hashedToken"], "brand-new-1")["error"]["error"] == 403


def test_a_link_that_an_imported_workspace_sent_still_works(mailing: Workspace) -> None:
    user, token = made(mailing), fresh("t")
    link = {"token": token, "email": user["emails"][0]["address"], "reason": "reset"}
    link["when"] = mailing.runtime.clock.now()
    change = {"$set": {"services.password.reset": link}}
    mailing.database["users"].update_one({"_id": user["_id"]}, change)
    assert reset(mailing, token, "brand-new-1")["result"]["id"] == user["_id"]
    assert "reset" not in stored(mailing, user["_id"])["services"]["password"]


def test_no_answer_tells_whether_an_address_exists(mailing: Workspace, sink: Sink) -> None:
    nobody = f"{fresh('n')}@example.com"
    known = made(mailing)["emails"][0]["address"]
    answers = [forget(mailing, one) for one in (known, nobody, "no address")]
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"success": True})] * 3
    for name, given in (
        ("sendForgotPasswordEmail", lambda address: [address]),
        ("forgotPassword", lambda address: [{"email": address}]),
    ):
        found = [invoke(mailing, None, name, given(one)) for one in (known, nobody)]
        assert found[0] == found[1]
    sink.last(known)
    mailing.settle()
    assert sink.to(nobody) == []
    assert len(sink.to(known)) == 1, "a mailbox is not flooded"


@pytest.mark.parametrize("given", [{}, {"email": ""}])
def test_forgot_password_without_an_address_is_refused(mailing: Workspace, given: Json) -> None:
    answer = mailing.http("POST", "v1/users.forgotPassword", json=given)
    assert (answer.status_code, answer.json()) == (
        400,
        {"success": False, "error": "The 'email' param is required"},
    )


def test_where_passwords_are_not_reset_nobody_is_sent_a_link_and_none_works(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing)
    token = asked(mailing, sink, user["emails"][0]["address"]).token
    with setting(mailing, "Accounts_PasswordReset", False):
        answer = forget(mailing, user["emails"][0]["address"])
        body = {"success": False, "error": "Password reset is not enabled"}
        assert (answer.status_code, answer.json()) == (400, body)
        assert invoke(mailing, None, "sendForgotPasswordEmail", ["a@b.cc"]) == {"result": False}
        assert reset(mailing, token, "brand-new-1")["error"]["error"] == 403
    assert "result" in reset(mailing, token, "brand-new-1")


def test_whoever_has_no_password_here_gets_a_link_only_where_the_workspace_gives_them_one(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing)
    address = user["emails"][0]["address"]
    mailing.database["users"].update_one(
        {"_id": user["_id"]}, {"$unset": {"services.password": ""}}
    )
    with setting(mailing, "Accounts_AllowPasswordChangeForOAuthUsers", False):
        forget(mailing, address)
        mailing.settle()
        assert sink.to(address) == []
    with setting(mailing, "Accounts_AllowPasswordChangeForOAuthUsers", True):
        assert "result" in reset(mailing, asked(mailing, sink, address).token, "brand-new-1")


def test_the_policy_and_the_history_of_passwords_hold_and_the_link_stays_good(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing)
    token = asked(mailing, sink, user["emails"][0]["address"]).token
    same = reset(mailing, token, "secret")["error"]
    assert same["error"] == "error-password-same-as-current"
    with (
        setting(mailing, "Accounts_Password_Policy_Enabled", True),
        setting(mailing, "Accounts_Password_Policy_MinLength", 9),
    ):
        for password in ("short", {"digest": "a" * 64, "algorithm": "sha-256"}):
            refused = reset(mailing, token, password)["error"]
            assert refused["error"] == "error-password-policy-not-met"
    assert "result" in reset(mailing, token, {"digest": "b" * 64, "algorithm": "sha-256"})
    given = {"user": user["username"], "password": {"digest": "b" * 64, "algorithm": "sha-256"}}
    assert mailing.http("POST", "v1/login", json=given).status_code == 200


def test_the_deactivated_get_nothing_by_a_link(mailing: Workspace, sink: Sink) -> None:
    user = made(mailing)
    token = asked(mailing, sink, user["emails"][0]["address"]).token
    mailing.database["users"].update_one({"_id": user["_id"]}, {"$set": {"active": False}})
    error = reset(mailing, token, "brand-new-1")["error"]
    assert error["error"] == "error-user-is-not-activated"
    assert "reset" in stored(mailing, user["_id"])["services"]["password"]


async def test_over_a_websocket_the_token_of_the_answer_logs_in(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing)
    token = asked(mailing, sink, user["emails"][0]["address"]).token
    async with Ddp(mailing.ws_url) as client:
        await client.connect()
        session = (await client.call("resetPassword", token, "brand-new-1"))["result"]
        await client.resume(session["token"])
        assert (await client.call("getNewToken"))["result"]["id"] == user["_id"]


def test_a_link_alone_does_not_open_an_account_that_an_app_protects(
    strict: Strict, sink: Sink
) -> None:
    person = strict.settled_person()
    strict.protect(person)
    letter = asked(strict, sink, f"{person.username}@example.com")
    outcome = invoke(strict, None, "resetPassword", [letter.token, "brand-new-1"])
    assert outcome["error"]["error"] == "totp-required"
    assert "totp" in outcome["error"]["details"]["availableMethods"]
    body = {"user": person.username, "password": "brand-new-1"}
    answer = strict.http("POST", "v1/login", json=body).json()
    assert (answer["error"], person.get("v1/me").status_code) == ("totp-required", 401)


@pytest.mark.parametrize("who", ["oneself", "an admin"])
def test_a_link_does_not_outlive_a_change_of_the_password(
    mailing: Workspace, sink: Sink, who: str
) -> None:
    """Whoever read the old mail is not let in by it any more."""
    person = mailing.person()
    letter = asked(mailing, sink, f"{person.username}@example.com")
    if who == "oneself":
        given = {"newPassword": "another", "currentPassword": digest("secret")}
        assert own(person, **given).status_code == 200
    else:
        assert edited(mailing, person.id, password="another").status_code == 200
    outcome = reset(mailing, letter.token, "third")
    assert (outcome["error"]["error"], outcome["error"]["reason"]) == (403, "Token expired")
    assert login(mailing, person.username, "another") == 200
