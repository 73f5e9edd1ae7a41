"""What becomes of the rooms of someone who leaves for good: a new owner, or an end."""

from __future__ import annotations

from dataclasses import dataclass

from contrail.domain.instance import Instance
from contrail.domain.members import tell
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import RoomChanged, SubscriptionChanged
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

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
    return "owner" in (row.get("roles") or ())


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
            before = at.store.roles.give_in_room(room.heir, room.rid, "owner", at.now())
            now = at.store.rooms.by_id(room.rid)
            if before is not None and now is not None:
                roles = [*(before.get("roles") or ()), "owner"]
                tell(at, caller, "updated", {**before, "roles": roles}, now)


def end(at: Instance, caller: Caller, rid: str) -> None:
    """Remove a room with all that is in it."""
    room, members = at.store.rooms.by_id(rid), at.store.copies.subscriptions_of([rid])
    at.store.copies.empty_room(rid)
    told = [_gone(row, caller) for row in members]
    if room is not None:
        gone = RoomChanged(action="removed", room=room_shown(room), nonce=random_id())
        at.publish(*told, gone.model_copy(update={"correlation_id": caller.correlation_id}))


def _gone(row: Document, caller: Caller) -> SubscriptionChanged:
    return SubscriptionChanged(
        action="removed",
        subscription={key: row[key] for key in ("_id", "rid", "t", "u") if key in row},
        nonce=random_id(),
        correlation_id=caller.correlation_id,
    )
