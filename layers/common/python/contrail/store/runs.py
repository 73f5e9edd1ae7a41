"""Collection `contrail_runs`: work that one process at a time does, now and then."""

from __future__ import annotations

from datetime import UTC, datetime

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import collection

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Runs:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "contrail_runs")

    def want(self, name: str) -> None:
        """Have it done, whether it is due or not."""
        self._ensure(name)
        self.collection.update_one({"_id": name}, {"$set": {"wanted": True}})

    def take(self, name: str, now: datetime, *, due: datetime, until: datetime) -> str:
        """Begin it if it was last done before `due`, or is wanted; the holder's mark.

        Empty where it is not due, and while another holds it. Held `until` then, unless it is
        renewed: whoever does not has died.
        """
        self._ensure(name)
        mark, free = random_id(), {"_id": name, "until": {"$lt": now}}
        begun = {"$set": {"until": until, "by": mark, "wanted": False}}
        match = {**free, "$or": [{"last": {"$lt": due}}, {"wanted": True}]}
        taken = self.collection.update_one(match, begun).modified_count == 1
        return mark if taken else ""

    def renew(self, name: str, mark: str, until: datetime) -> bool:
        """False for who holds it no more."""
        match = {"_id": name, "by": mark}
        return self.collection.update_one(match, {"$set": {"until": until}}).matched_count == 1

    def done(self, name: str, mark: str, began: datetime) -> None:
        """It was done as of `began`."""
        fields = {"until": NEVER, "last": began, "place": ""}
        self.collection.update_one({"_id": name, "by": mark}, {"$set": fields})

    def pause(self, name: str, mark: str, place: str) -> None:
        """Let go of it before it is done; who takes it next goes on at the place."""
        fields = {"until": NEVER, "place": place}
        self.collection.update_one({"_id": name, "by": mark}, {"$set": fields})

    def release(self, name: str) -> None:
        """Whoever held it is gone."""
        self.collection.update_one({"_id": name}, {"$set": {"until": NEVER}})

    def place(self, name: str) -> str:
        """Where it was left; empty at its beginning."""
        found = self.collection.find_one({"_id": name}, {"place": 1}) or {}
        return str(found.get("place") or "")

    def _ensure(self, name: str) -> None:
        fresh = {"until": NEVER, "last": NEVER, "wanted": False}
        self.collection.update_one({"_id": name}, {"$setOnInsert": fresh}, upsert=True)
