"""Changes of a user document that admins and people themselves make alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pymongo.errors import DuplicateKeyError

from contrail.domain import emails, mail, users
from contrail.domain.instance import Instance
from contrail.domain.listening import end_refused
from contrail.domain.passwords import BCRYPT
from contrail.domain.roles import ADMIN, keep_an_admin
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.people_facts import UserChanged
from contrail.shapes.rows import Document
from contrail.store.mail_tokens import LINKS, RESET

LONGEST_BIO, LONGEST_NICKNAME, LONGEST_STATUS = 260, 120, 120
UNTOLD = ("services.", "_contrail")
"""Fields that no client hears of."""


def text_fields(bio: str | None, nickname: str | None, status: str | None) -> Document:
    """Those given, as they are stored. Raises `error-bio-size-exceeded` and the like."""
    fields: Document = {}
    details = {"method": "saveUserProfile"}
    if bio is not None:
        if len(bio) > LONGEST_BIO:
            reason = f"Bio size exceeds {LONGEST_BIO} characters"
            raise ChatError("error-bio-size-exceeded", reason, details)
        fields["bio"] = bio.strip()
    if nickname is not None:
        if len(nickname) > LONGEST_NICKNAME:
            reason = f"Nickname size exceeds {LONGEST_NICKNAME} characters"
            raise ChatError("error-nickname-size-exceeded", reason, details)
        fields["nickname"] = nickname.strip()
    if status is not None:
        fields["statusText"] = status.strip()[:LONGEST_STATUS]
    return fields


def new_address(at: Instance, user: Document, email: str, *, verified: bool) -> Document:
    """The fields that give a user this address alone; none when it is theirs already."""
    address = emails.check(at, email)
    if _address(user).lower() == address:
        return {"emails.0.verified": True} if verified else {}
    other = at.store.users.by_email(address, {"_id": 1})
    if other is not None and other["_id"] != user["_id"]:
        raise users.in_use(email)
    return {"emails": [{"address": address, "verified": verified}]}


def apply(at: Instance, caller: Caller, user: Document, fields: Document) -> Document:
    """Store the fields and tell the user's clients. The user after it.

    Who loses a role loses what it let them listen to; the last admin stays one.
    """
    if not fields:
        return user
    uid, fields = user["_id"], {**fields, "_updatedAt": at.now()}
    unset = [*_overtaken(fields)]
    roles = fields.get("roles")
    lost = set(user.get("roles") or ()) - set(roles) if roles is not None else set()
    if ADMIN in lost:
        demoted = {"roles": roles}
        keep_an_admin(at, uid, lambda session: at.store.users.set(uid, demoted, session))
    try:
        changed = at.store.users.change(uid, fields, unset)
    except DuplicateKeyError as error:
        raise users.taken(error, "", _address(fields)) from None
    if changed is None:
        raise ChatError("error-invalid-user", "Invalid user")
    if lost:
        end_refused(at, caller, uid, list(roles or ()))
    if "customFields" in fields:
        at.store.copies.set_custom_fields(uid, fields["customFields"])
    _tell(at, caller, uid, fields, unset)
    if "emails" in fields:
        _tell_addresses(at, caller, user, fields["emails"][0])
    return changed


def _overtaken(fields: Document) -> Iterator[str]:
    """What goes when these fields are set: mailed links above all, which would undo them."""
    if fields.get("requirePasswordChange") is False:
        yield "requirePasswordChangeReason"
    if BCRYPT in fields:
        yield RESET
    if BCRYPT in fields or "emails" in fields or fields.get("emails.0.verified"):
        yield LINKS


def _tell_addresses(at: Instance, caller: Caller, user: Document, new: Document) -> None:
    """The address before hears of it, and the new one is to be verified."""
    before, name = _address(user), str(user.get("name") or user.get("username") or "")
    if before:
        values = {"email": new["address"]}
        mail.post(at, caller, "email-changed", before, name=name, values=values)
    if not new["verified"]:
        mail.ask_verification(at, caller, new["address"])


def _tell(at: Instance, caller: Caller, uid: str, fields: Document, unset: list[str]) -> None:
    diff: dict[str, Any] = {k: v for k, v in fields.items() if not k.startswith(UNTOLD)}
    fact = UserChanged(
        uid=uid,
        diff=diff,
        unset=tuple(name for name in unset if not name.startswith(UNTOLD)),
        nonce=random_id(),
        correlation_id=caller.correlation_id,
    )
    at.publish(fact)


def _address(fields: Document) -> str:
    first: Document = next(iter(fields.get("emails") or ()), {})
    return str(first.get("address", ""))
