"""Examples for what sends mail: see `doors.py`."""

from __future__ import annotations

import atexit
from functools import cache
from typing import Any

from contrail.domain.tokens import hash_token
from tests.support.example import OK, VOID, Example, admin, nobody
from tests.support.scene import Scene, fresh, is_moment
from tests.support.smtp import Sink, temporary
from tests.support.workspace import Json, Person, Workspace

SESSION: Json = {"id": str, "token": str, "tokenExpires": is_moment, "type": "password"}


@cache
def _sink() -> Sink:
    """One for all examples of a test process, and gone with it."""
    made = temporary()
    atexit.register(made.stop)
    return made


def _sending(workspace: Workspace) -> None:
    """Have the workspace send mail from now on, if it does not yet."""
    known = workspace.database["rocketchat_settings"].find_one({"_id": "SMTP_Host"})
    if known is None or known["value"] != "127.0.0.1":
        _sink().serve(workspace)


def _address(scene: Scene) -> str:
    return f"{scene.other.username}@example.com"


def _welcomed(scene: Scene) -> Json:
    _sending(scene.workspace)
    return {"email": _address(scene)}


def _verified(scene: Scene) -> Person:
    """Someone made for a second factor, with a verified address."""
    person = scene.workspace.person(verified=True)
    assert person.ok("GET", "v1/me")["emails"][0]["verified"]
    return person


def _reset(scene: Scene) -> list[Any]:
    """A link of the scene's other person, who then has the password again that they had."""
    link = {"email": _address(scene), "when": scene.workspace.runtime.clock.now()}
    return [_linked(scene, "services.password.reset", link, listed=False), fresh("Secret-")]


def _verification(scene: Scene) -> list[Any]:
    link = {"address": _address(scene), "when": scene.workspace.runtime.clock.now()}
    return [_linked(scene, "services.email.verificationTokens", link, listed=True)]


def _linked(scene: Scene, place: str, link: Json, *, listed: bool) -> str:
    token = fresh("link")
    whole = {**link, "hashedToken": hash_token(token)}
    change = {"$set": {place: [whole] if listed else whole}}
    # Someone else's, so that no login that others use ends.
    person = scene.workspace.person()
    emails = [{"address": f"{person.username}@example.com", "verified": False}]
    whole["email" if "email" in link else "address"] = emails[0]["address"]
    scene.workspace.database["users"].update_one({"_id": person.id}, change)
    return token


def _mailing(scene: Scene) -> Json:
    _sending(scene.workspace)
    me = scene.workspace.admin.ok("GET", "v1/me")["emails"][0]["address"]
    return {"from": me, "subject": "News", "body": "Leave: [unsubscribe]", "dryrun": True}


def _reader(scene: Scene) -> Json:
    """Someone whose letters' link says so."""
    user = scene.workspace.database["users"].find_one({"_id": scene.other.id})
    assert user is not None
    return {"_id": user["_id"], "createdAt": str(round(user["createdAt"].timestamp() * 1000))}


def _tested(scene: Scene) -> list[Any]:
    _sending(scene.workspace)
    return []


REST: dict[str, Example] = {
    "POST v1/users.forgotPassword": Example(OK, lambda scene: {"email": _address(scene)}, nobody),
    "POST v1/users.sendConfirmationEmail": Example(OK, lambda scene: {"email": _address(scene)}),
    "POST v1/users.sendWelcomeEmail": Example(OK, _welcomed, admin),
    "POST v1/users.2fa.enableEmail": Example(OK, sender=_verified),
    "POST v1/users.2fa.disableEmail": Example(OK),
    "POST v1/users.2fa.sendEmailCode": Example(
        OK, lambda scene: {"emailOrUsername": scene.other.username}, nobody
    ),
    "GET v1/smtp.check": Example({"isSMTPConfigured": bool, **OK}),
    "POST v1/mailer": Example(OK, _mailing, admin),
    "POST v1/mailer.unsubscribe": Example(OK, _reader),
}

METHODS: dict[str, Example] = {
    "sendForgotPasswordEmail": Example(True, lambda scene: [_address(scene)], nobody),
    "forgotPassword": Example(VOID, lambda scene: [{"email": _address(scene)}], nobody),
    "sendConfirmationEmail": Example(True, lambda scene: [_address(scene)], nobody),
    "verifyEmail": Example(SESSION, _verification, nobody),
    "afterVerifyEmail": Example(VOID, lambda scene: []),
    "resetPassword": Example(SESSION, _reset, nobody),
    "sendSMTPTestEmail": Example({"message": "Sending_your_mail_to_s", "params": [str]}, _tested),
    "Mailer.sendMail": Example(VOID, lambda scene: list(_mailing(scene).values()), admin),
    "Mailer:unsubscribe": Example(True, lambda scene: list(_reader(scene).values()), nobody),
}
