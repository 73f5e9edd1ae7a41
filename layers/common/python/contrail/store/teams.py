"""Collections `rocketchat_team` and `rocketchat_team_member`.

A team's document is also what keeps two who make and end it apart: whoever does either holds it
(`_contrail.held`) until they are done, or for as long as a dying process is waited for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, OWN, VISIBLE, collection

HELD = f"{OWN}.held"
PATIENCE = timedelta(seconds=60)
"""Who holds a team for longer has died: the next one takes over."""
DUPLICATE_KEY = 11_000
NUMBER: Document = {"$group": {"_id": "$teamId", "n": {"$sum": 1}}}
PERSON = {"username": 1, "name": 1, "status": 1}


class Teams:
    def __init__(self, database: Database[Document]) -> None:
        self.collection: Collection[Document] = collection(database, "rocketchat_team")
        self.members: Collection[Document] = collection(database, "rocketchat_team_member")
        self._users = collection(database, "users")
        self._rooms = collection(database, "rocketchat_room")

    def by_id(self, team_id: str) -> Document | None:
        return self.collection.find_one({"_id": team_id}, VISIBLE)

    def by_name(self, name: str) -> Document | None:
        return self.collection.find_one({"name": name}, VISIBLE)

    def by_ids(self, team_ids: Iterable[str]) -> list[Document]:
        match = {"_id": {"$in": list(team_ids)}}
        return list(self.collection.find(match, VISIBLE, batch_size=BATCH).sort("name", 1))

    def by_names(self, names: Iterable[str]) -> list[Document]:
        match = {"name": {"$in": list(names)}}
        return list(self.collection.find(match, VISIBLE, batch_size=BATCH))

    def public_ids(self) -> list[str]:
        rows = self.collection.find({"type": 0}, {"_id": 1}, batch_size=BATCH)
        return [row["_id"] for row in rows]

    def page(
        self, match: Document, sort: list[tuple[str, int]], offset: int, count: int
    ) -> tuple[list[Document], int]:
        cursor = self.collection.find(match, VISIBLE, batch_size=BATCH)
        rows = list(cursor.sort(sort).skip(offset).limit(count))
        return rows, self.collection.count_documents(match)

    def taken(self, name: str) -> bool:
        return self.collection.find_one({"name": name}, {"_id": 1}) is not None

    def exists(self, team_id: str) -> bool:
        return self.collection.find_one({"_id": team_id}, {"_id": 1}) is not None

    def insert(self, team: Document, now: datetime) -> None:
        """Held by who makes it until `release`. Raises `DuplicateKeyError` for a taken name."""
        self.collection.insert_one({**team, OWN: {"held": now}})

    def hold(self, team_id: str, now: datetime) -> bool:
        """False while someone else makes or ends the team, and for one that does not exist."""
        free = [{HELD: {"$exists": False}}, {HELD: {"$lt": now - PATIENCE}}]
        match = {"_id": team_id, "$or": free}
        return self.collection.update_one(match, {"$set": {HELD: now}}).modified_count == 1

    def release(self, team_id: str) -> None:
        self.collection.update_one({"_id": team_id}, {"$unset": {HELD: ""}})

    def is_free(self, team_id: str) -> bool:
        """Whether the team exists and nobody is making or ending it."""
        team = self.collection.find_one({"_id": team_id}, {HELD: 1})
        return team is not None and HELD.partition(".")[2] not in (team.get(OWN) or {})

    def change(self, team_id: str, fields: Document) -> None:
        """Raises `DuplicateKeyError` for a taken name."""
        self.collection.update_one({"_id": team_id}, {"$set": fields})

    def remove(self, team_id: str) -> None:
        """The team with its memberships; those too that came before the team was gone."""
        self.drop_members(team_id)
        self.collection.delete_one({"_id": team_id})
        self.drop_members(team_id)

    def drop_members(self, team_id: str) -> None:
        self.members.delete_many({"teamId": team_id})

    def count_rooms(self, team_ids: list[str]) -> dict[str, int]:
        """Team -> how many rooms it has besides its main one."""
        others: Document = {"$match": {"teamMain": {"$ne": True}}}
        rows = self._rooms.aggregate([_within(team_ids), others, NUMBER], batchSize=BATCH)
        return {row["_id"]: row["n"] for row in rows}

    def count_members(self, team_ids: list[str]) -> dict[str, int]:
        rows = self.members.aggregate([_within(team_ids), NUMBER], batchSize=BATCH)
        return {row["_id"]: row["n"] for row in rows}

    def member(self, team_id: str, uid: str) -> Document | None:
        return self.members.find_one({"teamId": team_id, "userId": uid})

    def members_among(self, team_id: str, uids: Iterable[str]) -> set[str]:
        """Which of these are in the team."""
        match = {"teamId": team_id, "userId": {"$in": list(uids)}}
        return {row["userId"] for row in self.members.find(match, {"userId": 1}, batch_size=BATCH)}

    def members_of(self, team_id: str) -> list[Document]:
        return list(self.members.find({"teamId": team_id}, batch_size=BATCH))

    def of_user(self, uid: str) -> list[Document]:
        """Someone's memberships."""
        return list(self.members.find({"userId": uid}, batch_size=BATCH))

    def add_members(self, rows: list[Document]) -> None:
        """Those who are members already stay as they are."""
        if not rows:
            return
        try:
            self.members.insert_many(rows, ordered=False)
        except BulkWriteError as error:
            failed = (error.details or {}).get("writeErrors", ())
            if any(one.get("code") != DUPLICATE_KEY for one in failed):
                raise

    def remove_member(self, team_id: str, uid: str) -> bool:
        """False when there was no such member."""
        match = {"teamId": team_id, "userId": uid}
        return self.members.delete_one(match).deleted_count == 1

    def forget(self, uid: str) -> None:
        """All of someone's memberships."""
        self.members.delete_many({"userId": uid})

    def people(
        self,
        uids: list[str],
        match: Document,
        sort: list[tuple[str, int]],
        offset: int,
        count: int,
    ) -> tuple[list[Document], int]:
        """A page of these users that match, and how many do."""
        match = {"_id": {"$in": uids}, **match}
        cursor = self._users.find(match, PERSON, batch_size=BATCH)
        rows = list(cursor.sort(sort).skip(offset).limit(count))
        return rows, self._users.count_documents(match)

    def change_role(self, team_id: str, uid: str, role: str, *, given: bool) -> None:
        """A member's role as they were given it in the main room, or lost it there."""
        change = {"$addToSet" if given else "$pull": {"roles": role}}
        self.members.update_one({"teamId": team_id, "userId": uid}, change)

    def set_roles(self, team_id: str, roles: dict[str, list[str]]) -> None:
        """Member -> their roles from now on."""
        writes = [
            UpdateOne({"teamId": team_id, "userId": uid}, {"$set": {"roles": theirs}})
            for uid, theirs in roles.items()
        ]
        if writes:
            self.members.bulk_write(writes, ordered=False)


def _within(team_ids: list[str]) -> Document:
    return {"$match": {"teamId": {"$in": team_ids}}}
