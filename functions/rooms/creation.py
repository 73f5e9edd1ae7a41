"""Making a room with its members."""

from __future__ import annotations

import re
from typing import Any

from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.domain.members import subscription_of, tell
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

EXTRA = {"topic": str, "description": str, "broadcast": bool, "encrypted": bool}
"""What a client may set on a room beyond its name, with the type each must have."""


def create_room(
    at: Instance,
    caller: Caller,
    *,
    kind: str,
    name: str,
    members: list[str],
    read_only: bool,
    custom_fields: dict[str, Any] | None,
    extra: dict[str, Any],
    exclude_self: bool = False,
) -> Document:
    """The room as stored. `members` are usernames; unknown ones are left out.

    Raises `error-invalid-room-name`, `error-duplicate-channel-name` and
    `error-archived-duplicate-name`; nothing is stored then.
    """
    name = name.strip()
    _check_name(at, name)
    now = at.now()
    people = at.store.users.by_usernames(set(members), {"username": 1, "name": 1})
    if not exclude_self:
        people = [{**caller.short}, *(row for row in people if row["_id"] != caller.uid)]
    room: Document = {
        "_id": random_id(),
        "fname": name,
        "name": name,
        "t": kind,
        "msgs": 0,
        "usersCount": len(people),
        "u": caller.short,
        "ts": now,
        "ro": read_only,
        "default": False,
        "sysMes": not read_only,
        "customFields": custom_fields or {},
        "broadcast": False,
        "encrypted": False,
        "_updatedAt": now,
        **_extra(extra),
    }
    try:
        at.store.rooms.insert(room)
    except DuplicateKeyError:
        raise _taken(at, name) from None
    rows = [subscription_of(room, person, now, **_role(person, caller)) for person in people]
    at.store.subscriptions.insert_all(rows)
    for row in rows:
        tell(at, caller, "inserted", row, room)
    return room


def _role(person: Document, owner: Caller) -> dict[str, Any]:
    if person["_id"] == owner.uid:
        return {"roles": ["owner"]}
    return {"alert": True, "unread": 1, "userMentions": 1}


def _extra(given: dict[str, Any]) -> dict[str, Any]:
    return {key: given[key] for key, kind in EXTRA.items() if type(given.get(key)) is kind}


def _check_name(at: Instance, name: str) -> None:
    pattern = str(at.setting("UTF8_Channel_Names_Validation") or "[0-9a-zA-Z-_.]+")
    if not re.fullmatch(pattern, name):
        details = {"function": "RocketChat.getValidRoomName", "channel_name": name}
        raise ChatError("error-invalid-room-name", f"{name} is not a valid room name.", details)
    if at.store.rooms.by_name(name, {"archived": 1}) is not None:
        raise _taken(at, name)


def _taken(at: Instance, name: str) -> ChatError:
    details = {"function": "RocketChat.getValidRoomName", "channel_name": name}
    other = at.store.rooms.by_name(name, {"archived": 1}) or {}
    if other.get("archived"):
        reason = f"There's an archived channel with name {name}"
        return ChatError("error-archived-duplicate-name", reason, details)
    reason = f"A channel with name '{name}' exists"
    return ChatError("error-duplicate-channel-name", reason, details)
