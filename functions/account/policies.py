"""Passwords: what the workspace asks of them, and changing one's own."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain import logouts, mail_links, passwords
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input, NoInput
from functions.account.changing import apply
from functions.account.finding import myself


class Reset(Input):
    token: str = Field(max_length=256)


class Token(Input):
    token: str | None = Field(None, max_length=256)


class PolicyMethod(Input):
    params: Token | None = None


class NewPassword(Input):
    password: str = Field(max_length=passwords.LONGEST)


def policy(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    return passwords.policy(at)


def policy_of_reset(caller: Caller, reset: Reset, at: Instance) -> dict[str, Any]:
    """For who resets a password and is not logged in: the token of the mail lets them ask."""
    if not mail_links.is_reset(at, reset.token):
        raise Forbidden
    return passwords.policy(at)


def policy_method(caller: Caller, given: PolicyMethod, at: Instance) -> dict[str, Any]:
    token = given.params.token if given.params else None
    if not caller.logged_in and not mail_links.is_reset(at, token or ""):
        raise ChatError("error-invalid-user", "Invalid user", {"method": "getPasswordPolicy"})
    return passwords.policy(at)


def set_password(caller: Caller, given: NewPassword, at: Instance) -> None:
    """For who was told to choose another password, and only then."""
    user, details = myself(at, caller), {"method": "setUserPassword"}
    if not user.get("requirePasswordChange"):
        raise ChatError("error-not-allowed", "Not allowed", details)
    passwords.refuse_used(at, user, given.password, "setUserPassword")
    passwords.check(at, given.password)
    fields = {**passwords.change_of(at, user, given.password), "requirePasswordChange": False}
    apply(at, caller, user, fields)
    logouts.end_others(at, caller, caller.uid, caller.token_hash)
