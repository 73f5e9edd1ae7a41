"""Discussions: rooms with `prid`, and the messages with `drid` that tell of them."""

from __future__ import annotations

from datetime import datetime

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection

PMID = f"{OWN}.pmid"
"""The message that a discussion was made of: there is one discussion of each at most."""


class Discussions:
    def __init__(self, database: Database[Document]) -> None:
        self.rooms: Collection[Document] = collection(database, "rocketchat_room")
        self.messages: Collection[Document] = collection(database, "rocketchat_message")

    def of_message(self, mid: str) -> Document | None:
        return self.rooms.find_one({PMID: mid})

    def within(self, rid: str) -> list[str]:
        """Ids of a room's discussions."""
        rows = self.rooms.find({"prid": rid}, {"_id": 1}, batch_size=BATCH)
        return [row["_id"] for row in rows]

    def follow_topic(self, rid: str, old: str, new: str, now: datetime) -> list[Document]:
        """The discussions of a room whose topic is still its `old` name, after they got the new."""
        rows = self.rooms.find({"prid": rid}, {"topic": 1}, batch_size=BATCH)
        rids = [row["_id"] for row in rows if row.get("topic") == old]
        if not rids:
            return []
        match: Document = {"_id": {"$in": rids}}
        self.rooms.update_many(match, {"$set": {"topic": new, "_updatedAt": now}})
        return list(self.rooms.find(match, batch_size=BATCH))

    def forget(self, rid: str, now: datetime) -> Document | None:
        """A discussion is gone: the message that told of it tells of none. The message after it,
        None where there is none.
        """
        told = self.messages.find_one({"drid": rid}, {"rid": 1})
        if told is None:
            return None
        marked = {f"{OWN}.pending": {"rid": told["rid"], "at": now}}
        return self.messages.find_one_and_update(
            {"_id": told["_id"]},
            {
                "$unset": dict.fromkeys(("drid", "dcount", "dlm"), ""),
                "$set": {"_updatedAt": now, **marked},
                "$inc": {f"{OWN}.rev": 1},
            },
            return_document=ReturnDocument.AFTER,
        )

    def count(self, room: Document, now: datetime) -> Document | None:
        """Say in the message that tells of a discussion how many messages it has, and how new
        the last is; the message after it, None where there is none.
        """
        change: Document = {"dcount": room.get("msgs") or 0, "dlm": room.get("lm")}
        marked = {f"{OWN}.pending": {"rid": room["prid"], "at": now}}
        return self.messages.find_one_and_update(
            {"drid": room["_id"]},
            {"$set": {**change, "_updatedAt": now, **marked}, "$inc": {f"{OWN}.rev": 1}},
            return_document=ReturnDocument.AFTER,
        )
