"""How much of what fits into a frame, a record or an item: measured on usual documents."""

from __future__ import annotations

from datetime import UTC, datetime

from contrail.ddp import ejson, frames
from contrail.domain.members import subscription_of
from contrail.domain.unread import shown
from contrail.domain.wire import room_shown
from contrail.ports.aws.table import Item
from contrail.shapes.connections import Connection, Sub
from contrail.shapes.rows import Document

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID, UID = "r" * 17, "u" * 17
TEXT = "Shall we meet at noon, at the usual place? I'd bring the plans along."
RECORD = 400 * 1024
"""Bytes of an item in DynamoDB."""


def room() -> Document:
    """A channel with a topic, a description and a last message of one paragraph."""
    author = {"_id": UID, "username": "ada.lovelace", "name": "Ada Lovelace"}
    words = [{"type": "PARAGRAPH", "value": [{"type": "PLAIN_TEXT", "value": TEXT}]}]
    message: Document = {"_id": "m" * 17, "rid": ID, "msg": TEXT, "u": author, "ts": NOW}
    message |= {"_updatedAt": NOW, "urls": [], "mentions": [], "channels": [], "md": words}
    found: Document = {"_id": ID, "t": "c", "name": "engineering", "fname": "engineering"}
    found |= {"u": author, "usersCount": 120, "msgs": 5000, "ts": NOW, "lm": NOW}
    found |= {"_updatedAt": NOW, "lastMessage": message, "topic": "What we build"}
    return {**found, "description": "Everything about the engines", "default": False, "ro": False}


def subscription() -> Document:
    return subscription_of(room(), {"_id": UID, "username": "ada", "name": "Ada Lovelace"}, NOW)


def rooms_in_a_result() -> int:
    """Rooms that `rooms/get` answers in one frame."""
    return _fitting(ejson.dumps(room_shown(room())))


def subscriptions_in_a_result() -> int:
    """Subscriptions that `subscriptions/get` answers in one frame."""
    return _fitting(ejson.dumps(shown(subscription(), room())))


def subs_of_a_connection(largest: int) -> int:
    """Usual subs whose record has at most `largest` bytes."""
    event = f"{ID}/user-activity"
    sub = Sub(stream="stream-notify-room", event=event, audience=f"room:{ID}")
    one = {f"sub-{'x' * 17}": sub}
    empty = len(Connection(id="", opened_at=0).model_dump_json())
    return largest // (len(Connection(id="", opened_at=0, subs=one).model_dump_json()) - empty + 1)


def audiences_of_a_connection(left: int) -> int:
    """Audiences whose places in the record have at most `left` bytes."""
    place: Item = {f"room:{ID}": {"N": "0"}}
    return left // (sum(len(name) + 1 for name in place) + 3)


def _fitting(text: str) -> int:
    around = len(frames.result("1", "[]").encode())
    return (frames.LARGEST - around) // (len(text.encode()) + 1)
