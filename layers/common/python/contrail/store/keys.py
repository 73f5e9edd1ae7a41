"""Keys of end-to-end encryption, where people, rooms and subscriptions keep them.

All of it is made by clients: private keys and room keys come encrypted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection

WAITING = "usersWaitingForE2EKeys"
PUBLIC_KEY: Document = {"e2e.public_key": 1}


class Keys:
    def __init__(self, database: Database[Document]) -> None:
        self._users: Collection[Document] = collection(database, "users")
        self._rooms: Collection[Document] = collection(database, "rocketchat_room")
        self._subscriptions: Collection[Document] = collection(database, "rocketchat_subscription")

    def of_user(self, uid: str) -> Document:
        """`public_key` and `private_key`, as far as there are any."""
        user = self._users.find_one({"_id": uid}, {"e2e": 1}) or {}
        return dict(user.get("e2e") or {})

    def set_of_user(self, uid: str, keys: Document, now: datetime, *, force: bool) -> bool:
        """False, unless forced, when there are keys already."""
        match: Document = {"_id": uid}
        if not force:
            match["e2e.private_key"] = {"$exists": False}
        change = {"$set": {"e2e": keys, "_updatedAt": now}}
        return self._users.update_one(match, change).matched_count == 1

    def set_room_key_id(self, rid: str, key_id: str, now: datetime) -> bool:
        """False when the room has one."""
        match = {"_id": rid, "e2eKeyId": {"$exists": False}}
        change = {"$set": {"e2eKeyId": key_id, "_updatedAt": now}}
        return self._rooms.update_one(match, change).modified_count == 1

    def set_own(self, uid: str, rid: str, key: str, now: datetime) -> None:
        change = {"$set": {"E2EKey": key, "_updatedAt": now}, "$unset": {"E2ESuggestedKey": ""}}
        self._subscriptions.update_one({"rid": rid, "u._id": uid}, change)

    def suggest(self, rid: str, keys: dict[str, str], now: datetime) -> None:
        """Keys by user, for those of them who are in the room and have none: one command."""
        writes = [
            UpdateOne(
                {"rid": rid, "u._id": uid, "E2EKey": {"$exists": False}},
                {"$set": {"E2ESuggestedKey": key, "_updatedAt": now}},
            )
            for uid, key in keys.items()
        ]
        if writes:
            self._subscriptions.bulk_write(writes, ordered=False)

    def drop_suggestion(self, uid: str, rid: str, now: datetime) -> None:
        change = {"$unset": {"E2ESuggestedKey": ""}, "$set": {"_updatedAt": now}}
        self._subscriptions.update_one({"rid": rid, "u._id": uid}, change)

    def without(self, rid: str) -> list[str]:
        """Members of a room who lack its key."""
        rows = self._subscriptions.find({"rid": rid}, {"u._id": 1, "E2EKey": 1}, batch_size=BATCH)
        return [row["u"]["_id"] for row in rows if "E2EKey" not in row]

    def public_keys(self, uids: Iterable[str]) -> dict[str, str]:
        """User -> key, for those who have one."""
        rows = self._users.find({"_id": {"$in": list(uids)}}, PUBLIC_KEY, batch_size=BATCH)
        found = {row["_id"]: (row.get("e2e") or {}).get("public_key") for row in rows}
        return {uid: key for uid, key in found.items() if key}

    def encrypted_rooms(self, rids: Iterable[str]) -> list[Document]:
        """Those of these rooms that have a key id."""
        match = {"_id": {"$in": list(rids)}}
        rows = self._rooms.find(match, VISIBLE, batch_size=BATCH)
        return [row for row in rows if row.get("e2eKeyId")]

    def wait(self, rids: list[str], uid: str, now: datetime) -> None:
        """Put someone on the lists of who waits for a room's key; who is there stays."""
        self._rooms.update_many(
            {"_id": {"$in": rids}, f"{WAITING}.userId": {"$ne": uid}},
            {"$push": {WAITING: {"userId": uid, "ts": now}}},
        )

    def stop_waiting(self, rid: str, uids: list[str]) -> None:
        self._rooms.update_one({"_id": rid}, {"$pull": {WAITING: {"userId": {"$in": uids}}}})
