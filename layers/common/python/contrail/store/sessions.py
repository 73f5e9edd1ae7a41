"""Collection `rocketchat_sessions`: who logged in where, from what device, until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection
from contrail.store.patterns import containing

OPEN: Document = {"logoutAt": {"$exists": False}, "loginToken": {"$exists": True}}


class Sessions:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_sessions")

    def opened(self, session_id: str, fresh: Document, now: Document) -> None:
        """Store a session, or what is new about one that is there."""
        try:
            self.collection.update_one(
                {"_id": session_id}, {"$set": now, "$setOnInsert": fresh}, upsert=True
            )
        except DuplicateKeyError:
            # Two connections of one device at once: the other has stored the same.
            return

    def closed(self, uid: str, hashes: Iterable[str], by: str, now: datetime) -> None:
        """End the sessions of a person's login tokens, those that are open."""
        match = {"userId": uid, "loginToken": {"$in": list(hashes)}, "logoutAt": OPEN["logoutAt"]}
        ended = {"logoutAt": now, "logoutBy": by, "_updatedAt": now}
        self.collection.update_many(match, {"$set": ended})

    def by_session_id(self, session_id: str, uid: str | None = None) -> Document | None:
        owned = {} if uid is None else {"userId": uid}
        return self.collection.find_one({"sessionId": session_id, **owned})

    def page(
        self,
        since: datetime,
        uid: str | None,
        text: str,
        sort: list[tuple[str, int]],
        offset: int,
        count: int,
    ) -> tuple[list[Document], int]:
        """Open sessions that began after `since`, of one person or of all, and how many there are.

        `text` is looked for in what a session is searched by: device, system and ids.
        """
        match: Document = {**OPEN, "loginAt": {"$gt": since}}
        if uid is not None:
            match["userId"] = uid
        if text:
            match["searchTerm"] = containing(text)
        rows = self.collection.find(match, batch_size=BATCH).sort(sort).skip(offset).limit(count)
        return list(rows), self.collection.count_documents(match)
