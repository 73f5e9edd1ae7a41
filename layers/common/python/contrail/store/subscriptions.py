"""Collection `rocketchat_subscription`: who is in which room, and what they have read of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, VISIBLE, collection

FEW = 4
"""The embedded engine reads so many documents of a room while it looks up one of a list."""


class Subscriptions:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_subscription")

    def standing(self, uid: str, rid: str, mid: str = "") -> Document | None:
        """One command: the subscription with its `room` and, for a `mid`, that `message`."""
        pipeline: list[dict[str, Any]] = [
            {"$match": {"rid": rid, "u._id": uid}},
            {"$limit": 1},
            _one("rocketchat_room", "rid", "room"),
        ]
        if mid:
            pipeline += [
                {"$set": {f"{OWN}.mid": {"$literal": mid}}},
                _one("rocketchat_message", f"{OWN}.mid", "message"),
            ]
        found = next(iter(self.collection.aggregate(pipeline)), None)
        if found:
            found.get(OWN, {}).pop("mid", None)
            found["room"] = next(iter(found["room"]), None)
            found["message"] = next(iter(found.get("message", ())), None)
        return found

    def of_user(self, uid: str) -> list[Document]:
        return list(self.collection.find({"u._id": uid}, VISIBLE, batch_size=BATCH))

    def with_rooms(self, uid: str) -> list[Document]:
        """One command: a user's subscriptions, each with its `room` (None when it is gone)."""
        pipeline: list[dict[str, Any]] = [
            {"$match": {"u._id": uid}},
            _one("rocketchat_room", "rid", "room"),
        ]
        rows = list(self.collection.aggregate(pipeline, batchSize=BATCH))
        for row in rows:
            row["room"] = next(iter(row["room"]), None)
        return rows

    def of_members(
        self,
        rid: str,
        uids: Iterable[str],
        members: int | None = None,
        projection: Document | None = None,
    ) -> list[Document]:
        """With what is ours on them, as `domain.unread` needs it; a `projection` keeps `u._id`.

        Where a good part of the room's `members` (how many there are) is asked for, all are read.
        """
        wanted = set(uids)
        if members is not None and members <= FEW * len(wanted):
            rows = self.collection.find({"rid": rid}, projection, batch_size=BATCH)
            return [row for row in rows if row["u"]["_id"] in wanted]
        match = {"rid": rid, "u._id": {"$in": list(wanted)}}
        return list(self.collection.find(match, projection, batch_size=BATCH))

    def among(self, uid: str, rids: Iterable[str]) -> list[Document]:
        """Someone's subscriptions to these rooms."""
        # Two stages: by one of many rooms the embedded engine would read all members of each.
        steps: list[Document] = [
            {"$match": {"u._id": uid}},
            {"$match": {"rid": {"$in": list(rids)}}},
            {"$project": VISIBLE},
        ]
        return list(self.collection.aggregate(steps, batchSize=BATCH))

    def one(self, uid: str, rid: str) -> Document | None:
        return self.collection.find_one({"rid": rid, "u._id": uid})

    def insert(self, subscription: Document) -> None:
        """Raises `DuplicateKeyError` when the person is in the room already."""
        self.collection.insert_one(subscription)

    def insert_all(self, subscriptions: Sequence[Document]) -> None:
        if subscriptions:
            self.collection.insert_many(subscriptions)

    def drop_keys(self, uid: str, now: datetime) -> None:
        """The keys of end-to-end encrypted rooms that this person was given."""
        keys = {"E2EKey": 1, "E2ESuggestedKey": 1, "oldRoomKeys": 1, "suggestedOldRoomKeys": 1}
        self.collection.update_many(
            {"u._id": uid, "E2EKey": {"$exists": True}},
            {"$unset": keys, "$set": {"_updatedAt": now}},
        )

    def change(
        self, uid: str, rid: str, fields: Document, unset: Iterable[str] = ()
    ) -> Document | None:
        """Set and drop fields; the subscription after it, None when there is none."""
        update: Document = {"$set": fields}
        if unset:
            update["$unset"] = dict.fromkeys(unset, "")
        return self.collection.find_one_and_update(
            {"rid": rid, "u._id": uid}, update, return_document=ReturnDocument.AFTER
        )

    def ignore(
        self, uid: str, rid: str, other: str, now: datetime, *, ignored: bool
    ) -> Document | None:
        """Put someone on the list of those whom `uid` ignores in a room, or take them off it;
        the subscription after it, None when there is none.
        """
        return self.collection.find_one_and_update(
            {"rid": rid, "u._id": uid},
            {
                "$addToSet" if ignored else "$pull": {"ignored": other},
                "$set": {"_updatedAt": now},
            },
            return_document=ReturnDocument.AFTER,
        )

    def slowest(self, rid: str, but: str) -> Document | None:
        """The `ls` of the member who has read least of a room, `but` for one of them."""
        return self.collection.find_one(
            {"rid": rid, "u._id": {"$ne": but}}, {"ls": 1}, sort=[("ls", 1)]
        )

    def mark_read(self, uid: str, rid: str, now: datetime, *, threads: bool) -> Document | None:
        """Reset what is unread; the subscription after it, None when there is none."""
        change: dict[str, Any] = {
            "open": True,
            "alert": False,
            "unread": 0,
            "userMentions": 0,
            "groupMentions": 0,
            "ls": now,
            "_updatedAt": now,
        }
        update: dict[str, Any] = {"$set": change}
        if threads:
            update["$unset"] = {"tunread": 1, "tunreadUser": 1, "tunreadGroup": 1}
        return self.collection.find_one_and_update(
            {"rid": rid, "u._id": uid}, update, return_document=ReturnDocument.AFTER
        )


def _one(source: str, local: str, name: str) -> dict[str, Any]:
    return {
        "$lookup": {"from": source, "localField": local, "foreignField": "_id", "as": name},
    }
