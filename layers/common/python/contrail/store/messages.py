"""Collection `rocketchat_message`.

`_contrail` on a message: `rev` counts its revisions; `pending` is the outbox marker of a write
that the fan-out has not handed on yet: the room (`rid`) and when it was made (`at`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, CODEC, OWN, VISIBLE, collection

SHOWN = {"_hidden": {"$ne": True}, "parent": {"$exists": False}}
"""Leaves out kept history of edits and hidden messages."""
PENDING = f"{OWN}.pending"
FIRST = 1
"""The revision that a message is sent as."""
RAW = CODEC.with_options(document_class=RawBSONDocument)
Row = TypeVar("Row", bound=Mapping[str, Any])


class Windows(Generic[Row]):
    """Rooms read stretch by stretch. `Row` is what a message comes as."""

    def __init__(self, where: Collection[Row]) -> None:
        self._where = where

    def window(
        self,
        rid: str,
        low: datetime,
        high: datetime,
        more: Document,
        order: int,
        skip: int,
        limit: int,
    ) -> list[Row]:
        """Messages with low <= ts < high. Bounded on both sides: that is what keeps it cheap."""
        steps = _within(rid, low, high, more)
        steps += [{"$sort": {"ts": order}}, {"$skip": skip}, {"$limit": limit}]
        return self._where.aggregate([*steps, {"$project": VISIBLE}], batchSize=BATCH).to_list()

    def count_between(self, rid: str, low: datetime, high: datetime, more: Document) -> int:
        return self._count(_within(rid, low, high, more))

    def count_in(self, rid: str, more: Document) -> int:
        """How many of a room's messages match: reads the whole room, so only for filters."""
        return self._count([{"$match": {"rid": rid}}, {"$match": {**SHOWN, **more}}])

    def _count(self, steps: list[Document]) -> int:
        found = self._where.aggregate([*steps, {"$count": "n"}]).to_list()
        return int(found[0]["n"]) if found else 0


class Messages(Windows[Document]):
    """`raw` reads the same as BSON that nobody has taken apart yet: see `taken_apart`."""

    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_message")
        super().__init__(self.collection)
        self.raw = Windows[RawBSONDocument](self.collection.with_options(RAW))

    def by_id(self, mid: str) -> Document | None:
        """With `_contrail`: see `revision` and `pending`."""
        return self.collection.find_one({"_id": mid})

    def by_ids(self, mids: Iterable[str]) -> list[Document]:
        match = {"_id": {"$in": list(mids)}}
        return list(self.collection.find(match, batch_size=BATCH))

    def insert(self, message: Document, now: datetime) -> None:
        """Store with its outbox marker. Raises `DuplicateKeyError` when the id is taken."""
        self.collection.insert_one(_first(message, now))

    def insert_all(self, messages: list[Document], now: datetime) -> None:
        """One command: store messages with new ids, each with its outbox marker."""
        self.collection.insert_many([_first(message, now) for message in messages])

    def clear_pending(self, mids: list[str], revision: int) -> None:
        """The fan-out has handed this revision of them on."""
        handed = {"$eq": [f"${OWN}.rev", revision]}
        left = {"$cond": [handed, "$$REMOVE", f"${PENDING}"]}
        self.collection.update_many({"_id": {"$in": mids}}, [{"$set": {PENDING: left}}])

    def pending_before(self, rid: str, ts: datetime) -> list[Document]:
        """A room's messages before `ts` that nobody handed on yet, oldest first; few or none."""
        return self._pending({f"{PENDING}.rid": rid}, {"ts": {"$lt": ts}}, "ts")

    def pending_since(self, before: datetime, limit: int) -> list[Document]:
        """Messages of any room whose marker was set before, oldest first."""
        marked, at = {f"{PENDING}.rid": {"$exists": True}}, f"{PENDING}.at"
        return self._pending(marked, {at: {"$lt": before}}, at, limit)

    def _pending(
        self, marked: Document, more: Document, order: str, limit: int = BATCH
    ) -> list[Document]:
        # Two stages: the embedded engine uses the index only for what it covers whole.
        steps: list[Document] = [{"$match": marked}, {"$match": more}, {"$sort": {order: 1}}]
        return list(self.collection.aggregate([*steps, {"$limit": limit}], batchSize=BATCH))


def _first(message: Document, now: datetime) -> Document:
    return {**message, OWN: {"rev": FIRST, "pending": {"rid": message["rid"], "at": now}}}


def _within(rid: str, low: datetime, high: datetime, more: Document) -> list[Document]:
    # Two stages, though one would do: the embedded engine uses the index only for a match that
    # the index covers whole.
    window = {"rid": rid, "ts": {"$gte": low, "$lt": high}}
    return [{"$match": window}, {"$match": {**SHOWN, **more}}]


def taken_apart(raw: bytes) -> Document:
    """The document that a message's BSON is."""
    return bson.decode(raw, CODEC)


def is_pending(message: Document) -> bool:
    return "pending" in message.get(OWN, {})


def revision(message: Document) -> int:
    return int(message.get(OWN, {}).get("rev", 0))


def visible(document: Document) -> Document:
    """The document without what this project keeps on it."""
    return {key: value for key, value in document.items() if key != OWN}
