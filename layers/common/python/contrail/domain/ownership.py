"""Who owns a room, and what becomes of it when its owner leaves for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pymongo.client_session import ClientSession

from contrail.domain import discussions, listening, members
from contrail.domain.instance import Instance
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import RoomChanged
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

OWNER = "owner"
MANY = 100
"""Rooms whose members are read together."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A room that someone leaves. `heir` is its oldest active other member, if it needs an owner.

    `ends` says that nobody is left to have it; public channels stay nevertheless.
    """

    rid: str
    kind: str
    heir: str = ""
    ends: bool = False


def leavings(at: Instance, uid: str) -> list[Leaving]:
    """What leaving means for each channel and group that someone is in.

    Direct rooms are nobody's own, and livechats none of this.
    """
    mine = [row for row in at.store.subscriptions.of_user(uid) if row.get("t") not in ("d", "l")]
    found: list[Leaving] = []
    for start in range(0, len(mine), MANY):
        some = mine[start : start + MANY]
        asked = [row["rid"] for row in some if _is_owner(row) or row.get("t") != "c"]
        members: dict[str, list[Document]] = {}
        for row in at.store.copies.subscriptions_of(asked):
            members.setdefault(row["rid"], []).append(row)
        active = _active(at, uid, members)
        found += [_leaving(row, members.get(row["rid"], []), active) for row in some]
    return found


def _active(at: Instance, uid: str, members: dict[str, list[Document]]) -> set[str]:
    """Who may become the owner of one of these rooms: one command for all of them."""
    heirs = {
        row["u"]["_id"]
        for rows in members.values()
        if {row["u"]["_id"] for row in rows if _is_owner(row)} == {uid}
        for row in rows
    }
    people = at.store.users.by_ids(heirs - {uid}, {"active": 1}) if heirs - {uid} else []
    return {person["_id"] for person in people if person.get("active")}


def _leaving(mine: Document, members: list[Document], active: set[str]) -> Leaving:
    rid, kind = mine["rid"], str(mine.get("t"))
    others = [row for row in members if row["u"]["_id"] != mine["u"]["_id"]]
    if not _is_owner(mine):
        return Leaving(rid, kind, ends=kind != "c" and not others)
    if any(_is_owner(row) for row in others):
        return Leaving(rid, kind)
    oldest = [row["u"]["_id"] for row in sorted(others, key=lambda row: str(row.get("ts")))]
    heir = next((uid for uid in oldest if uid in active), "")
    return Leaving(rid, kind, heir, ends=not heir and kind != "c")


def _is_owner(row: Document) -> bool:
    return OWNER in (row.get("roles") or ())


def refuse_unconfirmed(at: Instance, rooms: list[Leaving]) -> None:
    """Raises `user-last-owner` with the names of the rooms that would end or change hands."""
    if not any(room.heir or room.ends for room in rooms):
        return
    named = at.store.rooms.by_ids([room.rid for room in rooms], {"name": 1, "fname": 1})
    names = {room["_id"]: room.get("fname") or room.get("name") for room in named}
    details = {
        "shouldBeRemoved": [names.get(room.rid) for room in rooms if room.ends],
        "shouldChangeOwner": [names.get(room.rid) for room in rooms if room.heir],
    }
    raise ChatError("user-last-owner", "", details)


def relinquish(at: Instance, caller: Caller, rooms: list[Leaving]) -> None:
    """Give rooms their new owners and end those that nobody is left for. Safe to repeat."""
    for room in rooms:
        if room.ends:
            end(at, caller, room.rid)
        elif room.heir:
            before = at.store.roles.give_in_room(room.heir, room.rid, OWNER, at.now())
            now = at.store.rooms.by_id(room.rid)
            if before is not None and now is not None:
                roles = [*(before.get("roles") or ()), OWNER]
                if now.get("teamMain"):
                    at.store.teams.change_role(now["teamId"], room.heir, OWNER, given=True)
                members.tell(at, caller, "updated", {**before, "roles": roles}, now)


def end(at: Instance, caller: Caller, rid: str) -> None:
    """Remove a room with all that is in it, and the discussions that belong to it.

    Doing it again finishes what a dying process left.
    """
    ending = [rid]
    for one in ending:
        ending += [other for other in at.store.discussions.within(one) if other not in ending]
    for one in reversed(ending):
        _end(at, caller, one)


def _end(at: Instance, caller: Caller, rid: str) -> None:
    """Its members are told before their subscriptions go, so that doing it again finishes what a
    dying process left; nobody is listening in the room any more when this returns.
    """
    room, rows = at.store.rooms.by_id(rid), at.store.memberships.of_room(rid)
    at.store.copies.empty_room(rid)
    at.store.uploads.forget_room(rid, at.now())
    at.store.avatars.forget_room(rid, at.now())
    listening.end_all_in_room(at, rid)
    for some in members.portions(rows):
        at.store.trash.keep("subscription", list(some), at.now())
        at.publish(*(members.told_removed(caller, row) for row in some))
    discussions.forget(at, caller, rid)
    at.store.copies.end_room(rid)
    if room is not None:
        gone = RoomChanged(
            action="removed",
            room=room_shown(room),
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
        at.publish(gone)


def remove(
    at: Instance, caller: Caller, room: Document, user: Document, *, said: str, last: ChatError
) -> bool:
    """`members.remove`, but never of the last owner. Raises `last`."""
    uid, rid = user["_id"], room["_id"]
    row = at.store.subscriptions.one(uid, rid)
    if row is None or not _is_owner(row):
        return members.remove(at, caller, room, user, said=said)
    gone: list[Document | None] = []

    def write(session: ClientSession) -> None:
        gone[:] = [at.store.memberships.remove(uid, rid, session)]

    keep_an_owner(at, uid, rid, last, write)
    if gone[0] is None:
        return False
    members.removed(at, caller, room, user, gone[0], said=said)
    return True


def keep_an_owner(
    at: Instance, uid: str, rid: str, refusal: ChatError, write: Callable[[ClientSession], None]
) -> None:
    """Run `write`, which takes `uid` from a room's owners. Raises `refusal` for the last of them.

    Two who do so at once come one after the other.
    """

    def checked(session: ClientSession) -> None:
        if at.store.memberships.holders(rid, OWNER, session) == {uid}:
            raise refusal
        write(session)

    at.store.memberships.one_by_one(rid, checked)
