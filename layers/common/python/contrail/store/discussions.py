"""Discussions: rooms with `prid`, and the messages with `drid` that tell of them."""

from __future__ import annotations

from datetime import datetime

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import OWN, collection

PMID = f"{OWN}.pmid"
"""The message that a discussion was made of: there is one discussion of each at most."""


class Discussions:
    def __init__(self, database: Database[Document]) -> None:
        self.rooms: Collection[Document] = collection(database, "rocketchat_room")
        self.messages: Collection[Document] = collection(database, "rocketchat_message")

    def of_message(self, mid: str) -> Document | None:
        return self.rooms.find_one({PMID: mid})

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
