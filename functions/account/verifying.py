"""Addresses that their readers confirmed."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain import mail_links, sessions, twofactor
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.people_facts import UserChanged
from functions.account.changing import apply
from functions.account.finding import myself

EXPIRED = ChatError(403, "Verify email link expired")
UNKNOWN = ChatError(403, "Verify email link is for unknown address")
GIVEN_UP = {"anonymous": "user"}
"""Roles that end with a verified address, and what follows them."""


class Link(Input):
    token: str = Field(max_length=256)


def verify_email(caller: Caller, link: Link, at: Instance) -> dict[str, Any]:
    """`{id, token, tokenExpires, type}`: a fresh link logs in where nothing more is asked for.

    Who has a second factor, or comes with an older link, is refused with `verify-email` once the
    address is verified. Raises 403 for a link that is unknown, was used or is too old.
    """
    found = mail_links.find_verification(at, link.token)
    if found is None:
        raise EXPIRED
    user, known = found
    place = mail_links.place_of(user, known.get("address"))
    if place is None:
        raise UNKNOWN
    changed = at.store.mail_tokens.use_verification(user["_id"], known, place, at.now())
    if changed is None:
        raise EXPIRED
    at.publish(
        UserChanged(
            uid=user["_id"],
            diff={"emails": changed["emails"]},
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
    )
    sessions.refuse_inactive(changed)
    if twofactor.asked_at_login(at, changed) or not mail_links.opens(at, user, known, place):
        raise ChatError("verify-email", "E-mail verified")
    return sessions.start(at, caller, changed["_id"], "password")[0].model_dump()


def after_verifying(caller: Caller, _: NoInput, at: Instance) -> None:
    """Whoever was anonymous is a user from now on, if an address of theirs is verified."""
    user = myself(at, caller)
    roles = list(user.get("roles") or ())
    verified = any(address.get("verified") for address in user.get("emails") or ())
    if verified and set(roles) & set(GIVEN_UP):
        after = dict.fromkeys(GIVEN_UP.get(role, role) for role in roles)
        apply(at, caller, user, {"roles": list(after)})
