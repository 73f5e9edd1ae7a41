"""Direct rooms: making them, what they are called for each of those in them, and who may write.

They have no name of their own. Each member's subscription carries the others' usernames as `name`
and their names as `fname`; the room that one has with oneself carries one's own. The `_id` follows
from who is in it, so that two who make the same room at once make one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.domain.members import preferred, subscription_of, told
from contrail.domain.roomchanges import tell_changed
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import ALPHABET
from contrail.shapes.rows import Document

MANY = 200
"""Rooms that are read and written together."""

CREATING = {"method": "createDirectMessage"}
MEMBER_FIELDS = {"username": 1, "name": 1, "customFields": 1, "settings.preferences": 1}


def create_direct(
    at: Instance, caller: Caller, usernames: Iterable[str], *, exclude_self: bool = False
) -> Document:
    """The direct room of the caller and these people, made if there is none; open for the caller.

    `exclude_self` leaves the caller out. Raises `error-invalid-user` for an unknown name,
    `error-not-allowed` where a room had to be made by who may not, and
    `error-direct-message-max-user-exceeded`. A few commands, whatever the number of people.
    """
    members = _members(at, caller, usernames, exclude_self=exclude_self)
    uids = sorted(person["_id"] for person in members)
    room = at.store.room_lists.direct_of(uids)
    if not at.allows(caller, "create-d"):
        if room is not None and caller.uid in uids and at.allows(caller, "view-d-room"):
            return room
        raise ChatError("error-not-allowed", "Not allowed", CREATING)
    room = room or _insert(at, uids, members)
    _subscribe(at, caller, room, members)
    return room


def _members(
    at: Instance, caller: Caller, usernames: Iterable[str], *, exclude_self: bool
) -> list[Document]:
    """In the order of their names."""
    invalid = ChatError("error-invalid-user", "Invalid user", CREATING)
    wanted = dict.fromkeys(name for name in usernames if name)
    to_self = list(wanted) == [caller.username]
    if not wanted or (to_self and not at.setting("Message_AllowDirectMessagesToYourself")):
        raise invalid
    if not exclude_self:
        wanted[caller.username] = None
    else:
        wanted.pop(caller.username, None)
    most = at.number("DirectMesssage_maxUsers", 8) or 1
    if len(wanted) > most:
        reason = f"You cannot add more than {most} users, including yourself to a direct message"
        details = {"method": "createDirectRoom"}
        raise ChatError("error-direct-message-max-user-exceeded", reason, details)
    found = at.store.users.by_names(wanted, MEMBER_FIELDS)
    people = {one["username"]: one for one in found}
    if {name.lower() for name in wanted} - {name.lower() for name in people}:
        raise invalid
    if len(people) == 1 and caller.username not in people:
        raise invalid
    return sorted(people.values(), key=lambda one: _called(one).casefold())


def _insert(at: Instance, uids: list[str], members: list[Document]) -> Document:
    now = at.now()
    room: Document = {
        "_id": "".join(uids) if len(uids) == 2 else _id_of(uids),
        "t": "d",
        "usernames": [person["username"] for person in members],
        "usersCount": len(uids),
        "msgs": 0,
        "ts": now,
        "uids": uids,
        "_updatedAt": now,
    }
    if at.setting("E2E_Enable") and at.setting("E2E_Enabled_Default_DirectRooms"):
        room["encrypted"] = True
    try:
        at.store.rooms.insert(room)
    except DuplicateKeyError:
        return at.store.rooms.by_id(room["_id"]) or room
    return room


def _id_of(uids: list[str]) -> str:
    """17 characters like any other id, the same for the same people."""
    number = int.from_bytes(hashlib.sha256("\n".join(uids).encode()).digest())
    letters = []
    for _ in range(17):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def _subscribe(at: Instance, caller: Caller, room: Document, members: list[Document]) -> None:
    """Give each member a subscription who has none, and open the caller's."""
    rows = at.store.subscriptions.of_members(room["_id"], [one["_id"] for one in members])
    known = {row["u"]["_id"]: row for row in rows}
    own = known.get(caller.uid)
    if own is not None and not own.get("open"):
        now = at.now()
        opened = at.store.subscriptions.change(
            caller.uid, room["_id"], {"open": True, "_updatedAt": now}
        )
        if opened is not None:
            at.publish(told(caller, "updated", opened, room))
    new = [person for person in members if person["_id"] not in known]
    made = at.store.memberships.add(
        [_subscription(at, caller, room, person, members) for person in new]
    )
    at.publish(*(told(caller, "inserted", row, room) for row in made))


def _subscription(
    at: Instance, caller: Caller, room: Document, person: Document, members: list[Document]
) -> Document:
    """A room of two waits hidden for the other until something is said in it."""
    others = [one for one in members if one["_id"] != person["_id"]]
    shown = person["_id"] == caller.uid or len(members) != 2
    more = {**named_after(others or [person]), **preferred(at, person), "open": shown}
    if len(others) == 1 and others[0].get("customFields"):
        more["customFields"] = others[0]["customFields"]
    return subscription_of(room, person, at.now(), **more)


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
        own = row["u"]["_id"]
        meant = members if list(members) == [own] else [one for one in members if one != own]
        others = [people[one] for one in meant if one in people]
        named = named_after(others)
        if others and any(row.get(key) != value for key, value in named.items()):
            changed.append({**row, **named})
    at.store.copies.name_subscriptions(changed, at.now())
    at.publish(*(told(caller, "updated", row, by_id[row["rid"]]) for row in changed))


def _called(person: Document) -> str:
    return str(person.get("name") or person.get("username") or "")


def named_after(people: list[Document]) -> dict[str, str]:
    """`name` and `fname` of a subscription to the room that someone has with these people."""
    ordered = sorted(people, key=lambda person: _called(person).casefold())
    usernames = [str(person.get("username") or "") for person in ordered]
    return {"name": ",".join(usernames), "fname": ", ".join(map(_called, ordered))}


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
    tell_changed(at, caller, *({**room, **change} for room in rooms))
