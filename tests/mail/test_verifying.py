"""Addresses: verified by who reads their mail, and watched over when they change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contrail.domain.users import digest
from tests.support.ddp import Ddp
from tests.support.people import edited, made, new, own, register, stored
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.smtp import Sink
from tests.support.workspace import Json, Person, Workspace

EXPIRED = (403, "Verify email link expired")


def verify(workspace: Workspace, token: str) -> Json:
    return invoke(workspace, None, "verifyEmail", [token])


def refused(outcome: Json) -> tuple[Any, Any]:
    return outcome["error"]["error"], outcome["error"]["reason"]


def confirm(person: Person, email: str) -> Any:
    return person.post("v1/users.sendConfirmationEmail", {"email": email})


def backdate(workspace: Workspace, uid: str, **span: float) -> None:
    user = stored(workspace, uid)
    sent = user["services"]["email"]["verificationTokens"]
    dated = [{**one, "when": one["when"] - timedelta(**span)} for one in sent]
    change = {"$set": {"services.email.verificationTokens": dated}}
    workspace.database["users"].update_one({"_id": uid}, change)


def test_whoever_registers_is_sent_a_link_that_verifies_their_address(
    mailing: Workspace, sink: Sink
) -> None:
    given = new()
    user = register(mailing, **given).json()["user"]
    address = given["email"]
    letters = [sink.last(address, 2), *sink.to(address)]
    (letter,) = {one.token: one for one in letters if "verify-email" in one.link}.values()
    site = mailing.runtime.environment.root_url
    assert letter.link.startswith(f"{site}/#/verify-email/")
    assert letter.subject == "Rocket.Chat: confirm your email address"
    assert not stored(mailing, user["_id"])["emails"][0]["verified"]
    session = verify(mailing, letter.token)["result"]
    assert session["id"] == user["_id"]
    assert stored(mailing, user["_id"])["emails"] == [{"address": address, "verified": True}]
    assert refused(verify(mailing, letter.token)) == EXPIRED


def test_a_link_is_good_for_thirty_days_and_for_the_address_it_went_to(
    mailing: Workspace, sink: Sink
) -> None:
    person = mailing.person()
    address = f"{person.username}@example.com"
    assert confirm(person, address).json() == {"success": True}
    old = sink.last(address).token
    backdate(mailing, person.id, days=30, minutes=1)
    assert refused(verify(mailing, old)) == EXPIRED
    confirm(person, address)
    letter = sink.last(address, 2)
    mailing.database["users"].update_one(
        {"_id": person.id}, {"$set": {"emails.0.address": f"{fresh('o')}@example.com"}}
    )
    assert refused(verify(mailing, letter.token)) == (
        403,
        "Verify email link is for unknown address",
    )


def test_send_confirmation_email_should_not_send_email_when_is_a_invalid_email(
    mailing: Workspace,
) -> None:
    person = mailing.person()
    answer = confirm(person, "invalidEmail")
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert invoke(mailing, None, "sendConfirmationEmail", ["invalidEmail"]) == {"result": False}


def test_whether_an_address_exists_is_not_told_nor_is_a_verified_one_written_to(
    mailing: Workspace, sink: Sink
) -> None:
    person, nobody = mailing.person(verified=True), f"{fresh('n')}@example.com"
    address = f"{person.username}@example.com"
    answers = [confirm(person, one) for one in (address, nobody)]
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"success": True})] * 2
    mailing.settle()
    assert sink.to(address) == sink.to(nobody) == []


def test_a_link_of_an_imported_workspace_works_and_a_stored_hash_does_not(
    mailing: Workspace, sink: Sink
) -> None:
    user, token = made(mailing), fresh("t")
    link = {"token": token, "address": user["emails"][0]["address"]}
    link["when"] = mailing.runtime.clock.now()
    change = {"$set": {"services.email.verificationTokens": [link]}}
    mailing.database["users"].update_one({"_id": user["_id"]}, change)
    assert "result" in verify(mailing, token)
    person = mailing.person()
    confirm(person, f"{person.username}@example.com")
    sink.last(f"{person.username}@example.com")
    (known,) = stored(mailing, person.id)["services"]["email"]["verificationTokens"]
    assert set(known) == {"hashedToken", "address", "when"}
    assert refused(verify(mailing, known["hashedToken"])) == EXPIRED


def test_where_addresses_must_be_verified_a_login_waits_for_it(
    mailing: Workspace, sink: Sink
) -> None:
    given = new()
    register(mailing, **given)
    credentials = {"user": given["username"], "password": "secret"}
    with setting(mailing, "Accounts_EmailVerification", True):
        answer = mailing.http("POST", "v1/login", json=credentials)
        assert (answer.status_code, answer.json()["error"]) == (401, "error-invalid-email")
        sink.last(given["email"], 2)
        links = [one for one in sink.to(given["email"]) if "verify-email" in one.link]
        assert "result" in verify(mailing, links[0].token)
        assert mailing.http("POST", "v1/login", json=credentials).status_code == 200


def test_a_new_address_is_verified_anew_and_the_one_before_hears_of_it(
    mailing: Workspace, sink: Sink
) -> None:
    person = mailing.person()
    before, after = f"{person.username}@example.com", f"{fresh('a')}@example.com"
    assert own(person, email=after, currentPassword=digest("secret")).status_code == 200
    told, link = sink.last(before), sink.last(after)
    assert told.subject == "Rocket.Chat: your email address was changed"
    assert after in told.text
    assert "verify-email" in link.link
    assert not stored(mailing, person.id)["emails"][0]["verified"]
    verify(mailing, link.token)
    assert stored(mailing, person.id)["emails"] == [{"address": after, "verified": True}]


def test_an_address_that_an_admin_vouches_for_gets_no_link(mailing: Workspace, sink: Sink) -> None:
    user, after = made(mailing), f"{fresh('a')}@example.com"
    assert edited(mailing, user["_id"], email=after, verified=True).status_code == 200
    sink.last(user["emails"][0]["address"])
    mailing.settle()
    assert sink.to(after) == []


async def test_after_verifying_the_anonymous_are_users(mailing: Workspace) -> None:
    person = mailing.person(verified=True)
    change = {"$set": {"roles": ["anonymous", "bot"]}}
    mailing.database["users"].update_one({"_id": person.id}, change)
    async with Ddp(mailing.ws_url) as client:
        await client.connect()
        assert "error" in await client.call("afterVerifyEmail")
        await client.resume(person.token)
        await client.call("afterVerifyEmail")
    assert stored(mailing, person.id)["roles"] == ["user", "bot"]


def test_the_unverified_stay_anonymous(mailing: Workspace) -> None:
    person = mailing.person()
    mailing.database["users"].update_one({"_id": person.id}, {"$set": {"roles": ["anonymous"]}})
    assert invoke(mailing, person, "afterVerifyEmail", []) == {}
    assert stored(mailing, person.id)["roles"] == ["anonymous"]


VERIFIED = ("verify-email", "E-mail verified")


def test_a_link_logs_in_for_three_days_and_verifies_for_thirty(
    mailing: Workspace, sink: Sink
) -> None:
    person = mailing.person()
    address = f"{person.username}@example.com"
    confirm(person, address)
    letter = sink.last(address)
    backdate(mailing, person.id, days=3, minutes=1)
    assert refused(verify(mailing, letter.token)) == VERIFIED
    assert stored(mailing, person.id)["emails"] == [{"address": address, "verified": True}]
    assert len(stored(mailing, person.id)["services"]["resume"]["loginTokens"]) == 1


def test_a_link_to_an_address_that_is_verified_already_logs_nobody_in(mailing: Workspace) -> None:
    """An imported one: links of our own go when their address is verified."""
    person, token = mailing.person(verified=True), fresh("t")
    link: Json = {"token": token, "address": f"{person.username}@example.com"}
    link["when"] = mailing.runtime.clock.now()
    change = {"$set": {"services.email.verificationTokens": [link]}}
    mailing.database["users"].update_one({"_id": person.id}, change)
    assert refused(verify(mailing, token)) == VERIFIED


@pytest.mark.parametrize("after", ["an admin", "a new password", "a reset"])
def test_a_link_goes_with_what_makes_it_needless(
    mailing: Workspace, sink: Sink, after: str
) -> None:
    person = mailing.person()
    address = f"{person.username}@example.com"
    confirm(person, address)
    letter = sink.last(address)
    if after == "an admin":
        assert edited(mailing, person.id, verified=True).status_code == 200
    elif after == "a new password":
        given = {"newPassword": "another", "currentPassword": digest("secret")}
        assert own(person, **given).status_code == 200
    else:
        mailing.http("POST", "v1/users.forgotPassword", json={"email": address})
        invoke(mailing, None, "resetPassword", [sink.last(address, 2).token, "another"])
    assert refused(verify(mailing, letter.token)) == EXPIRED
