"""The caller's own rooms and subscriptions, whole or what changed since."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from contrail.domain.instance import Instance
from contrail.domain.sync import Synced, changed, synced
from contrail.domain.unread import shown
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input, Since, When
from contrail.shapes.rows import Document
from functions.rooms.finding import RoomId


class UpdatedSince(Input):
    documented: ClassVar = {
        "updatedSince": (
            "error-updatedSince-param-invalid",
            'The "updatedSince" query parameter must be a valid date.',
        )
    }
    updatedSince: When | None = None


def rooms(caller: Caller, since: UpdatedSince, at: Instance) -> dict[str, Any]:
    found = _rooms(caller, at)
    return {
        "update": changed(found, since.updatedSince),
        "remove": _rooms_left(caller, since.updatedSince, found, at),
    }


def rooms_method(caller: Caller, since: Since, at: Instance) -> Synced:
    found = _rooms(caller, at)
    return synced(found, since.updatedAt, _rooms_left(caller, since.updatedAt, found, at))


def subscriptions(caller: Caller, since: UpdatedSince, at: Instance) -> dict[str, Any]:
    found = _subscriptions(caller, at)
    return {
        "update": changed(found, since.updatedSince),
        "remove": _lost(caller, since.updatedSince, at),
    }


def subscriptions_method(caller: Caller, since: Since, at: Instance) -> Synced:
    return synced(_subscriptions(caller, at), since.updatedAt, _lost(caller, since.updatedAt, at))


def one(caller: Caller, which: RoomId, at: Instance) -> dict[str, Any]:
    """`{subscription}`: the caller's own, null in a room that they are not in."""
    found = at.store.subscriptions.standing(caller.uid, which.roomId)
    return {"subscription": shown(found, found["room"]) if found else None}


def _rooms(caller: Caller, at: Instance) -> list[Document]:
    if not caller.logged_in:
        anonymous = at.setting("Accounts_AllowAnonymousRead")
        found = at.store.rooms.defaults() if anonymous else []
        return [room_shown(room) for room in found if room["t"] == "c"]
    pairs = at.store.subscriptions.with_rooms(caller.uid)
    return [room_shown(row["room"], caller.uid) for row in pairs if row["room"]]


def _subscriptions(caller: Caller, at: Instance) -> list[Document]:
    """A subscription also counts as changed when its room moved."""
    if not caller.logged_in:
        return []
    return [shown(pair, pair["room"]) for pair in at.store.subscriptions.with_rooms(caller.uid)]


def _lost(caller: Caller, since: datetime | None, at: Instance) -> list[Document]:
    """Subscriptions that the caller has had since: `_id` and `_deletedAt`."""
    if since is None or not caller.logged_in:
        return []
    rows = at.store.trash.lost_by(caller.uid, since)
    return [{"_id": row["_id"], "_deletedAt": row["_deletedAt"]} for row in rows]


def _rooms_left(
    caller: Caller, since: datetime | None, found: list[Document], at: Instance
) -> list[Document]:
    """Rooms that the caller has left since, or that are gone; none that they are back in."""
    if since is None or not caller.logged_in:
        return []
    here = {room["_id"] for room in found}
    rows = at.store.trash.lost_by(caller.uid, since)
    left = {row["rid"]: row["_deletedAt"] for row in rows if row["rid"] not in here}
    return [{"_id": rid, "_deletedAt": when} for rid, when in left.items()]
