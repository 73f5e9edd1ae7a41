"""A workspace with much in it: what a page, a list or an archive may hold at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bench.cold.world import World

PEOPLE, ROOMS, MESSAGES, LISTENERS = 5_000, 1_000, 1_000, 100
AT_ONCE = 100
LONGEST = 5_000
"""Characters of a message that the workspace allows."""
Document = dict[str, Any]


def fill(world: World) -> None:
    """People who are online, rooms of the caller's, long messages, and who listens to them."""
    now = world.ports.clock.now()
    rooms = [_room(number, now, world.uid) for number in range(ROOMS)]
    for name, rows in (
        ("users", [_person(number, now) for number in range(PEOPLE)]),
        ("rocketchat_room", rooms),
        ("rocketchat_subscription", [_mine(room, world.uid) for room in rooms]),
        ("rocketchat_message", [_message(n, now, world.rid, world.uid) for n in range(MESSAGES)]),
    ):
        # A write takes no longer than the client waits for it.
        for place in range(0, len(rows), AT_ONCE):
            world.store.database[name].insert_many(rows[place : place + AT_ONCE])
    world.store.database["rocketchat_room"].update_one(
        {"_id": world.rid}, {"$set": {"lm": now}, "$inc": {"msgs": MESSAGES}}
    )
    audience = (f"room:{world.rid}", f"stream-room-messages/{world.rid}")
    for _ in range(LISTENERS):
        world.ports.connections.listen(world.connection(), world.uid, [audience])


def _person(number: int, now: datetime) -> Document:
    name = f"person{number}"
    return {
        "_id": name,
        "username": name,
        "name": f"Person {number}",
        "emails": [{"address": f"{name}@example.com", "verified": True}],
        "type": "user",
        "roles": ["user"],
        "active": True,
        "status": "online",
        "createdAt": now,
        "_updatedAt": now,
        "services": {},
    }


def _room(number: int, now: datetime, uid: str) -> Document:
    rid = f"room{number}"
    return {
        "_id": rid,
        "t": "c",
        "name": rid,
        "fname": rid,
        "msgs": 1,
        "usersCount": 1,
        "u": {"_id": uid, "username": uid},
        "ts": now,
        "lm": now,
        "_updatedAt": now,
        "lastMessage": _message(number, now, rid, uid),
    }


def _mine(room: Document, uid: str) -> Document:
    return {
        "_id": f"of-{room['_id']}",
        "rid": room["_id"],
        "t": "c",
        "name": room["name"],
        "fname": room["fname"],
        "u": {"_id": uid, "username": uid},
        "open": True,
        "unread": 0,
        "ts": room["ts"],
        "ls": room["ts"],
        "_updatedAt": room["ts"],
    }


def _message(number: int, now: datetime, rid: str, uid: str) -> Document:
    text = f"{number} ".ljust(LONGEST, "x")
    return {
        "_id": f"{rid}-message{number}",
        "rid": rid,
        "msg": text,
        "md": [{"type": "PARAGRAPH", "value": [{"type": "PLAIN_TEXT", "value": text}]}],
        "ts": now - timedelta(seconds=number),
        "_updatedAt": now,
        "u": {"_id": uid, "username": uid, "name": uid},
    }
