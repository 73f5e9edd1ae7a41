"""Coming into a room of one's own accord, past its join code."""

from __future__ import annotations

import hmac

from contrail.domain import members
from contrail.domain.instance import Instance
from contrail.ports.limits import Rule
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, TooManyRequests
from contrail.shapes.rows import Document

DETAILS = {"method": "joinRoom"}
TRIES = Rule("join codes", calls=10, window=3_600_000)
"""Codes that one person may try, right or wrong, in whatever room: they are short."""


def check_code(at: Instance, caller: Caller, room: Document, code: str | None = None) -> None:
    """Raises `error-code-required`, `error-code-invalid`, `TooManyRequests`."""
    if not room.get("joinCodeRequired") or at.allows(caller, "join-without-join-code"):
        return
    if not code:
        raise ChatError("error-code-required", "Code required", DETAILS)
    if not at.environment.test_mode and (count := at.limits.hit(caller.uid, [TRIES])).wait:
        raise TooManyRequests(count.wait)
    stored = str(room.get("joinCode") or "")
    if not hmac.compare_digest(stored.encode(), code.encode()):
        raise ChatError("error-code-invalid", "Invalid Room Password", DETAILS)


def enter(at: Instance, caller: Caller, room: Document, code: str | None = None) -> bool:
    """Make the caller a member of a room that is open to them; False when they are one already.

    Raises as `check_code`. Who was invited comes in by `members.join`, which asks for none.
    """
    check_code(at, caller, room, code)
    return members.join(at, caller, room)
