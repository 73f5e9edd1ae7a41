"""Changing a room: written once, and everyone in it hears of it."""

from __future__ import annotations

from collections.abc import Iterable

from contrail.domain.instance import Instance
from contrail.domain.system_messages import Saying, say
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import RoomChanged
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import OWN


def change_room(
    at: Instance,
    caller: Caller,
    room: Document,
    fields: Document,
    *,
    unset: Iterable[str] = (),
    said: tuple[str, str] | None = None,
    subscriptions: Document | None = None,
) -> Document:
    """Set `fields` of a room and drop those of `unset`; the room after it.

    `said` is a system message's type and text. `subscriptions` are fields of each member's
    subscription that follow. Raises `DuplicateKeyError` for a name that is taken, and
    `error-invalid-room` when the room is gone.
    """
    rid, now = room["_id"], at.now()
    after = at.store.rooms.change(rid, {**fields, "_updatedAt": now}, unset)
    if after is None:
        raise ChatError("error-invalid-room", "Invalid room")
    if subscriptions:
        at.store.memberships.change_all(rid, {**subscriptions, "_updatedAt": now})
    tell_changed(at, caller, after, subscriptions=bool(subscriptions))
    if "fname" in fields and not room.get("prid"):
        _follow_name(at, caller, room, fields["fname"])
    if said is not None:
        kind, text = said
        say(at, rid, [Saying(kind, text, caller.short)], correlation_id=caller.correlation_id)
    return after


def _follow_name(at: Instance, caller: Caller, room: Document, shown: str) -> None:
    """Discussions whose topic is the name of their room go with it."""
    old = str(room.get("name") or "")
    followed = at.store.discussions.follow_topic(room["_id"], old, shown, at.now())
    tell_changed(at, caller, *followed)


def tell_changed(
    at: Instance, caller: Caller, *rooms: Document, subscriptions: bool = False
) -> None:
    """Publish that rooms are as they are given here, and their members' `subscriptions` with it."""
    at.publish(
        *(
            RoomChanged(
                action="updated",
                room={**room_shown(room), OWN: room.get(OWN, {})},
                subscriptions=subscriptions,
                nonce=random_id(),
                correlation_id=caller.correlation_id,
            )
            for room in rooms
        )
    )
