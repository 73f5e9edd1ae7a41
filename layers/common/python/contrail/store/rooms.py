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


def _others(mid: str, ts: datetime) -> Document:
    """What is being sent besides `mid` of that time."""
    unlike = {"$or": [{"$ne": ["$$entry._id", {"$literal": mid}]}, {"$ne": ["$$entry.ts", ts]}]}
    return {"$filter": {"input": _sending(), "as": "entry", "cond": unlike}}


def _authors(last: Document) -> Document:
    before = {"$ifNull": [f"${AUTHORS}.last", "$lastMessage.u._id"]}
    uid = {"$literal": last["u"]["_id"]}
    other = {"$cond": [{"$eq": [before, uid]}, f"${AUTHORS}.other", "$lm"]}
    return {"last": uid, "other": {"$ifNull": [other, None]}}


class Rooms:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_room")

    def by_id(self, rid: str, projection: Document | None = None) -> Document | None:
        return self.collection.find_one({"_id": rid}, projection)

    def by_id_or_name(self, text: str, projection: Document | None = None) -> Document | None:
        """The room of this id, otherwise the one of this name: a name may be another room's id."""
        match = {"$or": [{"_id": text}, {"name": text}]}
        found = list(self.collection.find(match, projection).limit(2))
        return min(found, key=lambda room: room["_id"] != text, default=None)

    def by_name(self, name: str, projection: Document | None = None) -> Document | None:
        return self.collection.find_one({"name": name}, projection)

    def called(self, shown: str) -> Document | None:
        """A room by the name that is shown."""
        return self.collection.find_one({"fname": shown}, {"archived": 1})

    def channels(self, mine: list[str], *, everything: bool) -> Document:
        """Matches the public channels someone may list; those of a team only for its members."""
        if not everything:
            return {"t": "c", "_id": {"$in": mine}}
        return {"t": "c", "$or": [{"teamId": {"$exists": False}}, {"_id": {"$in": mine}}]}

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

    def team_defaults(self, team_id: str) -> list[Document]:
        """Rooms that who joins the team joins too; the team's own room apart."""
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        steps: list[Document] = [
            {"$match": {"teamId": team_id}},
            {"$match": {"teamDefault": True, "teamMain": {"$ne": True}}},
            {"$project": VISIBLE},
        ]
        return list(self.collection.aggregate(steps, batchSize=BATCH))

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

    def change(
        self, rid: str, fields: Document, unset: Iterable[str] = (), pull: Document | None = None
    ) -> Document | None:
        """Set and drop fields, and take out of lists what `pull` says; the room after it.

        Raises `DuplicateKeyError` when the name is taken.
        """
        update: Document = {"$set": fields}
        if unset:
            update["$unset"] = dict.fromkeys(unset, "")
        if pull:
            update["$pull"] = pull
        return self.collection.find_one_and_update(
            {"_id": rid}, update, return_document=ReturnDocument.AFTER
        )

    def set_muted(
        self, rid: str, username: str, now: datetime, *, muted: bool, read_only: bool
    ) -> Document | None:
        """Where all may write, list who may not; in a `read_only` room, list who may all the same.

        The room after it.
        """
        update: Document = {"$set": {"_updatedAt": now}}
        if muted:
            update["$pull" if read_only else "$addToSet"] = {
                "unmuted" if read_only else "muted": username
            }
        else:
            # Someone may have been muted before the room became read-only.
            update["$pull"] = {"muted": username}
            if read_only:
                update["$addToSet"] = {"unmuted": username}
        return self.collection.find_one_and_update(
            {"_id": rid}, update, return_document=ReturnDocument.AFTER
        )

    def begin_send(self, rid: str, mid: str, now: datetime) -> Document | None:
        """Give message `mid` its timestamp and count it, once however often this is called.

        The room's clock rises to max(now, clock + 1 ms). The room after it, None when there is
        no such room; the timestamp is in its entry (see `sending`).
        """
        ids = {"$map": {"input": _sending(), "as": "entry", "in": "$$entry._id"}}
        known = {"$in": [{"$literal": mid}, ids]}
        before = {"$ifNull": [f"${OWN}.clock", EPOCH]}
        raised = {"$max": [now, {"$add": [before, 1]}]}
        entry = {"_id": {"$literal": mid}, "ts": raised, "was": before}
        change = {
            f"{OWN}.clock": {"$cond": [known, before, raised]},
            "msgs": {"$add": [{"$ifNull": ["$msgs", 0]}, {"$cond": [known, 0, 1]}]},
            SENDING: {"$concatArrays": [_sending(), {"$cond": [known, [], [entry]]}]},
        }
        return self.collection.find_one_and_update(
            {"_id": rid}, [{"$set": change}], return_document=ReturnDocument.AFTER
        )

    def begin_sends(self, rid: str, mids: list[str], now: datetime) -> Document | None:
        """`begin_send` for several new messages at once, their times in the order of `mids`."""
        before = {"$ifNull": [f"${OWN}.clock", EPOCH]}
        raised = {"$max": [now, {"$add": [before, 1]}]}
        entry = {
            "_id": "$$one._id",
            "ts": {"$add": [raised, "$$one.n"]},
            "was": {"$add": [raised, "$$one.n", -1]},
        }
        listed = [{"_id": mid, "n": n} for n, mid in enumerate(mids)]
        entries = {"$map": {"input": {"$literal": listed}, "as": "one", "in": entry}}
        change = {
            f"{OWN}.clock": {"$add": [raised, len(mids) - 1]},
            "msgs": {"$add": [{"$ifNull": ["$msgs", 0]}, len(mids)]},
            SENDING: {"$concatArrays": [_sending(), entries]},
        }
        return self.collection.find_one_and_update(
            {"_id": rid}, [{"$set": change}], return_document=ReturnDocument.AFTER
        )

    def finish_sends(self, rid: str, mids: list[str], now: datetime) -> Document | None:
        """`finish_send` for several messages that don't move the room."""
        finished = {"$in": ["$$entry._id", {"$literal": mids}]}
        others = {"$eq": [finished, False]}
        left = {"$filter": {"input": _sending(), "as": "entry", "cond": others}}
        change = {SENDING: left, "_updatedAt": {"$max": ["$_updatedAt", now]}}
        return self.collection.find_one_and_update(
            {"_id": rid}, [{"$set": change}], return_document=ReturnDocument.AFTER
        )

    def finish_send(self, message: Document, now: datetime, *, moves: bool) -> Document | None:
        """Take the message off the list; if it `moves` the room and none is newer, it is the last.

        The room after it, with what is still being sent.
        """
        updated = {"$max": ["$_updatedAt", now]}
        change: dict[str, Any] = {
            SENDING: _others(message["_id"], message["ts"]),
            "_updatedAt": updated,
        }
        if moves:
            newest = {"$gte": [message["ts"], {"$ifNull": ["$lm", EPOCH]}]}
            change[AUTHORS] = {"$cond": [newest, _authors(message), f"${AUTHORS}"]}
            change["lastMessage"] = {"$cond": [newest, {"$literal": message}, "$lastMessage"]}
            change["lm"] = {"$max": ["$lm", message["ts"]]}
        return self.collection.find_one_and_update(
            {"_id": message["rid"]}, [{"$set": change}], return_document=ReturnDocument.AFTER
        )

    def left_over(self, before: datetime, limit: int) -> list[tuple[str, Document]]:
        """`(room id, entry)` of messages listed as being sent since before."""
        rooms = self.collection.find({f"{SENDING}.ts": {"$lt": before}}, {SENDING: 1}).limit(limit)
        return [
            (room["_id"], entry)
            for room in rooms
            for entry in room[OWN]["sending"]
            if entry["ts"] < before
        ]

    def take_back(self, rid: str, entry: Document) -> None:
        """Undo a `begin_send` whose message turned out to be stored before, at another time.

        The clock goes back too, unless it has moved on since.
        """
        last = {"$eq": [f"${OWN}.clock", entry["ts"]]}
        change = {
            "msgs": {"$add": ["$msgs", -1]},
            f"{OWN}.clock": {"$cond": [last, entry["was"], f"${OWN}.clock"]},
            SENDING: _others(entry["_id"], entry["ts"]),
        }
        match = {"_id": rid, SENDING: {"$elemMatch": {"_id": entry["_id"], "ts": entry["ts"]}}}
        self.collection.update_one(match, [{"$set": change}])


def sending(room: Document, mid: str) -> Document | None:
    """The entry `{_id, ts, was}` that `begin_send` made for `mid`, None when it is not there."""
    return next((e for e in room.get(OWN, {}).get("sending", ()) if e["_id"] == mid), None)
