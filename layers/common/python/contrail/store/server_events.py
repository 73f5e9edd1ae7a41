"""Collection `rocketchat_server_events`: failed logins, and successful ones that follow them.

`_contrail.keys` of an event name whom it counts for, so that one indexed read finds those of a
person and those of an address.
"""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection

FAILED, SUCCEEDED = "failed-login-attempt", "login"
KEYS = f"{OWN}.keys"


class ServerEvents:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_server_events")

    def add(self, kind: str, keys: list[str], ip: str, user: Document, now: datetime) -> str:
        """The event's id. `user` has `username` and, of someone who exists, `_id`."""
        event_id = random_id()
        event = {"_id": event_id, "t": kind, "ts": now, "ip": ip, "u": user, OWN: {"keys": keys}}
        self.collection.insert_one(event)
        return event_id

    def since(self, keys: list[str], start: datetime) -> list[Document]:
        """Events of any of the keys, in no order: `_id t ts` and their keys."""
        match = {KEYS: {"$in": keys}, "ts": {"$gt": start}}
        fields = {"t": 1, "ts": 1, KEYS: 1}
        return list(self.collection.find(match, fields, batch_size=BATCH))
