"""Collection `rocketchat_uploads`: what is known of files. The files themselves are blobs.

`_contrail` on a file: `message` and `thumbnail` are the ids that these get once it is confirmed;
`announced` is the size of one that a client puts into the store by itself, `taken` the version of
it that is posted; `gone` is when it was deleted, which hides it until its blobs are deleted too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, VISIBLE, collection

GONE = f"{OWN}.gone"
TAKEN = f"{OWN}.taken"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
LISTED: Document = {
    "typeGroup": {"$ne": "thumb"},
    "_hidden": {"$ne": True},
    "expiresAt": {"$exists": False},
    GONE: {"$exists": False},
}
"""Leaves out thumbnails, files of kept history, and those that are not confirmed or deleted."""


class Uploads:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_uploads")

    def insert(self, *files: Document) -> None:
        self.collection.insert_many(list(files))

    def add(self, file: Document) -> None:
        """What is there under its id stays as it is."""
        with suppress(DuplicateKeyError):
            self.collection.insert_one(file)

    def by_id(self, fid: str) -> Document | None:
        """With `_contrail`. None for one that was deleted."""
        return self.collection.find_one({"_id": fid, GONE: {"$exists": False}})

    def take(self, fid: str, fields: Document, taken: str, now: datetime) -> Document | None:
        """Someone posts the file, and this version of it: the file after it.

        None when it was deleted or posted, its time is over, or another version was taken.
        """
        match: Document = {"_id": fid, "expiresAt": {"$gt": now}, GONE: {"$exists": False}}
        match["$or"] = [{TAKEN: {"$exists": False}}, {TAKEN: taken}]
        return self.collection.find_one_and_update(
            match, {"$set": {**fields, TAKEN: taken}}, return_document=ReturnDocument.AFTER
        )

    def complete(self, changes: Mapping[str, Document]) -> None:
        """They were posted and stay; what was deleted meanwhile stays deleted. By id the fields."""
        writes = [
            UpdateOne(
                {"_id": fid, "expiresAt": {"$exists": True}, GONE: {"$exists": False}},
                {"$set": fields, "$unset": {"expiresAt": ""}},
            )
            for fid, fields in changes.items()
        ]
        if writes:
            self.collection.bulk_write(writes, ordered=False)

    def page(
        self, rid: str, more: Document, sort: list[tuple[str, int]], offset: int, count: int
    ) -> tuple[list[Document], int]:
        """Of a room, and how many there are in all."""
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        steps: list[dict[str, Any]] = [{"$match": {"rid": rid}}, {"$match": {**LISTED, **more}}]
        order: list[dict[str, Any]] = [{"$sort": dict(sort)}, {"$skip": offset}, {"$limit": count}]
        order.append({"$project": VISIBLE})
        rows = list(self.collection.aggregate([*steps, *order], batchSize=BATCH)) if count else []
        number = list(self.collection.aggregate([*steps, {"$count": "n"}]))
        return rows, int(number[0]["n"]) if number else 0

    def hide(self, fids: Iterable[str]) -> None:
        """Their message is hidden, or stands as deleted with a copy kept of it."""
        self.collection.update_many({"_id": {"$in": list(fids)}}, {"$set": {"_hidden": True}})

    def forget(self, fids: Iterable[str], now: datetime) -> None:
        self._forget({"_id": {"$in": list(fids)}}, now)

    def forget_room(self, rid: str, now: datetime) -> None:
        self._forget({"rid": rid}, now)

    def forget_user(self, uid: str, now: datetime) -> None:
        """All that someone has uploaded to rooms."""
        self._forget({"userId": uid}, now)

    def expired(self, before: datetime, limit: int) -> list[Document]:
        """Those that nobody has confirmed in time."""
        return list(self.collection.find({"expiresAt": {"$lt": before}}).limit(limit))

    def forget_expired(self, fids: Iterable[str], before: datetime, now: datetime) -> None:
        """Those whose time has not been put off meanwhile."""
        self._forget({"_id": {"$in": list(fids)}, "expiresAt": {"$lt": before}}, now)

    def gone(self, limit: int) -> list[Document]:
        """Deleted files whose blobs are still there."""
        return list(self.collection.find({GONE: {"$gt": NEVER}}).limit(limit))

    def remove(self, fids: Iterable[str]) -> None:
        self.collection.delete_many({"_id": {"$in": list(fids)}})

    def _forget(self, match: Document, now: datetime) -> None:
        self.collection.update_many(match, {"$set": {GONE: now}, "$unset": {"expiresAt": ""}})
