"""What a message changes in subscriptions: counts of mentions, direct messages and thread replies.

Each is one command, and counts a message once however often it is called.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection

COUNTED = f"{OWN}.counted"
REMEMBERED = 10
THREADS = ("tunread", "tunreadUser", "tunreadGroup")


class Counters:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_subscription")

    def count(self, message: Document, who: Document, by: dict[str, int], now: datetime) -> None:
        """Raise the counts `by` (`userMentions`, `unread`) of whose `u._id` matches `who`.

        Whoever has read the room since the message's time has read the message.
        """
        mid = message["_id"]
        unread = {"ls": {"$not": {"$gte": message["ts"]}}, COUNTED: {"$ne": mid}}
        self.collection.update_many(
            {"rid": message["rid"], "u._id": who, **unread},
            {
                "$inc": by,
                "$set": {"alert": True, "open": True, "_updatedAt": now},
                "$push": {COUNTED: {"$each": [mid], "$slice": -REMEMBERED}},
            },
        )

    def mark_thread(
        self, rid: str, uids: list[str], tmid: str, lists: tuple[str, ...], now: datetime
    ) -> None:
        """Put a thread on the lists (of `THREADS`) of what these people have not read of it."""
        self.collection.update_many(
            {"rid": rid, "u._id": {"$in": uids}},
            {"$addToSet": dict.fromkeys(lists, tmid), "$set": {"_updatedAt": now}},
        )

    def read_thread(self, uid: str, rid: str, tmid: str, now: datetime) -> bool:
        """False when it was not on the person's lists."""
        changed = self.collection.update_one(
            {"rid": rid, "u._id": uid, "tunread": tmid},
            {"$pull": dict.fromkeys(THREADS, tmid), "$set": {"_updatedAt": now}},
        )
        return changed.modified_count == 1

    def is_unread(self, rid: str, tmid: str) -> bool:
        """Whether a thread is on anyone's lists."""
        return self.collection.find_one({"rid": rid, "tunread": tmid}, {"_id": 1}) is not None

    def forget_threads(self, rid: str, tmids: list[str]) -> None:
        """Take threads that are gone off everyone's lists."""
        match = {"rid": rid, "tunread": {"$in": tmids}}
        ids = [row["_id"] for row in self.collection.find(match, {"_id": 1}, batch_size=BATCH)]
        if ids:
            gone: dict[str, Any] = {name: {"$in": tmids} for name in THREADS}
            self.collection.update_many({"_id": {"$in": ids}}, {"$pull": gone})
