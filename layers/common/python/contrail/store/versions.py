"""Versions of what functions cache: one small document each, read along with every caller."""

from __future__ import annotations

from collections.abc import Callable

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import collection

CACHED = {
    "settings": ("rocketchat_settings", {"value": 1, "enterprise": 1, "invalidValue": 1}),
    "permissions": ("rocketchat_permissions", {"roles": 1}),
}

GUARDED = "guarded"
"""No version of anything: it is there once somebody may see less than all of their rooms, and says
since when, in ms since 1970.
"""


class Versions:
    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self.collection: Collection[Document] = collection(database, "contrail_versions")

    def read(self) -> dict[str, int]:
        return {row["_id"]: row["n"] for row in self.collection.find({})}

    def load(self, name: str) -> list[Document]:
        """Every document behind a cache, in the fields that the cache keeps."""
        source, projection = CACHED[name]
        return list(collection(self._database, source).find({}, projection, batch_size=10_000))

    def raise_with(self, name: str, write: Callable[[ClientSession], None]) -> None:
        """Run `write` and raise the version with it, both or neither."""

        def both(session: ClientSession) -> None:
            write(session)
            self._raise(name, session)

        with self._database.client.start_session() as session:
            session.with_transaction(both)

    def guard(self, now: int) -> None:
        """Say for good that someone may not see the public rooms that they are in."""

        def since(session: ClientSession) -> None:
            first = {"$setOnInsert": {"n": now}}
            self.collection.update_one({"_id": GUARDED}, first, upsert=True, session=session)

        self.raise_with("permissions", since)

    def _raise(self, name: str, session: ClientSession) -> None:
        self.collection.update_one({"_id": name}, {"$inc": {"n": 1}}, upsert=True, session=session)

    def raise_now(self, name: str) -> None:
        self.collection.update_one({"_id": name}, {"$inc": {"n": 1}}, upsert=True)

    def claim(self, name: str, uid: str) -> str:
        """Who holds `name`: the first to ask, for good."""
        row = self.collection.find_one_and_update(
            {"_id": name},
            {"$setOnInsert": {"n": 0, "uid": uid}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return str((row or {}).get("uid"))
