"""What stands between proving who one is and being logged in."""

from __future__ import annotations

from collections.abc import Callable

from contrail.domain import blocking, sessions, twofactor
from contrail.domain.blocking import Attempt
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.rows import Document


def attempt_of(caller: Caller, user: Document) -> Attempt:
    return Attempt(str(user.get("username") or user["_id"]), caller.address, user["_id"])


def admit(
    at: Instance,
    caller: Caller,
    user: Document,
    code: str,
    check: Callable[[], None] | None = None,
) -> None:
    """Blockings, the account's own state and what `check` is about, and a second factor.

    Raises `LoginRefused`. What failed before counts no more afterwards.
    """
    attempt = attempt_of(caller, user)
    to_forgive = blocking.judge(at, attempt)
    sessions.refuse_inactive(user)
    if check is not None:
        check()
    if twofactor.asked_at_login(at, user):
        refusal = twofactor.refused_at_login(at, caller, user, code)
        if refusal is not None:
            if code:
                blocking.failed(at, attempt)
            raise refusal
        to_forgive = blocking.judge(at, attempt)
    if to_forgive:
        blocking.forgive(at, attempt)
