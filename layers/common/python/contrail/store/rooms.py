"""Collection `rocketchat_room`.

A room document is also the clock and the counter of its messages. A message being stored is
listed in `_contrail.sending` between the room's update and the message's insert, which makes
counting idempotent per message id and tells the fan-out what is still on its way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, VISIBLE, collection
from contrail.store.patterns import containing

SENDING = f"{OWN}.sending"
AUTHORS = f"{OWN}.authors"
"""`last` wrote the last message, `other` is when anyone else last did: own messages don't alert."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PUBLIC = {OWN: 0, "joinCode": 0, "members": 0, "importIds": 0, "e2e": 0}
"""Projection of rooms that leave as whole documents."""


def _sending() -> Document:
    return {"$ifNull": [f"${SENDING}", []]}


def _ids_of(entries: Document) -> Document:
    return {"$map": {"input": entries, "as": "entry", "in": "$$entry._id"}}


def _authors(last: Document) -> Document:
    before = {"$ifNull": [f"${AUTHORS}.last", "$lastMessage.u._id"]}
    same = {"$eq": [before, last["u"]["_id"]]}
    other = {"$cond": [same, f"${AUTHORS}.other", "$lm"]}
    return {"last": last["u"]["_id"], "other": {"$ifNull": [other, None]}}


class Rooms:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_room")

    def by_id(self, rid: str, projection: Document | None = None) -> Document | None:
        return self.collection.find_one({"_id": rid}, projection)

    def by_id_or_name(self, text: str, projection: Document | None = None) -> Document | None:
        match = {"$or": [{"_id": text}, {"name": text}]}
        return self.collection.find_one(match, projection)

    def by_name(self, name: str, projection: Document | None = None) -> Document | None:
        return self.collection.find_one({"name": name}, projection)

    def channels(self, mine: list[str], *, everything: bool) -> Document:
        """Matches the public channels someone may list; those of a team only for its members."""
        if not everything:
            return {"t": "c", "_id": {"$in": mine}}
        return {"t": "c", "$or": [{"teamId": {"$exists": False}}, {"_id": {"$in": mine}}]}

    def page(
        self,
        match: Document,
        sort: list[tuple[str, int]],
        offset: int,
        count: int,
        fields: dict[str, int],
    ) -> tuple[list[Document], int]:
        """A page of whole rooms, or of `fields`, and how many match in all."""
        excluding = not fields or 0 in {on for key, on in fields.items() if key != "_id"}
        projection = {**fields, **PUBLIC} if excluding else fields
        cursor = self.collection.find(match, projection, batch_size=BATCH)
        rows = list(cursor.sort(sort).skip(offset).limit(count))
        return rows, self.collection.count_documents(match)

    def named(
        self,
        text: str,
        kinds: tuple[str, ...],
        mine: list[str],
        *,
        everything: bool,
        sort: list[tuple[str, int]],
        limit: int,
    ) -> list[Document]:
        """Channels whose name contains `text`: public ones, and private ones one is in."""
        visible = [self.channels(mine, everything=everything), {"t": "p", "_id": {"$in": mine}}]
        match: Document = {"t": {"$in": list(kinds)}, "$or": visible}
        if text:
            match["name"] = containing(text)
        cursor = self.collection.find(match, {"name": 1, "t": 1}, batch_size=BATCH)
        return list(cursor.sort(sort).limit(limit))

    def by_ids(self, rids: Iterable[str], projection: Document) -> list[Document]:
        match = {"_id": {"$in": list(rids)}}
        return list(self.collection.find(match, projection, batch_size=BATCH))

    def defaults(self) -> list[Document]:
        match = {"default": True, "t": {"$in": ["c", "p"]}}
        return list(self.collection.find(match, VISIBLE, batch_size=BATCH))

    def insert(self, room: Document) -> None:
        """Raises `DuplicateKeyError` when the name is taken."""
        self.collection.insert_one(room)

    def change_count(self, rid: str, by: int, now: datetime) -> Document | None:
        """Move `usersCount`; the room after it."""
        return self.collection.find_one_and_update(
            {"_id": rid},
            {"$inc": {"usersCount": by}, "$set": {"_updatedAt": now}},
            VISIBLE,
            return_document=ReturnDocument.AFTER,
        )

    def begin_send(self, rid: str, mid: str, now: datetime) -> Document | None:
        """Give message `mid` its timestamp and count it, once however often this is called.

        The room's clock rises to max(now, clock + 1 ms). The room after it, None when there is
        no such room; the timestamp is in its `sending` entry (see `sent_at`).
        """
        known = {"$in": [mid, _ids_of(_sending())]}
        tick = {"$add": [{"$ifNull": [f"${OWN}.clock", EPOCH]}, 1]}
        raised = {"$max": [now, tick]}
        entry = [{"_id": mid, "ts": f"${OWN}.clock"}]
        steps: list[dict[str, Any]] = [
            {"$set": {f"{OWN}.known": known}},
            {
                "$set": {
                    f"{OWN}.clock": {"$cond": [f"${OWN}.known", f"${OWN}.clock", raised]},
                    "msgs": {
                        "$add": [{"$ifNull": ["$msgs", 0]}, {"$cond": [f"${OWN}.known", 0, 1]}]
                    },
                }
            },
            {
                "$set": {
                    SENDING: {
                        "$concatArrays": [_sending(), {"$cond": [f"${OWN}.known", [], entry]}]
                    }
                }
            },
            {"$unset": f"{OWN}.known"},
        ]
        return self.collection.find_one_and_update(
            {"_id": rid}, steps, return_document=ReturnDocument.AFTER
        )

    def finish_send(
        self, rid: str, mid: str, now: datetime, last: Document | None
    ) -> Document | None:
        """Take `mid` off the list; `last`, if given, becomes lastMessage unless a newer one is.

        The room after it, with what is still being sent.
        """
        rest = {
            "$filter": {
                "input": _sending(),
                "as": "entry",
                "cond": {"$ne": ["$$entry._id", mid]},
            }
        }
        change: dict[str, Any] = {SENDING: rest, "_updatedAt": {"$max": ["$_updatedAt", now]}}
        if last is not None:
            newest = {"$gte": [last["ts"], {"$ifNull": ["$lm", EPOCH]}]}
            change[AUTHORS] = {"$cond": [newest, _authors(last), f"${AUTHORS}"]}
            change["lastMessage"] = {"$cond": [newest, {"$literal": last}, "$lastMessage"]}
            change["lm"] = {"$max": ["$lm", last["ts"]]}
        return self.collection.find_one_and_update(
            {"_id": rid}, [{"$set": change}], return_document=ReturnDocument.AFTER
        )

    def take_back(self, rid: str, mid: str, ts: datetime) -> None:
        """Undo `begin_send` for a message that turned out to be stored before, at another time."""
        self.collection.update_one(
            {"_id": rid, SENDING: {"$elemMatch": {"_id": mid, "ts": ts}}},
            {"$inc": {"msgs": -1}, "$pull": {SENDING: {"_id": mid}}},
        )


def sent_at(room: Document, mid: str) -> datetime | None:
    """The timestamp that `begin_send` gave to `mid`, None when it is not being sent."""
    for entry in room[OWN].get("sending", ()):
        if entry["_id"] == mid:
            ts: datetime = entry["ts"]
            return ts
    return None
