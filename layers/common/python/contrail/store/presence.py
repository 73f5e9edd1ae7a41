"""Collection `usersSessions`: the open connections of each person, and what follows for them.

A document is `{_id: uid, connections: [{id, instanceId, status, _createdAt, _updatedAt}]}` as
Rocket.Chat keeps it. Connections of other servers, as an import brings them along, are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, collection

OURS = "contrail"
REVISION, DUE = f"{OWN}.rev", f"{OWN}.due"
SETTLED = f"{OWN}.presence"
"""On a user: the revision of the connections that the status was last worked out from."""
UNTOLD = f"{OWN}.untold"
"""On a user: the status has changed, and has yet to be published."""
OFFLINE = "offline"
CHOSEN = ("busy", "away", "offline")
"""Default statuses that win over how someone is connected."""
TOLD = dict.fromkeys(
    ("username", "name", "roles", "status", "statusDefault", "statusText", UNTOLD), 1
)


class Presence:
    def __init__(self, database: Database[Document]) -> None:
        self._sessions: Collection[Document] = collection(database, "usersSessions")
        self._users: Collection[Document] = collection(database, "users")

    def note(
        self, uid: str, connection_id: str, status: str, now: datetime, due: datetime
    ) -> Document:
        """Keep a connection with its status; the document after it. To be looked at when `due`."""
        mine = self._with_id(connection_id, "$eq")
        known = {"$map": {"input": mine, "as": "one", "in": "$$one._createdAt"}}
        entry = {
            "id": {"$literal": connection_id},
            "instanceId": OURS,
            "status": status,
            "_createdAt": {"$ifNull": [{"$max": known}, now]},
            "_updatedAt": now,
        }
        change = {
            "connections": {"$concatArrays": [self._with_id(connection_id, "$ne"), [entry]]},
            REVISION: _raised(),
            DUE: {"$ifNull": [f"${DUE}", due]},
        }
        found = self._sessions.find_one_and_update(
            {"_id": uid}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
        return found or {}

    def forget(self, uid: str, connection_id: str) -> Document | None:
        """Drop a connection; the document after it, None when the person has none here."""
        change = {"connections": self._with_id(connection_id, "$ne"), REVISION: _raised()}
        return self._sessions.find_one_and_update(
            {"_id": uid}, [{"$set": change}], return_document=ReturnDocument.AFTER
        )

    def owner(self, connection_id: str) -> str:
        """Whose connection it is, empty for nobody's."""
        found = self._sessions.find_one({"connections.id": connection_id}, {"_id": 1})
        return str(found["_id"]) if found else ""

    def settle(self, uid: str, connection: str, revision: int, now: datetime) -> Document | None:
        """Give a person the status that follows from `connection`; what it was before.

        None when there is no such person, or a later revision has been settled.
        """
        chosen = {"$in": [{"$ifNull": ["$statusDefault", "online"]}, list(CHOSEN)]}
        shown: Any = {"$cond": [chosen, "$statusDefault", connection]}
        if connection == OFFLINE:
            shown = connection
        same = {"$eq": ["$status", shown]}
        change = {
            "statusConnection": connection,
            "status": shown,
            SETTLED: revision,
            "_updatedAt": {"$cond": [same, "$_updatedAt", now]},
            UNTOLD: {"$or": [{"$not": [same]}, {"$ifNull": [f"${UNTOLD}", False]}]},
        }
        match = {"_id": uid, SETTLED: {"$not": {"$gte": revision}}}
        return self._users.find_one_and_update(match, [{"$set": change}], TOLD)

    def told(self, uid: str, revision: int) -> None:
        """The status that was settled with this revision was published."""
        self._users.update_one({"_id": uid, SETTLED: revision}, {"$unset": {UNTOLD: ""}})

    def choose(self, uid: str, chosen: str, fields: Document, now: datetime) -> Document | None:
        """Set a person's default status, and `fields`; what they are then, None for nobody.

        While they are connected it is what everyone sees.
        """
        connection = {"$ifNull": ["$statusConnection", OFFLINE]}
        shown: Any = connection
        if chosen in CHOSEN:
            shown = {"$cond": [{"$eq": [connection, OFFLINE]}, OFFLINE, chosen]}
        change = {
            **{name: {"$literal": value} for name, value in fields.items()},
            "statusDefault": chosen,
            "status": shown,
            "_updatedAt": now,
        }
        return self._users.find_one_and_update(
            {"_id": uid}, [{"$set": change}], TOLD, return_document=ReturnDocument.AFTER
        )

    def due(self, now: datetime, limit: int) -> list[Document]:
        """Whose connections are to be looked at."""
        return list(self._sessions.find({DUE: {"$lte": now}}).limit(limit))

    def looked(self, seen: Iterable[tuple[Document, datetime | None]]) -> None:
        """Look at these again when due, or never for None; not where someone else has meanwhile.

        One command.
        """
        writes = [
            UpdateOne(
                {"_id": sessions["_id"], DUE: sessions[OWN]["due"]},
                {"$set": {DUE: due}} if due else {"$unset": {DUE: ""}},
            )
            for sessions, due in seen
        ]
        if writes:
            self._sessions.bulk_write(writes, ordered=False)

    def count(self) -> int:
        """Connections of people who are logged in."""
        each = {"$group": {"_id": None, "n": {"$sum": {"$size": "$connections"}}}}
        found = next(iter(self._sessions.aggregate([{"$project": {"connections": 1}}, each])), {})
        return int(found.get("n", 0))

    def not_offline(self, uids: list[str] | None, fields: Document) -> list[Document]:
        """Of these people, or of all, those who are not offline."""
        match: Document = {"status": {"$in": ["online", "away", "busy"]}}
        if uids is not None:
            match["_id"] = {"$in": uids}
        return list(self._users.find(match, fields, batch_size=BATCH))

    def changed_since(self, uid: str, since: datetime, fields: Document) -> list[Document]:
        """Everyone but `uid` about whom something changed since then."""
        match = {"_id": {"$ne": uid}, "_updatedAt": {"$gt": since}}
        return list(self._users.find(match, fields, batch_size=BATCH))

    @staticmethod
    def _with_id(connection_id: str, relation: str) -> Document:
        same = {relation: ["$$one.id", {"$literal": connection_id}]}
        here = {"$eq": ["$$one.instanceId", OURS]}
        known = {"$ifNull": ["$connections", []]}
        return {"$filter": {"input": known, "as": "one", "cond": {"$and": [here, same]}}}


def _raised() -> Document:
    return {"$add": [{"$ifNull": [f"${REVISION}", 0]}, 1]}
