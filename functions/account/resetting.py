"""A new password, for who was sent a link by mail or knows the old one."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain import blocking, logouts, mail_links, passwords, sessions, twofactor
from contrail.domain.blocking import Attempt
from contrail.domain.instance import Instance
from contrail.domain.users import digest, password_matches
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.account.changing import apply
from functions.account.credentials import Digest
from functions.account.finding import myself

EXPIRED = ChatError(403, "Token expired")
UNKNOWN = ChatError(403, "Token has invalid email address")


class Reset(Input):
    """A password that comes as its digest cannot be held against the workspace's policy."""

    token: str = Field(max_length=256)
    newPassword: str | Digest


class Change(Input):
    oldPassword: str | Digest
    newPassword: str | Digest


def change_password(caller: Caller, given: Change, at: Instance) -> dict[str, bool]:
    """`{passwordChanged}`. Every other login of the user ends. Raises 403 for a wrong old password,
    which counts as a failed login, `error-password-policy-not-met` and the like.
    """
    user, old = myself(at, caller), given.oldPassword
    if not at.setting("Accounts_AllowPasswordChange"):
        raise ChatError("error-not-allowed", "Not allowed", {"method": "changePassword"})
    if not user.get("services", {}).get("password", {}).get("bcrypt"):
        raise ChatError(403, "User has no password set")
    right = password_matches(user, digest(old) if isinstance(old, str) else old.digest.lower())
    attempt = Attempt(str(user.get("username") or ""), caller.address, user["_id"])
    if not blocking.counted(at, attempt, right=right):
        raise ChatError(403, "Incorrect password")
    fields = _password(at, user, given.newPassword, "changePassword")
    apply(at, caller, user, {**fields, "requirePasswordChange": False})
    logouts.end_others(at, caller, caller.uid, caller.token_hash)
    return {"passwordChanged": True}


def reset_password(caller: Caller, given: Reset, at: Instance) -> dict[str, Any]:
    """`{id, token, tokenExpires, type}`. Every other login of the user ends.

    The address that the link went to is verified with it. Whoever has an authenticator app is
    refused with `totp-required` then: they log in with the new password and a code. Raises 403
    for a link that is unknown, was used or is too old, `error-password-policy-not-met` and the
    like before anything changes.
    """
    found = mail_links.find_reset(at, given.token) if at.setting("Accounts_PasswordReset") else None
    if found is None:
        raise EXPIRED
    user, link = found
    place = mail_links.place_of(user, link.get("email"))
    if link.get("email") and place is None:
        raise UNKNOWN
    sessions.refuse_inactive(user)
    fields = {
        **_password(at, user, given.newPassword, "resetPassword"),
        "requirePasswordChange": False,
    }
    fields["_updatedAt"] = at.now()
    changed = at.store.mail_tokens.use_reset(user["_id"], link, fields, place)
    if changed is None:
        raise EXPIRED
    logouts.end_all(at, caller, user["_id"])
    # Whoever reads the mail has shown more than the password that others guessed at.
    attempt = Attempt(str(user.get("username") or ""), caller.address, user["_id"])
    blocking.forgive(at, attempt)
    if twofactor.asked_beside_mail(at, changed):
        raise twofactor.refused_at_login(at, caller, changed, "") or EXPIRED
    return sessions.start(at, caller, changed["_id"], "password")[0].model_dump()


def _password(at: Instance, user: Document, given: str | Digest, method: str) -> Document:
    if isinstance(given, str):
        passwords.check(at, given)
        hexdigest = digest(given)
    else:
        hexdigest = given.digest.lower()
        passwords.refuse_digest(at, hexdigest)
    passwords.refuse_used_digest(at, user, hexdigest, method)
    return passwords.change_to_digest(at, user, hexdigest)
