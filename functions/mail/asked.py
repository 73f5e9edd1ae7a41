"""What was asked for without saying of whom: the person is looked up here, out of sight."""

from __future__ import annotations

from typing import Any

from contrail.domain import mail, mail_codes, mail_links
from contrail.domain.instance import Instance
from contrail.domain.mail_composing import compose
from contrail.ports.mail import Letter
from contrail.shapes.caller import Caller
from contrail.shapes.rows import Document


def reset(at: Instance, address: str, *, again: bool) -> Letter | None:
    """A link that resets the password of whose address it is; a new one each time it is tried."""
    user = at.store.users.by_email(address)
    if user is None or not _may_reset(at, user):
        return None
    known = (user.get("services", {}).get("password") or {}).get("reset")
    if mail_links.sent_just_now(at, known) and not again:
        return None
    to = _as_stored(user, address)
    url = mail_links.new_reset(at, user["_id"], to)
    return _linked(at, "reset", user, to, {"Forgot_Password_Url": url}) if url else None


def verification(at: Instance, address: str, *, again: bool) -> Letter | None:
    """A link that verifies the address, if that is still to be done."""
    user = at.store.users.by_email(address)
    if user is None:
        return None
    to = _as_stored(user, address)
    if any(one["address"] == to and one.get("verified") for one in user["emails"]):
        return None
    sent = (user.get("services", {}).get("email") or {}).get("verificationTokens") or []
    mine = [one for one in sent if one.get("address") == to]
    if not again and any(mail_links.sent_just_now(at, one) for one in mine):
        return None
    url = mail_links.new_verification(at, user["_id"], to)
    return _linked(at, "verification", user, to, {"Verification_Url": url}) if url else None


def code(at: Instance, caller: Caller, work: dict[str, Any], *, again: bool) -> None:
    """A new code for the second factor of who uses one. Anyone can ask for it, by a name."""
    user = _named(at, work)
    if user is None or not mail_codes.offered(at, user):
        return
    if again or not mail_codes.waits(at, user):
        mail_codes.send(at, caller, user)


def approvals(at: Instance, caller: Caller, work: dict[str, Any], *, item: str) -> None:
    """A letter to every admin: someone waits to be let in. Once each, however often it is tried."""
    values: dict[str, str] = work["values"]
    kind = "approval-with-reason" if values.get("reason") else "approval"
    for admin in at.store.mail_tokens.admins():
        mail.tell(at, caller, kind, admin, values=values, dedup=f"{item}:{admin['_id']}")


def _may_reset(at: Instance, user: Document) -> bool:
    """Whoever comes from elsewhere has no password here, unless the workspace gives them one."""
    has_password = bool((user.get("services", {}).get("password") or {}).get("bcrypt"))
    return has_password or bool(at.setting("Accounts_AllowPasswordChangeForOAuthUsers"))


def _named(at: Instance, work: dict[str, Any]) -> Document | None:
    if "uid" in work:
        return at.store.users.by_id(work["uid"])
    named = str(work["named"])
    by = at.store.users.by_email if "@" in named else at.store.users.by_username
    return by(named)


def _as_stored(user: Document, address: str) -> str:
    """The user's address in the letters' case in which it is stored."""
    known = mail.addresses(user)
    return next((one for one in known if one.lower() == address.lower()), address)


def _linked(
    at: Instance, kind: str, user: Document, to: str, values: dict[str, str]
) -> Letter | None:
    name = str(user.get("name") or user.get("username") or "")
    return compose(at, kind, to, name=name, values=values)
