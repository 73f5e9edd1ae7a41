"""Codes by mail as a second factor of one's own account."""

from __future__ import annotations

from contrail.domain import logouts
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import NoInput
from contrail.shapes.people_facts import UserChanged
from functions.account.finding import myself


def enable(caller: Caller, _: NoInput, at: Instance) -> None:
    """Every other login ends. Raises `error-invalid-user` while an address is unverified."""
    known = myself(at, caller).get("emails") or ()
    if not known or any(not address.get("verified") for address in known):
        reason = "You need to verify your emails before setting up 2FA"
        raise ChatError("error-invalid-user", reason)
    _set(at, caller, enabled=True)
    logouts.end_others(at, caller, caller.uid, caller.token_hash)


def disable(caller: Caller, _: NoInput, at: Instance) -> None:
    _set(at, caller, enabled=False)


def _set(at: Instance, caller: Caller, *, enabled: bool) -> None:
    at.store.mail_tokens.set_email_factor(caller.uid, enabled, at.now())
    diff = {"services.email2fa.enabled": enabled}
    at.publish(
        UserChanged(
            uid=caller.uid, diff=diff, nonce=random_id(), correlation_id=caller.correlation_id
        )
    )
