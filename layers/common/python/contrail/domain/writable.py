"""Whether someone may write in a room that they may enter."""

from __future__ import annotations

from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError

READ_ONLY = "You can't send messages because the room is readonly."
MUTED = "You_have_been_muted"


def check_writable(at: Instance, caller: Caller, standing: Standing) -> None:
    """Raises `room_is_archived`, `room_is_blocked`, for a read-only room and for who is muted."""
    check_not_closed(standing)
    if not may_write_read_only(at, caller, standing):
        raise ChatError(None, READ_ONLY)
    if is_muted(caller, standing):
        raise ChatError(None, MUTED)


def check_reactable(at: Instance, caller: Caller, standing: Standing) -> None:
    """The same for reactions, which a read-only room may allow."""
    check_not_closed(standing)
    free = bool(standing.room.get("reactWhenReadOnly"))
    if not free and not may_write_read_only(at, caller, standing):
        raise ChatError(None, READ_ONLY)


def check_not_closed(standing: Standing) -> None:
    """Raises for an archived room, and for a direct one where one of the two blocks the other."""
    if standing.room.get("archived"):
        raise ChatError(None, "room_is_archived")
    blocks = standing.subscription or {}
    if standing.room["t"] == "d" and (blocks.get("blocked") or blocks.get("blocker")):
        raise ChatError(None, "room_is_blocked")


def may_write_read_only(
    at: Instance, caller: Caller, standing: Standing, username: str | None = None
) -> bool:
    """True where the room is not read-only. Whoever is called `username`, by default the caller,
    may have been let write there all the same.
    """
    room = standing.room
    name = caller.username if username is None else username
    if not room.get("ro") or name in (room.get("unmuted") or ()):
        return True
    return at.allows(caller, "post-readonly", standing.roles)


def is_muted(caller: Caller, standing: Standing) -> bool:
    return caller.username in (standing.room.get("muted") or ())
