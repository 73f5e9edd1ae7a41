"""Mail that follows from what people and admins do, and what it costs those who wait."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contrail.domain import mail
from contrail.shapes.caller import Caller
from functions.mail import asked
from tests.support.lines import logged
from tests.support.people import edited, fails, made, new, register, stored
from tests.support.scene import fresh, invoke, without
from tests.support.settings import setting
from tests.support.smtp import Sink
from tests.support.strict import BOSS
from tests.support.workspace import Json, Workspace


def _address(user: Json) -> str:
    return str(user["emails"][0]["address"])


def welcome(workspace: Workspace, **given: Any) -> Any:
    return workspace.admin.post("v1/users.sendWelcomeEmail", given)


def test_send_welcome_email_should_send_welcome_email_to_user(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing)
    assert welcome(mailing, email=_address(user)).json() == {"success": True}
    assert sink.last(_address(user)).subject == "Welcome to Rocket.Chat"


def test_send_welcome_email_should_fail_due_to_missing_param(mailing: Workspace) -> None:
    fails(welcome(mailing), "must have required property 'email'", "invalid-params")


def test_send_welcome_email_should_fail_due_to_missing_user(mailing: Workspace) -> None:
    answer = welcome(mailing, email=f"{fresh('n')}@example.com")
    fails(answer, "Invalid user", "error-invalid-user", {"method": "sendWelcomeEmail"})


def test_without_a_mail_server_a_welcome_is_refused_and_smtp_check_says_so(
    workspace: Workspace, mailing: Workspace
) -> None:
    assert mailing.person().ok("GET", "v1/smtp.check")["isSMTPConfigured"] is True
    with setting(workspace, "SMTP_Host", ""):
        answer = welcome(workspace, email=_address(made(workspace)))
        details = {"method": "sendWelcomeEmail"}
        fails(answer, "SMTP is not configured", "error-email-send-failed", details)
        assert workspace.person().ok("GET", "v1/smtp.check")["isSMTPConfigured"] is False


def test_whoever_is_made_with_a_welcome_gets_one_with_what_they_need_to_log_in(
    mailing: Workspace, sink: Sink
) -> None:
    body = "<p>[name], [email]: [password]</p>"
    with setting(mailing, "Accounts_UserAddedEmail_Email", body):
        user = made(mailing, sendWelcomeEmail=True, name="Ann & Co", password="first-one")
        letter = sink.last(_address(user))
    assert letter.text.startswith(f"Ann & Co, {_address(user)}: first-one")
    assert "Ann &amp; Co" in letter.html


def test_a_password_that_was_made_up_is_told_to_its_owner_alone(
    mailing: Workspace, sink: Sink
) -> None:
    user = made(mailing, setRandomPassword=True)
    first = sink.last(_address(user)).text
    edited(mailing, user["_id"], setRandomPassword=True)
    second = sink.last(_address(user), 2).text
    passwords = [text.partition("It is ")[2].partition(" until")[0] for text in (first, second)]
    statuses = [
        mailing.http("POST", "v1/login", json={"user": user["username"], "password": one})
        for one in passwords
    ]
    assert [one.status_code for one in statuses] == [401, 200]


def test_the_activated_and_the_deactivated_hear_of_it(mailing: Workspace, sink: Sink) -> None:
    user = made(mailing)
    for count, active, word in ((1, False, "deactivated"), (2, True, "activated")):
        given = {"userId": user["_id"], "activeStatus": active}
        mailing.admin.ok("POST", "v1/users.setActiveStatus", given)
        letter = sink.last(_address(user), count)
        assert letter.subject == f"Rocket.Chat: your account was {word}"
    with setting(mailing, "Accounts_Send_Email_When_Deactivating", False):
        given = {"userId": user["_id"], "activeStatus": False}
        mailing.admin.ok("POST", "v1/users.setActiveStatus", given)
        mailing.settle()
    assert len(sink.to(_address(user))) == 2


def test_admins_hear_of_who_waits_for_approval_and_they_of_being_let_in(
    mailing: Workspace, sink: Sink
) -> None:
    admin = _address(stored(mailing, mailing.admin.id))
    before, given = len(sink.to(admin)), new(name="Newcomer")
    with setting(mailing, "Accounts_ManuallyApproveNewUsers", True):
        user = register(mailing, **given, reason="I <b>fly</b>").json()["user"]
    letter = sink.last(admin, before + 1)
    assert letter.subject == "Rocket.Chat: someone waits for approval"
    assert f"Newcomer ({given['email']})" in letter.text
    assert "I <b>fly</b>" in letter.text
    assert "I &lt;b&gt;fly" in letter.html
    given = {"userId": user["_id"], "activeStatus": True, **given}
    mailing.admin.ok("POST", "v1/users.setActiveStatus", given)
    mailing.settle()
    subjects = [one.subject for one in sink.to(given["email"])]
    assert "Rocket.Chat: your account was approved" in subjects


def test_admins_hear_of_who_waits_once_though_telling_them_is_tried_again(
    mailing: Workspace, sink: Sink
) -> None:
    address, item = _address(stored(mailing, mailing.admin.id)), fresh("item")
    before = len(sink.to(address))
    work: Json = {"values": {"newcomer": "Ann", "newcomer_email": "", "reason": ""}}
    for _ in range(3):
        asked.approvals(mailing.runtime.instances["mail"], Caller(), work, item=item)
    mailing.settle()
    assert len(sink.to(address)) == before + 1


@pytest.mark.parametrize(
    ("path", "word"), [("users.resetTOTP", "authenticator"), ("users.resetE2EKey", "encryption")]
)
def test_who_loses_a_key_or_a_factor_by_another_hears_of_it(
    mailing: Workspace, sink: Sink, path: str, word: str
) -> None:
    user = made(mailing, verified=True)
    change = {"$set": {"services.totp": {"enabled": True, "secret": "x"}}}
    mailing.database["users"].update_one({"_id": user["_id"]}, change)
    mailing.admin.ok("POST", f"v1/{path}", {"userId": user["_id"]})
    assert word in sink.last(_address(user)).subject


def test_an_invitation_leads_to_the_workspace(mailing: Workspace, sink: Sink) -> None:
    address = f"{fresh('i')}@example.com"
    mail.invite(mailing.runtime.instances["account"], Caller(), address)
    letter = sink.last(address)
    assert letter.subject == "You are invited to Rocket.Chat"
    assert mailing.runtime.environment.root_url in letter.text


def test_an_admin_sees_at_once_whether_mail_can_be_sent(mailing: Workspace, sink: Sink) -> None:
    address = _address(stored(mailing, mailing.admin.id))
    before = len(sink.to(address))
    result = invoke(mailing, mailing.admin, "sendSMTPTestEmail", [])["result"]
    assert result == {"message": "Sending_your_mail_to_s", "params": [address]}
    assert len(sink.to(address)) == before + 1
    with setting(mailing, "SMTP_Port", "1"):
        error = invoke(mailing, mailing.admin, "sendSMTPTestEmail", [])["error"]
    assert error["error"] == "error-email-send-failed"
    assert error["reason"].startswith("Error trying to send email: the mail server")


def test_a_mail_server_that_hangs_delays_nobody(
    new_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    silent = Sink(tmp_path, silent=True)
    workspace = new_workspace(overwrites=silent.overwrites)
    try:
        user, began = made(workspace), time.monotonic()
        for _ in range(3):
            given = {"email": _address(user)}
            workspace.http("POST", "v1/users.forgotPassword", json=given)
            workspace.login(user["username"], "secret")
        assert time.monotonic() - began < 9
    finally:
        silent.stop()


def test_a_letter_that_the_server_does_not_take_now_is_sent_later(
    new_workspace: Callable[..., Workspace], tmp_path: Path
) -> None:
    busy = Sink(tmp_path, refuses=450, times=1)
    workspace = new_workspace(overwrites=busy.overwrites)
    try:
        user = made(workspace)
        given = {"email": _address(user)}
        workspace.http("POST", "v1/users.forgotPassword", json=given)
        letter = busy.last(_address(user))
        assert "result" in invoke(workspace, None, "resetPassword", [letter.token, "brand-new-1"])
    finally:
        busy.stop()


def test_no_log_line_and_no_queue_holds_a_secret(
    new_workspace: Callable[..., Workspace], sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    overwrites = {**sink.overwrites, "SMTP_Password": "hunter2", "SMTP_Username": ""}
    workspace = new_workspace(test_mode=False, overwrites=overwrites, **BOSS)
    boss = workspace.login("boss", "secret")
    queued: list[str] = []
    enqueue = workspace.runtime.bus.enqueue

    def watched(queue: str, body: str, **more: Any) -> None:
        queued.append(json.dumps([queue, body, {k: str(v) for k, v in more.items()}]))
        enqueue(queue, body, **more)

    monkeypatch.setattr(workspace.runtime.bus, "enqueue", watched)
    with logged(logging.INFO) as found:
        body = {**new(sendWelcomeEmail=True, password="first-one", verified=True)}
        with_password = "<p>[password]</p>"
        workspace.database["rocketchat_settings"].update_one(
            {"_id": "Accounts_UserAddedEmail_Email"}, {"$set": {"value": with_password}}
        )
        boss.ok("POST", "v1/users.create", body)
        sink.last(body["email"])
        workspace.http("POST", "v1/users.forgotPassword", json={"email": body["email"]})
        link = sink.last(body["email"], 2).token
        credentials = {"user": body["username"], "password": "first-one"}
        assert workspace.http("POST", "v1/login", json=credentials).status_code == 401
        text = sink.last(body["email"], 3).text
        code = text.partition(":")[2].split()[0]
        invoke(workspace, None, "resetPassword", [link, "brand-new-1"])
        workspace.settle()
    lines, items = found.text, "\n".join(queued)
    assert '"mail sent"' in lines
    assert "mails" in items
    secrets = ("first-one", link, code, code.replace("-", ""), "brand-new-1", "hunter2", "$2b$")
    for secret in secrets:
        assert secret not in lines, secret
        assert secret not in items, secret
    assert body["email"] not in lines


def test_the_welcome_needs_its_permission(mailing: Workspace) -> None:
    with without(mailing, "send-mail", "admin"):
        answer = welcome(mailing, email="a@example.com")
    assert (answer.status_code, answer.json()["error"]) == (
        403,
        "User does not have the permissions required for this action [error-unauthorized]",
    )
