"""The only door to a room."""

from __future__ import annotations

from dataclasses import dataclass

from contrail.domain import teams
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document


@dataclass(frozen=True, slots=True)
class Standing:
    """A caller in a room. `message` is the one asked for along the way, if it exists."""

    room: Document
    subscription: Document | None
    message: Document | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple((self.subscription or {}).get("roles") or ())


def find_standing(at: Instance, caller: Caller, rid: str, mid: str = "") -> Standing | None:
    """One command for a member, two or three for anyone else. None when there is no such room."""
    found = at.store.subscriptions.standing(caller.uid, rid, mid) if caller.logged_in else None
    if found:
        room, message = found.pop("room"), found.pop("message")
        return Standing(room, found, message) if room else None
    room = at.store.rooms.by_id(rid)
    if room is None:
        return None
    return Standing(room, None, at.store.messages.by_id(mid) if mid else None)


def is_public(room: Document) -> bool:
    """Open to who is not in it. A team's channels are for its members, for all we know here."""
    return room["t"] == "c" and "teamId" not in room


def may_enter(at: Instance, caller: Caller, standing: Standing) -> bool:
    """A member may; anyone with view-c-room may look into a public channel, and into the channels
    of a public team or of their own. Who may enter a room may enter its discussions.
    """
    if standing.subscription is not None:
        return standing.room["t"] != "c" or _may_see_own(at, caller, standing)
    room = standing.room
    if room["t"] == "c" and _may_look(at, caller) and _is_open(at, caller, room):
        return True
    return bool(room.get("prid")) and _may_enter_parent(at, caller, room["prid"])


def _is_open(at: Instance, caller: Caller, room: Document) -> bool:
    return is_public(room) or teams.opens_to(at, caller.uid, room["teamId"])


def _may_look(at: Instance, caller: Caller) -> bool:
    """Into what is open to all."""
    if not caller.logged_in and not at.setting("Accounts_AllowAnonymousRead"):
        return False
    return at.allows(caller, "view-c-room")


def _may_enter_parent(at: Instance, caller: Caller, rid: str) -> bool:
    """Whether the room that a discussion belongs to is open to the caller; it is none itself."""
    parent = find_standing(at, caller, rid)
    return parent is not None and "prid" not in parent.room and may_enter(at, caller, parent)


def _may_see_own(at: Instance, caller: Caller, standing: Standing) -> bool:
    roles = standing.roles
    return at.allows(caller, "view-joined-room", roles) or at.allows(caller, "view-c-room", roles)


def access_room(
    at: Instance,
    caller: Caller,
    rid: str,
    mid: str = "",
    *,
    refuse: ChatError | None = None,
    missing: ChatError | None = None,
) -> Standing:
    """The caller's standing in a room that is open to them.

    Raises `missing` (by default `refuse`, so that nobody learns which rooms exist) when there is
    no such room and `refuse` when it is closed to the caller.
    """
    standing = find_standing(at, caller, rid, mid)
    if standing is not None and may_enter(at, caller, standing):
        return standing
    refuse = refuse or ChatError(None, "error-not-allowed")
    raise refuse if standing is not None else missing or refuse
