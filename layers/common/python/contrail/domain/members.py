"""Who is in a room."""

from __future__ import annotations

from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.domain.messages import write_system
from contrail.domain.unread import shown
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.facts import SubscriptionChanged
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document


def subscription_of(room: Document, user: Document, now: object, **more: object) -> Document:
    """A new subscription of `user` (`_id`, `username`, `name`) to `room`."""
    document = {
        "_id": random_id(),
        "rid": room["_id"],
        "t": room["t"],
        "name": room.get("name"),
        "fname": room.get("fname"),
        "u": {"_id": user["_id"], "username": user.get("username"), "name": user.get("name")},
        "ts": now,
        "ls": now,
        "open": True,
        "alert": False,
        "unread": 0,
        "userMentions": 0,
        "groupMentions": 0,
        "_updatedAt": now,
        **more,
    }
    for key in ("prid", "customFields"):
        if room.get(key):
            document[key] = room[key]
    return {key: value for key, value in document.items() if value is not None}


def tell(at: Instance, caller: Caller, action: str, subscription: Document, room: Document) -> None:
    """Publish that a subscription was `inserted` or `updated`."""
    fact = SubscriptionChanged.model_validate(
        {
            "action": action,
            "subscription": shown(subscription, room),
            "room": room_shown(room) if action == "inserted" else None,
            "nonce": random_id(),
            "correlation_id": caller.correlation_id,
        }
    )
    at.publish(fact)


def join(at: Instance, caller: Caller, room: Document) -> bool:
    """Make the caller a member and say so in the room. False when they are one already."""
    now = at.now()
    user = {"_id": caller.uid, "username": caller.username, "name": caller.name}
    # As upstream: a room one has just come to shows as unread until it is opened.
    subscription = subscription_of(room, user, now, alert=True, unread=1, userMentions=1)
    try:
        at.store.subscriptions.insert(subscription)
    except DuplicateKeyError:
        return False
    counted = at.store.rooms.change_count(room["_id"], 1, now) or room
    tell(at, caller, "inserted", subscription, counted)
    write_system(at, caller, room["_id"], "uj", caller.username)
    return True


def join_defaults(at: Instance, caller: Caller) -> None:
    """Make the caller a member of every default room."""
    for room in at.store.rooms.defaults():
        join(at, caller, room)
