"""Usernames: which are free, and what one could be called."""

from __future__ import annotations

from typing import Any

from contrail.domain import usernames
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, NoInput
from functions.account.finding import myself


class Wish(Input):
    username: str


def is_available(caller: Caller, wish: Wish, at: Instance) -> dict[str, Any]:
    return {"result": available(caller, wish, at)}


def available(caller: Caller, wish: Wish, at: Instance) -> bool:
    """One's own is. Raises `error-blocked-username` for one that nobody may have."""
    details = {"method": "setUsername"}
    if not wish.username:
        raise ChatError("error-invalid-username", "Invalid username", details)
    if caller.username and not at.setting("Accounts_AllowUsernameChange"):
        raise ChatError("error-not-allowed", "Not allowed", details)
    if caller.username == wish.username:
        return True
    return usernames.is_available(at, wish.username)


def suggestion(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    return {"result": suggested(caller, _, at)}


def suggested(caller: Caller, _: NoInput, at: Instance) -> str:
    return usernames.suggest(at, myself(at, caller))
