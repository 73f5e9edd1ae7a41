"""Collection `contrail_migrations`: which changes of older data were made, and how far.

A document for each, `{_id: <number>, name, beganAt, place, changed, left, doneAt}`: `place` is
where the next batch begins, `left` counts documents that could not be changed. `{_id: "data",
version}` names the last one that is done. Rocket.Chat keeps the like in `migrations`, which is only
read.
"""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import collection

DATA = "data"


class Migrations:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "contrail_migrations")
        self._theirs: Collection[Document] = collection(database, "migrations")

    def version(self) -> int:
        """The number of the last one that is done; 0 before the first."""
        found = self.collection.find_one({"_id": DATA}, {"version": 1}) or {}
        return int(found.get("version", 0))

    def begin(self, number: int, name: str, now: datetime) -> str:
        """Note that it is being made; where it was left, empty at its beginning."""
        fresh = {"name": name, "beganAt": now, "place": "", "changed": 0, "left": 0}
        self.collection.update_one({"_id": number}, {"$setOnInsert": fresh}, upsert=True)
        found = self.collection.find_one({"_id": number}, {"place": 1}) or {}
        return str(found.get("place") or "")

    def advance(self, number: int, place: str, changed: int, left: int) -> None:
        """A batch of it is done; the next begins after `place`."""
        counted = {"changed": changed, "left": left}
        self.collection.update_one({"_id": number}, {"$set": {"place": place}, "$inc": counted})

    def finish(self, number: int, now: datetime) -> None:
        """It is done, and so is the data's version."""
        self.collection.update_one({"_id": number}, {"$set": {"doneAt": now}})
        version = {"$max": {"version": number}, "$set": {"at": now}}
        self.collection.update_one({"_id": DATA}, version, upsert=True)

    def theirs(self) -> Document:
        """Rocket.Chat's own record: `version`, and `locked` while it changes the data."""
        return self._theirs.find_one({"_id": "control"}) or {}
