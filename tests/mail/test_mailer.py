"""Mailings: to those who are picked, each with a way out that works."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.mail import mailings
from tests.support.people import fails, made
from tests.support.scene import fresh, invoke
from tests.support.smtp import Sink
from tests.support.workspace import Json, Workspace

FUNCTION = {"function": "Mailer.sendMail"}


def mailing_of(**more: Any) -> Json:
    body = "<p>Hello [fname] ([email])</p><p>[unsubscribe]</p>"
    return {"from": "news@example.com", "subject": "News for [name]", "body": body, **more}


def _group(workspace: Workspace, size: int) -> tuple[str, list[Json]]:
    """So many people whom one query finds."""
    mark = fresh("g")
    people = [made(workspace, name=f"{mark} Other {n}") for n in range(size)]
    return json.dumps({"name": {"$regex": f"^{mark}"}}), people


def _address(user: Json) -> str:
    return str(user["emails"][0]["address"])


def test_mailer_should_send_an_email_if_the_payload_is_correct(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing, name="Ann Other")
    given = mailing_of(**{"from": _address(user)}, dryrun=True, query="")
    assert mailing.admin.ok("POST", "v1/mailer", given) == {"success": True}
    letter = sink.last(_address(user))
    assert (letter.sender, letter.subject) == (_address(user), "News for Ann Other")
    assert f"Hello Ann ({_address(user)})" in letter.text


def test_mailer_should_throw_an_error_if_the_request_is_incorrect(mailing: Workspace) -> None:
    given = mailing_of(**{"from": 12345}, subject={}, dryrun=True)
    answer = mailing.admin.post("v1/mailer", given)
    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_mailer_should_throw_an_error_if_the_from_param_is_missing(mailing: Workspace) -> None:
    given = mailing_of()
    del given["from"]
    answer = mailing.admin.post("v1/mailer", given)
    fails(answer, "must have required property 'from'", "invalid-params")


def test_mailer_needs_an_address_a_way_out_and_a_query_that_is_one(mailing: Workspace) -> None:
    post = mailing.admin.post
    answer = post("v1/mailer", mailing_of(**{"from": "nobody"}))
    fails(answer, "Invalid from address", "error-invalid-from-address", FUNCTION)
    answer = post("v1/mailer", mailing_of(body="Test email body"))
    reason = "You must provide the [unsubscribe] link."
    fails(answer, reason, "error-missing-unsubscribe-link", FUNCTION)
    answer = post("v1/mailer", mailing_of(dryrun=True))
    fails(answer, "Invalid user", "error-invalid-user", FUNCTION)
    for query in ('{"$where": "1"}', "[", '{"services.password.bcrypt": {"$regex": "^x"}}'):
        answer = post("v1/mailer", mailing_of(query=query))
        fails(answer, f'Invalid query parameter provided: "{query}"', "error-invalid-query")


def test_everyone_who_is_picked_gets_one_letter_and_nobody_else(
    mailing: Workspace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailings, "AT_ONCE", 2)
    query, people = _group(mailing, 5)
    mailing.admin.ok("POST", "v1/mailer", mailing_of(query=query))
    for user in people:
        letter = sink.last(_address(user))
        unsubscribe = str(letter.message["List-Unsubscribe"]).strip(" <>")
        assert unsubscribe in letter.text
        assert f"/mailer/unsubscribe/{user['_id']}/" in unsubscribe
    mailing.settle()
    assert [len(sink.to(_address(user))) for user in people] == [1] * 5
    assert sink.to(_address(made(mailing))) == []


@pytest.mark.parametrize("way", ["rest", "ddp"])
def test_mailer_unsubscribe_ends_mailings_for_who_follows_the_link(
    mailing: Workspace, sink: Sink, way: str
) -> None:
    query, (stays, leaves) = _group(mailing, 2)
    mailing.admin.ok("POST", "v1/mailer", mailing_of(query=query))
    link = str(sink.last(_address(leaves)).message["List-Unsubscribe"]).strip(" <>")
    uid, created = link.split("/")[-2:]
    if way == "rest":
        given = {"_id": uid, "createdAt": created}
        assert mailing.person().ok("POST", "v1/mailer.unsubscribe", given) == {"success": True}
    else:
        assert invoke(mailing, None, "Mailer:unsubscribe", [uid, created]) == {"result": True}
    mailing.admin.ok("POST", "v1/mailer", mailing_of(query=query))
    sink.last(_address(stays), 2)
    mailing.settle()
    assert len(sink.to(_address(leaves))) == 1


def test_a_link_that_no_letter_had_unsubscribes_nobody(mailing: Workspace) -> None:
    user = made(mailing)
    for created in ("0", "never", "9" * 30, "1692284808957"):
        outcome = invoke(mailing, None, "Mailer:unsubscribe", [user["_id"], created])
        assert outcome == {"result": False}
    found = mailing.database["users"].find_one({"_id": user["_id"]}) or {}
    assert "mailer" not in found


@pytest.mark.parametrize("missing", ["_id", "createdAt"])
def test_mailer_unsubscribe_should_throw_an_error_if_a_param_is_missing(
    mailing: Workspace, missing: str
) -> None:
    given = {"_id": "x", "createdAt": "1"}
    del given[missing]
    answer = mailing.person().post("v1/mailer.unsubscribe", given)
    fails(answer, f"must have required property '{missing}'", "invalid-params")


def test_mailings_are_for_who_may_send_them(mailing: Workspace) -> None:
    answer = mailing.person().post("v1/mailer", mailing_of())
    assert (answer.status_code, answer.json()["error"]) == (
        403,
        "User does not have the permissions required for this action [error-unauthorized]",
    )
    error = invoke(mailing, mailing.person(), "Mailer.sendMail", list(mailing_of().values()))
    assert error["error"]["error"] == "error-not-allowed"
