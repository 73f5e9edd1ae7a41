"""Changes of stored messages, one revision each, and copies that are kept of what was there before.

A revision carries its outbox marker like a new message does: see `messages`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection
from contrail.store.messages import revision

REV, PENDING, COUNTED = f"{OWN}.rev", f"{OWN}.pending", f"{OWN}.counted"
REMEMBERED = 50
"""Replies that a thread's first message remembers as counted: more than are ever stored at once."""
FILES_PRUNED = {"color": "#FD745E", "text": "_File removed by prune_"}


class MessageChanges:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_message")

    def change(
        self, before: Document, fields: Document, unset: Iterable[str], now: datetime
    ) -> Document | None:
        """Set and drop fields of a message that is still as `before` says; None when it is not.

        The message after it. Its `_updatedAt` rises with each revision.
        """
        rev = revision(before)
        match = {"_id": before["_id"], REV: rev or {"$exists": False}}
        values = {**fields, REV: rev + 1, PENDING: {"rid": before["rid"], "at": now}}
        update: dict[str, Any] = {"$set": values}
        dropped = dict.fromkeys(unset, "")
        if dropped:
            update["$unset"] = dropped
        return self.collection.find_one_and_update(
            match, update, return_document=ReturnDocument.AFTER
        )

    def keep(self, copy: Document) -> None:
        """Store a copy of what a message was."""
        self.collection.insert_one(copy)

    def add_reply(
        self, tmid: str, reply: Document, followers: list[str], now: datetime
    ) -> Document | None:
        """Count a reply of thread `tmid`, once however often this is called.

        The thread's first message after it; None when it counted before, or there is none.
        """
        return self.collection.find_one_and_update(
            {"_id": tmid, COUNTED: {"$ne": reply["_id"]}},
            {
                "$inc": {"tcount": 1, REV: 1},
                "$max": {"tlm": reply["ts"], "_updatedAt": now},
                "$addToSet": {"replies": {"$each": followers}},
                "$push": {COUNTED: {"$each": [reply["_id"]], "$slice": -REMEMBERED}},
                "$set": {PENDING: {"rid": reply["rid"], "at": now}},
            },
            return_document=ReturnDocument.AFTER,
        )

    def forget_threads(self, tmids: list[str], now: datetime) -> None:
        """The first messages are gone: their replies become messages like any other."""
        rows = self.collection.find({"tmid": {"$in": tmids}}, {"_id": 1}, batch_size=BATCH)
        ids = [row["_id"] for row in rows]
        change: Document = {"$unset": {"tmid": ""}, "$max": {"_updatedAt": now}}
        self.collection.update_many({"_id": {"$in": ids}}, change)

    def remove(self, mids: list[str]) -> int:
        return self.collection.delete_many({"_id": {"$in": mids}}).deleted_count

    def remove_files(self, mids: list[str], now: datetime) -> None:
        """The messages stay, and say that they had one."""
        self.collection.update_many(
            {"_id": {"$in": mids}},
            {
                "$set": {"attachments": [FILES_PRUNED], "_updatedAt": now},
                "$unset": {"file": "", "files": ""},
                "$inc": {REV: 1},
            },
        )
