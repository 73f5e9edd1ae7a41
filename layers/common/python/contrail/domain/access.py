"""The only door to a room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest

from contrail.domain import teams
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

READABLE = ("_id", "t", "teamId", "prid")


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


def find_standings(at: Instance, caller: Caller, rids: Iterable[str]) -> dict[str, Standing]:
    """By room, those that exist, each with what says who may read it. Two commands."""
    wanted = list(dict.fromkeys(rids))
    if not wanted:
        return {}
    rows = at.store.subscriptions.among(caller.uid, wanted) if caller.logged_in else []
    own = {row["rid"]: row for row in rows}
    rooms = at.store.rooms.by_ids(wanted, dict.fromkeys(READABLE, 1))
    return {room["_id"]: Standing(room, own.get(room["_id"])) for room in rooms}


def may_enter(at: Instance, caller: Caller, standing: Standing) -> bool:
    """A member may, and whoever may look in from outside."""
    if standing.subscription is not None:
        return standing.room["t"] != "c" or may_see_own(at, caller, standing.roles)
    return bool(onlookers(at, standing.room, [caller]))


def onlookers(at: Instance, room: Document, people: Iterable[Caller]) -> set[str]:
    """Ids of those of `people`, none of whom is in the room, who may look into it: with
    view-c-room into a public channel, and into the channels of a public team or of their own; and
    whoever may enter a room may enter its discussions. At most six commands for all of them.
    """
    known = {one.uid: one for one in people}
    found: set[str] = set()
    if room["t"] == "c":
        found = {uid for uid, one in known.items() if _may_look(at, one)}
        if found and "teamId" in room:
            found = teams.open_to(at, room["teamId"], found)
    if room.get("prid") and len(found) < len(known):
        rest = [one for uid, one in known.items() if uid not in found]
        found |= _in_parent(at, room["prid"], rest)
    return found


def readable(room: Document) -> Document:
    """Of a room, what says who may read it: for facts that concern nothing else of it."""
    return {key: room[key] for key in READABLE if key in room}


def may_be_seen(room: Document) -> bool:
    """Whether others than its members could ever look into a room."""
    return room["t"] == "c" or bool(room.get("prid"))


def _in_parent(at: Instance, rid: str, people: list[Caller]) -> set[str]:
    """Who may enter the room that a discussion belongs to; it is none itself."""
    parent = at.store.rooms.by_id(rid)
    if parent is None or "prid" in parent:
        return set()
    uids = [one.uid for one in people if one.uid]
    rows = {row["u"]["_id"]: row for row in at.store.subscriptions.of_members(rid, uids)}
    inside = [one for one in people if one.uid in rows]
    outside = [one for one in people if one.uid not in rows]
    return {
        one.uid
        for one in inside
        if parent["t"] != "c" or may_see_own(at, one, tuple(rows[one.uid].get("roles") or ()))
    } | (onlookers(at, parent, outside) if outside else set())


def _may_look(at: Instance, caller: Caller) -> bool:
    """Into what is open to all."""
    if not caller.logged_in and not at.setting("Accounts_AllowAnonymousRead"):
        return False
    return at.allows(caller, "view-c-room")


def may_see_own(at: Instance, caller: Caller, roles: tuple[str, ...]) -> bool:
    """Whether a member may see a public room, in which they have these `roles`."""
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


def is_visitor(room: Document, shown: object) -> bool:
    """Whether a livechat room's visitor shows their token."""
    token = (room.get("v") or {}).get("token") if room.get("t") == "l" else None
    if not isinstance(shown, str) or not isinstance(token, str):
        return False
    return compare_digest(shown.encode(), token.encode())
