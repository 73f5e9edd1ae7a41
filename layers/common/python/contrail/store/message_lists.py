"""Lists of messages that an index of their own finds: pinned, starred, threads, changed since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection
from contrail.store.messages import SHOWN

EVER = datetime(1970, 1, 1, tzinfo=UTC)
PINNED: Document = {"pinned": True}
DISCUSSIONS: Document = {"drid": {"$gte": ""}}
THREADS: Document = {"tlm": {"$gte": EVER}}
Sort = list[tuple[str, int]]


def starred(uid: str) -> Document:
    return {"starred._id": uid}


def mentioning(username: str) -> Document:
    return {"mentions.username": username}


def of_thread(tmid: str) -> Document:
    return {"tmid": tmid}


class MessageLists:
    """Of each list, `found_by` is what the index finds; `more` narrows it down."""

    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_message")

    def page(
        self, found_by: Document, more: Document, sort: Sort, offset: int, count: int
    ) -> tuple[list[Document], int]:
        """A page, and how many there are in all."""
        steps = _found(found_by, more)
        order: list[Document] = [{"$sort": dict(sort)}, {"$skip": offset}, {"$limit": count}]
        rows = self._read([*steps, *order]) if count else []
        number = list(self.collection.aggregate([*steps, {"$count": "n"}]))
        return rows, int(number[0]["n"]) if number else 0

    def all(self, found_by: Document, more: Document, sort: Sort) -> list[Document]:
        return self._read([*_found(found_by, more), {"$sort": dict(sort)}])

    def updated(
        self, rid: str, after: datetime, until: datetime, order: int, limit: int
    ) -> list[Document]:
        """A room's messages changed after one moment and before another, by when they were."""
        found_by = {"rid": rid, "_updatedAt": {"$gt": after, "$lt": until}}
        steps = _found(found_by, {})
        return self._read([*steps, {"$sort": {"_updatedAt": order}}, {"$limit": limit}])

    def by_file(self, file_id: str) -> Document | None:
        return self.collection.find_one({"file._id": file_id})

    def by_ids(self, mids: Iterable[str]) -> list[Document]:
        match = {"_id": {"$in": list(mids)}, **SHOWN}
        return list(self.collection.find(match, VISIBLE, batch_size=BATCH))

    def _read(self, steps: list[dict[str, Any]]) -> list[Document]:
        return list(self.collection.aggregate([*steps, {"$project": VISIBLE}], batchSize=BATCH))


def _found(found_by: Document, more: Document) -> list[dict[str, Any]]:
    # The embedded engine uses the index only for a match that the index covers whole.
    return [{"$match": found_by}, {"$match": {**SHOWN, **more}}]
