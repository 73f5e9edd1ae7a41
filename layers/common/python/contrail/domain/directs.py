"""Direct rooms: what they are called for each of those in them, and whether one may write there.

They have no name of their own. Each member's subscription carries the others' usernames as `name`
and their names as `fname`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contrail.domain.instance import Instance
from contrail.domain.members import told
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.facts import RoomChanged
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

MANY = 200
"""Rooms that are read and written together."""


def rooms_of(at: Instance, uid: str) -> Iterator[list[Document]]:
    """The direct rooms that someone is in, so many at a time."""
    rids = [row["rid"] for row in at.store.subscriptions.of_user(uid) if row.get("t") == "d"]
    for start in range(0, len(rids), MANY):
        yield at.store.rooms.by_ids(rids[start : start + MANY], {})


def rename(at: Instance, caller: Caller, uid: str) -> None:
    """Call the direct rooms of someone whose name changed as the others in them should see it."""
    for rooms in rooms_of(at, uid):
        name_after_members(at, caller, rooms)


def name_after_members(at: Instance, caller: Caller, rooms: list[Document]) -> None:
    """Give all subscriptions of these direct rooms the names that follow from who is in them."""
    uids = {uid for room in rooms for uid in room.get("uids") or ()}
    fields = {"username": 1, "name": 1}
    people = {person["_id"]: person for person in at.store.users.by_ids(uids, fields)}
    by_id = {room["_id"]: room for room in rooms}
    changed: list[Document] = []
    for row in at.store.copies.subscriptions_of(list(by_id)):
        members = by_id[row["rid"]].get("uids") or ()
        others = [people[one] for one in members if one != row["u"]["_id"] and one in people]
        named = _named(others)
        if others and any(row.get(key) != value for key, value in named.items()):
            changed.append({**row, **named})
    at.store.copies.name_subscriptions(changed, at.now())
    at.publish(*(told(caller, "updated", row, by_id[row["rid"]]) for row in changed))


def _named(people: list[Document]) -> dict[str, str]:
    def called(person: Document) -> str:
        return str(person.get("name") or person.get("username") or "")

    ordered = sorted(people, key=lambda person: called(person).casefold())
    usernames = [str(person.get("username") or "") for person in ordered]
    return {"name": ",".join(usernames), "fname": ", ".join(map(called, ordered))}


def close_for(at: Instance, caller: Caller, uid: str) -> None:
    """Make someone's rooms of two read-only: one of the two is deactivated."""
    for rooms in rooms_of(at, uid):
        pairs = [room for room in rooms if len(room.get("uids") or ()) == 2]
        _set_read_only(at, caller, pairs, read_only=True)


def open_for(at: Instance, caller: Caller, uid: str) -> None:
    """Let people write again in someone's rooms of two whose other half is active too."""
    for rooms in rooms_of(at, uid):
        pairs = [room for room in rooms if len(room.get("uids") or ()) == 2]
        others = {one for room in pairs for one in room["uids"] if one != uid}
        active = {
            person["_id"]
            for person in at.store.users.by_ids(others, {"active": 1})
            if person.get("active")
        }
        opened = [room for room in pairs if set(room["uids"]) - {uid} <= active]
        _set_read_only(at, caller, opened, read_only=False)


def _set_read_only(at: Instance, caller: Caller, rooms: list[Document], *, read_only: bool) -> None:
    now = at.now()
    change: dict[str, Any] = {"ro": read_only, "reactWhenReadOnly": False, "_updatedAt": now}
    at.store.copies.change_rooms([room["_id"] for room in rooms], change)
    at.publish(
        *(
            RoomChanged(
                action="updated",
                room=room_shown({**room, **change}),
                nonce=random_id(),
                correlation_id=caller.correlation_id,
            )
            for room in rooms
        )
    )
