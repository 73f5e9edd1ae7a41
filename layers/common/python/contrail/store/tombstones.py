"""Deleted messages, in `rocketchat__trash`: for clients that catch up, and for what is under way.

`_contrail.pending` on a tombstone is the outbox marker of a deletion: the room (`rid`) and when it
was made (`at`). What is marked may still have to be deleted, and nobody was told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo import ReplaceOne
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection

KIND = "message"
PENDING = f"{OWN}.pending"
SHOWN: dict[str, Any] = {"__collection__": 0, OWN: 0}
NAMED = {"_id": 1, "_deletedAt": 1}


class Tombstones:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat__trash")

    def put(self, messages: list[Document], now: datetime) -> None:
        """One command."""
        writes = [
            ReplaceOne(
                {"_id": message["_id"]},
                {
                    **{key: value for key, value in message.items() if key != OWN},
                    "__collection__": KIND,
                    "_deletedAt": now,
                    OWN: {"pending": {"rid": message["rid"], "at": now}},
                },
                upsert=True,
            )
            for message in messages
        ]
        self.collection.bulk_write(writes, ordered=False)

    def clear_pending(self, mids: list[str]) -> None:
        """The fan-out has handed the deletion on."""
        match = {"_id": {"$in": mids}, "__collection__": KIND}
        self.collection.update_many(match, {"$unset": {OWN: ""}})

    def pending_since(self, before: datetime, limit: int) -> list[Document]:
        """Those of any room whose marker was set before, oldest first."""
        cursor = self.collection.find({f"{PENDING}.at": {"$lt": before}}, batch_size=BATCH)
        return list(cursor.sort(f"{PENDING}.at", 1).limit(limit))

    def of_room(self, rid: str, after: datetime, *, whole: bool = False) -> list[Document]:
        """What was deleted of a room after a moment, oldest first: `{_id, _deletedAt}`."""
        return self.window(rid, after, None, 1, 0, 0, SHOWN if whole else NAMED)

    def window(
        self,
        rid: str,
        after: datetime,
        until: datetime | None,
        order: int,
        skip: int,
        limit: int,
        fields: dict[str, Any] = NAMED,
    ) -> list[Document]:
        """`limit` 0 is all."""
        cursor = self.collection.find(_of(rid, after, until), fields, batch_size=BATCH)
        return list(cursor.sort("_deletedAt", order).skip(skip).limit(limit))

    def count(self, rid: str, after: datetime) -> int:
        return self.collection.count_documents(_of(rid, after, None))


def _of(rid: str, after: datetime, until: datetime | None) -> Document:
    moments = {"$gt": after, **({"$lt": until} if until is not None else {})}
    return {"rid": rid, "_deletedAt": moments}
