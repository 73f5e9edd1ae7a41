"""Collections `rocketchat_settings` and `rocketchat_permissions`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection


class Seeded:
    """A collection that starts out with documents of its own."""

    name: str

    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, self.name)

    def insert_missing(self, documents: Iterable[Document]) -> int:
        """Add what is not there yet, in the given order; how many were added."""
        present = {row["_id"] for row in self.collection.find({}, {"_id": 1}, batch_size=BATCH)}
        missing = [InsertOne(d) for d in documents if d["_id"] not in present]
        if missing:
            self.collection.bulk_write(missing, ordered=True)
        return len(missing)


class SettingsStore(Seeded):
    name = "rocketchat_settings"

    def matching(self, match: Document) -> list[Document]:
        """What matches and is not hidden. `match` holds no operators of clients."""
        shown = {**match, "hidden": {"$ne": True}}
        return list(self.collection.find(shown, VISIBLE, batch_size=BATCH))

    def public(self) -> list[Document]:
        return self.matching({"public": True})

    def by_ids(self, ids: Iterable[str]) -> list[Document]:
        """Hidden ones too."""
        match = {"_id": {"$in": list(ids)}}
        return list(self.collection.find(match, VISIBLE, batch_size=BATCH))

    def page(
        self, match: Document, sort: list[tuple[str, int]], offset: int, count: int
    ) -> tuple[list[Document], int]:
        """A page of those that are not hidden, and how many there are."""
        shown = {"$and": [match, {"hidden": {"$ne": True}}]}
        rows = self.collection.find(shown, VISIBLE, batch_size=BATCH).sort(sort)
        return list(rows.skip(offset).limit(count)), self.collection.count_documents(shown)

    def change(self, values: Mapping[str, Document], now: datetime, session: ClientSession) -> None:
        """Set fields of settings by id; their values come from the workspace from now on."""
        source = {"valueSource": "customValue", "_updatedAt": now}
        writes = [
            UpdateOne({"_id": key}, {"$set": {**fields, **source}})
            for key, fields in values.items()
        ]
        self.collection.bulk_write(writes, ordered=True, session=session)

    def add(self, documents: list[Document], session: ClientSession) -> None:
        """Add what is not there yet; the rest keeps its value."""
        writes = [
            UpdateOne({"_id": one["_id"]}, {"$setOnInsert": one}, upsert=True) for one in documents
        ]
        self.collection.bulk_write(writes, ordered=True, session=session)

    def remove(self, ids: list[str], session: ClientSession) -> None:
        self.collection.delete_many({"_id": {"$in": ids}}, session=session)

    def touch(self, ids: list[str], now: datetime, session: ClientSession) -> None:
        match = {"_id": {"$in": ids}}
        self.collection.update_many(match, {"$set": {"_updatedAt": now}}, session=session)

    def set_values(self, values: Mapping[str, Any], now: datetime) -> None:
        """Write values over what is stored, as the environment overrides them."""
        source = {"valueSource": "processEnvValue", "_updatedAt": now}
        writes = [
            UpdateOne({"_id": key}, {"$set": {"value": value, **source, "processEnvValue": value}})
            for key, value in values.items()
        ]
        if writes:
            self.collection.bulk_write(writes, ordered=False)


class PermissionsStore(Seeded):
    name = "rocketchat_permissions"

    def all(self) -> list[Document]:
        return list(self.collection.find({}, VISIBLE, batch_size=BATCH))

    def set_roles(
        self, permissions: Iterable[Document], now: datetime, session: ClientSession
    ) -> None:
        """Store `roles` of each; one that is not there yet is added as given."""
        self._write(permissions, lambda one: {"$set": {"roles": one["roles"]}}, now, session)

    def add_role(
        self, permissions: Iterable[Document], role: str, now: datetime, session: ClientSession
    ) -> None:
        """Likewise: the role beside those that each has, or was given with."""
        self._write(permissions, lambda _: {"$addToSet": {"roles": role}}, now, session)

    def remove_role(
        self, ids: Iterable[str], role: str, now: datetime, session: ClientSession
    ) -> None:
        self.collection.update_many(
            {"_id": {"$in": list(ids)}, "roles": role},
            {"$pull": {"roles": role}, "$set": {"_updatedAt": now}},
            session=session,
        )

    def with_role(self, role: str) -> list[str]:
        found = self.collection.find({"roles": role}, {"_id": 1}, batch_size=BATCH)
        return [row["_id"] for row in found]

    def _write(
        self,
        permissions: Iterable[Document],
        change: Callable[[Document], Document],
        now: datetime,
        session: ClientSession,
    ) -> None:
        writes = []
        for one in permissions:
            update = change(one)
            update["$set"] = {**update.get("$set", {}), "_updatedAt": now}
            fresh = {key: one[key] for key in one if key not in ("_id", "roles", "_updatedAt")}
            if fresh:
                update["$setOnInsert"] = fresh
            writes.append(UpdateOne({"_id": one["_id"]}, update, upsert=True))
        self.collection.bulk_write(writes, ordered=True, session=session)
