"""What a room document says of its messages: the last one, and how many, after they were sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import OWN, collection

GONE = f"{OWN}.gone"
REMEMBERED = 100
"""Deleted messages that a room remembers as taken off its count: no batch holds more."""


class RoomMessages:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_room")

    def follow(self, message: Document, now: datetime) -> Document | None:
        """If the message is the room's last one, what it became is too; the room after it.

        An older revision does not replace a newer one.
        """
        newer = {"$gte": [message["_updatedAt"], "$lastMessage._updatedAt"]}
        its = {"$and": [{"$eq": ["$lastMessage._id", {"$literal": message["_id"]}]}, newer]}
        change: dict[str, Any] = {
            "lastMessage": {"$cond": [its, {"$literal": message}, "$lastMessage"]},
            "_updatedAt": {"$cond": [its, {"$max": ["$_updatedAt", now]}, "$_updatedAt"]},
        }
        return self.collection.find_one_and_update(
            {"_id": message["rid"]}, [{"$set": change}], return_document=ReturnDocument.AFTER
        )

    def forget(
        self, rid: str, mids: list[str], current: str | None, last: Document | None, now: datetime
    ) -> Document | None:
        """Take messages off the room's count, each once however often this is called.

        If one of them is its last message, `last` becomes it, or there is none. The room after it;
        None when the last message is another than `current` by now.
        """
        match = {"_id": rid, "lastMessage._id": current or {"$exists": False}}
        known = {"$ifNull": [f"${GONE}", []]}
        new = {"$setDifference": [{"$literal": mids}, known]}
        left = {"$subtract": [{"$ifNull": ["$msgs", 0]}, {"$size": new}]}
        was_last = {"$in": [{"$ifNull": ["$lastMessage._id", ""]}, {"$literal": mids}]}
        instead: Any = {"$literal": last} if last is not None else "$$REMOVE"
        change = {
            "msgs": {"$max": [left, 0]},
            GONE: {"$slice": [{"$concatArrays": [known, new]}, -REMEMBERED]},
            "lastMessage": {"$cond": [was_last, instead, "$lastMessage"]},
            "_updatedAt": {"$max": ["$_updatedAt", now]},
        }
        return self.collection.find_one_and_update(
            match, [{"$set": change}], return_document=ReturnDocument.AFTER
        )
