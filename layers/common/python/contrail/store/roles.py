"""Collection `rocketchat_roles`, and who has which role.

Roles of scope `Users` stand in users, those of scope `Subscriptions` in a room's subscriptions.
"""

from __future__ import annotations

from datetime import datetime

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection
from contrail.store.config import Seeded

BEFORE = ReturnDocument.BEFORE


class RolesStore(Seeded):
    name = "rocketchat_roles"

    def __init__(self, database: Database[Document]) -> None:
        super().__init__(database)
        self._users = collection(database, "users")
        self._subscriptions = collection(database, "rocketchat_subscription")

    def ids(self) -> set[str]:
        return {row["_id"] for row in self.collection.find({}, {"_id": 1}, batch_size=BATCH)}

    def all(self) -> list[Document]:
        return list(self.collection.find({}, VISIBLE, batch_size=BATCH))

    def by_id_or_name(self, text: str, session: ClientSession | None = None) -> Document | None:
        """The id comes first: a role may be named as another is called."""
        return self.collection.find_one(
            {"_id": text}, VISIBLE, session=session
        ) or self.collection.find_one({"name": text}, VISIBLE, session=session)

    def insert(self, role: Document, session: ClientSession) -> None:
        self.collection.insert_one(role, session=session)

    def change(self, role_id: str, fields: Document, session: ClientSession) -> Document | None:
        return self.collection.find_one_and_update(
            {"_id": role_id},
            {"$set": fields},
            VISIBLE,
            return_document=ReturnDocument.AFTER,
            session=session,
        )

    def remove(self, role_id: str, session: ClientSession) -> None:
        self.collection.delete_one({"_id": role_id}, session=session)

    def in_use(self, role_id: str, session: ClientSession) -> bool:
        match = {"roles": role_id}
        return any(
            where.find_one(match, {"_id": 1}, session=session) is not None
            for where in (self._users, self._subscriptions)
        )

    def admins(self, session: ClientSession) -> list[Document]:
        """`_id` and `active` of everyone with the role `admin`."""
        match, fields = {"roles": "admin"}, {"active": 1}
        return list(self._users.find(match, fields, batch_size=BATCH, session=session))

    def give(self, uid: str, role_id: str, now: datetime) -> bool:
        """False when the user has the role already, or is gone."""
        before = self._users.find_one_and_update(
            {"_id": uid}, _adding(role_id, now), {"roles": 1}, return_document=BEFORE
        )
        return before is not None and role_id not in (before.get("roles") or ())

    def take(
        self, uid: str, role_id: str, now: datetime, session: ClientSession | None = None
    ) -> None:
        self._users.update_one({"_id": uid}, _pulling(role_id, now), session=session)

    def give_in_room(self, uid: str, rid: str, role_id: str, now: datetime) -> Document | None:
        """The subscription before it; None when the user is not in the room."""
        return self._subscriptions.find_one_and_update(
            {"rid": rid, "u._id": uid}, _adding(role_id, now), VISIBLE, return_document=BEFORE
        )

    def take_in_room(
        self, uid: str, rid: str, role_id: str, now: datetime, session: ClientSession | None = None
    ) -> Document | None:
        """The subscription before it; None when the user is not in the room."""
        return self._subscriptions.find_one_and_update(
            {"rid": rid, "u._id": uid},
            _pulling(role_id, now),
            VISIBLE,
            return_document=BEFORE,
            session=session,
        )

    def holders(self, role_id: str, fields: Document, offset: int, count: int) -> list[Document]:
        """Users with the role, by username."""
        cursor = self._users.find({"roles": role_id}, fields, batch_size=BATCH)
        return list(cursor.sort("username", 1).skip(offset).limit(count))

    def count_holders(self, role_id: str) -> int:
        return self._users.count_documents({"roles": role_id})

    def holders_of_any(self, role_ids: list[str], fields: Document) -> list[Document]:
        cursor = self._users.find({"roles": {"$in": role_ids}}, fields, batch_size=BATCH)
        return list(cursor.sort("username", 1))

    def holders_in_rooms(self, role_id: str, rid: str) -> list[str]:
        """Ids of users with the role in the room, or in any room for an empty `rid`."""
        # Two stages: the embedded engine uses an index only for a match that it covers whole.
        steps: list[Document] = [{"$match": {"rid": rid}}] if rid else []
        steps += [{"$match": {"roles": role_id}}, {"$project": {"u._id": 1}}]
        rows = self._subscriptions.aggregate(steps, batchSize=BATCH)
        return sorted({row["u"]["_id"] for row in rows})

    def people(self, uids: list[str], fields: Document, offset: int, count: int) -> list[Document]:
        """Those users, by username."""
        cursor = self._users.find({"_id": {"$in": uids}}, fields, batch_size=BATCH)
        return list(cursor.sort("username", 1).skip(offset).limit(count))


def _adding(role_id: str, now: datetime) -> Document:
    return {"$addToSet": {"roles": role_id}, "$set": {"_updatedAt": now}}


def _pulling(role_id: str, now: datetime) -> Document:
    return {"$pull": {"roles": role_id}, "$set": {"_updatedAt": now}}
