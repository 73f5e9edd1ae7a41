"""Making a room with its members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from pymongo.errors import DuplicateKeyError

from contrail.domain import ownership
from contrail.domain.instance import Instance
from contrail.domain.members import JOINING, portions, preferred, subscription_of, told
from contrail.domain.roomnames import numbered, refuse_taken, slug, taken_by
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

PATIENCE = timedelta(seconds=60)
"""What was stored longer ago than this without its members has lost its maker."""
TRIES = 50
"""Names that are tried with a number behind them before a room is refused."""


def create_room(
    at: Instance,
    caller: Caller,
    *,
    kind: str,
    name: str,
    members: Iterable[str] = (),
    owner: Document | None = None,
    read_only: bool = False,
    custom_fields: dict[str, Any] | None = None,
    extra: Document | None = None,
    exclude_self: bool = False,
    team: Document | None = None,
    prid: str = "",
    subscription: Document | None = None,
) -> Document:
    """The room as stored; one command for so many members at a time.

    `members` are usernames; unknown ones are left out. `owner` (`_id username name`) is the caller
    unless given. `extra` are further fields of the room: what clients may set is the row's to say.
    `team` holds `teamId` and perhaps `teamMain`, `teamDefault`; `prid` is the room that a
    discussion belongs to, and its `name` then no one's to choose. `subscription` are fields of
    every subscription.

    Raises `error-invalid-name`, `error-invalid-room-name`, `error-duplicate-channel-name`,
    `error-archived-duplicate-name` and, for what cannot be encrypted, `error-action-not-allowed`;
    nothing is stored then. What a process that died left of a room gives its name free.
    """
    extra, owner = extra or {}, owner or caller.short
    if not name.strip():
        details = {"function": "RocketChat.createRoom"}
        raise ChatError("error-invalid-name", "Invalid name", details)
    now, people = at.now(), _people(at, owner, members, exclude_self=exclude_self)
    room: Document = {
        "_id": random_id(),
        "fname": name.strip(),
        "t": kind,
        "msgs": 0,
        "usersCount": len(people),
        "u": owner,
        "ts": now,
        "default": False,
        "sysMes": not read_only,
        "customFields": custom_fields or {},
        "broadcast": False,
        **extra,
        "encrypted": _encrypted(at, kind, extra.get("encrypted")),
        **(team or {}),
        "ro": read_only or bool(extra.get("broadcast")),
        "_updatedAt": now,
    }
    if prid:
        room |= {"prid": prid, "name": name}
        at.store.rooms.insert(room)
    else:
        _insert_named(at, caller, room, slug(at, name))
    rows = [
        subscription_of(
            room, one, now, **_standing(one, owner), **preferred(at, one), **(subscription or {})
        )
        for one in people
    ]
    for some in portions(rows):
        at.store.subscriptions.insert_all(some)
        at.publish(*(told(caller, "inserted", row, room) for row in some))
    return room


def _people(
    at: Instance, owner: Document, members: Iterable[str], *, exclude_self: bool
) -> list[Document]:
    """Each with what `preferred` asks; the owner comes first."""
    wanted = set(members) - {""}
    if not exclude_self:
        wanted.add(str(owner["username"]))
    fields = {"username": 1, "name": 1, "settings.preferences": 1}
    found = at.store.users.by_usernames(wanted, fields)
    return sorted(found, key=lambda one: one["_id"] != owner["_id"])


def _standing(person: Document, owner: Document) -> Document:
    return {"roles": ["owner"]} if person["_id"] == owner["_id"] else JOINING


def _encrypted(at: Instance, kind: str, wanted: bool | None) -> bool:
    """Private rooms may be, where the workspace has encryption."""
    may = kind == "p" and bool(at.setting("E2E_Enable"))
    if wanted and not may:
        reason = "Only groups or direct channels can enable encryption"
        details = {"method": "createRoom", "action": "Change_Room_Encrypted"}
        raise ChatError("error-action-not-allowed", reason, details)
    if wanted is None:
        return may and bool(at.setting("E2E_Enabled_Default_PrivateRooms"))
    return wanted


def _insert_named(at: Instance, caller: Caller, room: Document, name: str) -> None:
    """The index on names has the last word: whoever comes second finds the name taken."""
    for candidate in _candidates(at, name):
        try:
            refuse_taken(at, name, room["fname"])
        except ChatError:
            if not _cleared(at, caller, name, room["fname"]):
                raise
        room["name"] = candidate
        try:
            at.store.rooms.insert(room)
        except DuplicateKeyError:
            continue
        return
    refuse_taken(at, name, name)
    details = {"function": "RocketChat.getValidRoomName", "channel_name": name}
    raise ChatError("error-duplicate-channel-name", f"A channel with name '{name}' exists", details)


def _cleared(at: Instance, caller: Caller, name: str, shown: str) -> bool:
    """End what bears the name if a process died between storing that room and its first member:
    nobody is in it, though it says so, and nothing was said there.
    """
    other = taken_by(at, name, shown)
    if other is None:
        return True
    room = at.store.rooms.by_id(other["_id"])
    if room is None:
        return True
    fresh = at.now() - room["ts"] < PATIENCE if isinstance(room.get("ts"), datetime) else True
    if fresh or not room.get("usersCount") or room.get("msgs") or room.get("teamId"):
        return False
    if at.store.room_members.count(room["_id"]):
        return False
    ownership.end(at, caller, room["_id"])
    return True


def _candidates(at: Instance, name: str) -> Iterator[str]:
    if at.setting("UI_Allow_room_names_with_special_chars"):
        return (numbered(name, place) for place in range(TRIES))
    return repeat(name, 2)
