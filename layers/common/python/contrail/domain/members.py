"""Who is in a room."""

from __future__ import annotations

from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.domain.messages import write_system
from contrail.domain.unread import shown
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.fact import Fact
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


def told(caller: Caller, action: str, subscription: Document, room: Document) -> Fact:
    """That a subscription was `inserted` or `updated`."""
    return SubscriptionChanged.model_validate(
        {
            "action": action,
            "subscription": shown(subscription, room),
            "room": room_shown(room) if action == "inserted" else None,
            "nonce": random_id(),
            "correlation_id": caller.correlation_id,
        }
    )


def tell(at: Instance, caller: Caller, action: str, subscription: Document, room: Document) -> None:
    """Publish that a subscription was `inserted` or `updated`."""
    at.publish(told(caller, action, subscription, room))


def join(
    at: Instance, caller: Caller, room: Document, *, silenced: bool = False, **more: object
) -> bool:
    """Make the caller a member and, unless `silenced`, say so in the room.

    `more` are fields of the subscription. False when they are a member already.
    """
    now = at.now()
    user = {"_id": caller.uid, "username": caller.username, "name": caller.name}
    # As upstream: a room one has just come to shows as unread until it is opened.
    subscription = subscription_of(room, user, now, alert=True, unread=1, userMentions=1, **more)
    try:
        at.store.subscriptions.insert(subscription)
    except DuplicateKeyError:
        return False
    counted = at.store.rooms.change_count(room["_id"], 1, now) or room
    tell(at, caller, "inserted", subscription, counted)
    if not silenced:
        write_system(at, caller, room["_id"], "uj", caller.username)
    return True


def join_defaults(at: Instance, caller: Caller, *, silenced: bool = False) -> None:
    """Make the caller a member of every default room, and of what default teams join by default."""
    rooms = at.store.rooms.defaults()
    teams = [room["teamId"] for room in rooms if room.get("teamMain") and room.get("teamId")]
    inside = at.store.rooms.team_defaults(teams) if teams else []
    for room in {room["_id"]: room for room in [*rooms, *inside]}.values():
        favorite = {"f": True} if room.get("favorite") else {}
        join(at, caller, room, silenced=silenced, **favorite)
