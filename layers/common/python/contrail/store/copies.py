"""Copies of people's names in messages, rooms and subscriptions, and what else is about them there.

All of it goes in batches found by an index, and may be repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, VISIBLE, collection

MANY = 2_000
"""Documents written by one command."""


class Copies:
    def __init__(self, database: Database[Document]) -> None:
        self._messages = collection(database, "rocketchat_message")
        self._rooms = collection(database, "rocketchat_room")
        self._subscriptions = collection(database, "rocketchat_subscription")

    def rename_author(self, uid: str, username: str) -> None:
        """In all messages that the user wrote or edited."""
        for field in ("u", "editedBy"):
            change = {"$set": {f"{field}.username": username}}
            for ids in _batches(self._messages, {f"{field}._id": uid}):
                self._messages.update_many({"_id": {"$in": ids}}, change)

    def rename_mentions(self, old: str, new: str) -> None:
        """In the mentions of messages, and where their text says `@old`."""
        named = re.compile(f"@{re.escape(old)}(?![0-9A-Za-z_.-])", re.IGNORECASE)
        match, fields = {"mentions.username": old}, {"msg": 1, "mentions": 1}
        while found := list(self._messages.find(match, fields).limit(MANY)):
            writes = []
            for row in found:
                mentions = [
                    {**one, "username": new} if one.get("username") == old else one
                    for one in row["mentions"]
                ]
                text = named.sub(f"@{new}".replace("\\", "\\\\"), str(row.get("msg") or ""))
                writes.append(
                    UpdateOne({"_id": row["_id"]}, {"$set": {"mentions": mentions, "msg": text}})
                )
            self._messages.bulk_write(writes, ordered=False)

    def rename_in_rooms(self, uid: str, old: str, new: str) -> None:
        """As the maker of rooms, and in the lists that the user's rooms keep of people."""
        for ids in _batches(self._rooms, {"u._id": uid}):
            self._rooms.update_many({"_id": {"$in": ids}}, {"$set": {"u.username": new}})
        for rids in self._rooms_of(uid):
            fields = {"usernames": 1, "muted": 1, "unmuted": 1}
            rooms = self._rooms.find({"_id": {"$in": rids}}, fields, batch_size=BATCH)
            writes = []
            for room in rooms:
                lists = {
                    name: [new if one == old else one for one in room[name]]
                    for name in fields
                    if old in (room.get(name) or ())
                }
                if lists:
                    writes.append(UpdateOne({"_id": room["_id"]}, {"$set": lists}))
            if writes:
                self._rooms.bulk_write(writes, ordered=False)

    def rename_in_subscriptions(self, uid: str, username: str, name: str) -> None:
        change = {"$set": {"u.username": username, "u.name": name}}
        for ids in _batches(self._subscriptions, {"u._id": uid}):
            self._subscriptions.update_many({"_id": {"$in": ids}}, change)

    def remove_messages(self, uid: str) -> None:
        """All that the user wrote, and the last message of rooms where it was theirs."""
        for rids in self._rooms_known_to(uid):
            match = {"_id": {"$in": rids}, "lastMessage.u._id": uid}
            self._rooms.update_many(match, {"$unset": {"lastMessage": ""}})
        for ids in _batches(self._messages, {"u._id": uid}):
            self._messages.delete_many({"_id": {"$in": ids}})

    def unlink_messages(self, uid: str, author: Document, alias: str) -> None:
        """Give all that the user wrote another `author`, under an alias."""
        change = {"u": author, "alias": alias}
        for rids in self._rooms_known_to(uid):
            match = {"_id": {"$in": rids}, "lastMessage.u._id": uid}
            last = {f"lastMessage.{key}": value for key, value in change.items()}
            self._rooms.update_many(match, {"$set": last})
        for ids in _batches(self._messages, {"u._id": uid}):
            self._messages.update_many({"_id": {"$in": ids}}, {"$set": change})

    def empty_room(self, rid: str) -> None:
        """Remove a room's messages."""
        for ids in _batches(self._messages, {"rid": rid}):
            self._messages.delete_many({"_id": {"$in": ids}})

    def end_room(self, rid: str) -> None:
        """Remove a room with its subscriptions, and what was written in it meanwhile."""
        self._subscriptions.delete_many({"rid": rid})
        self._rooms.delete_one({"_id": rid})
        self.empty_room(rid)

    def change_rooms(self, rids: list[str], fields: Document) -> None:
        self._rooms.update_many({"_id": {"$in": rids}}, {"$set": fields})

    def subscriptions_of(self, rids: list[str]) -> list[Document]:
        """Of everyone in these rooms."""
        match = {"rid": {"$in": rids}}
        return list(self._subscriptions.find(match, VISIBLE, batch_size=BATCH))

    def name_subscriptions(self, rows: list[Document], now: datetime) -> None:
        """Store `name` and `fname` of each."""
        writes = [
            UpdateOne(
                {"_id": row["_id"]},
                {"$set": {"name": row["name"], "fname": row["fname"], "_updatedAt": now}},
            )
            for row in rows
        ]
        if writes:
            self._subscriptions.bulk_write(writes, ordered=False)

    def set_custom_fields(self, uid: str, fields: Document) -> None:
        """In the others' subscriptions of the direct rooms that the user is in."""
        rows = self._subscriptions.find({"u._id": uid}, {"rid": 1, "t": 1}, batch_size=BATCH)
        rids = [row["rid"] for row in rows if row.get("t") == "d"]
        for start in range(0, len(rids), MANY):
            others = {"rid": {"$in": rids[start : start + MANY]}, "u._id": {"$ne": uid}}
            self._subscriptions.update_many(others, {"$set": {"customFields": fields}})

    def follow_preference(self, uid: str, field: str, origin: str, value: str | None) -> None:
        """Set the field, or drop it for None, where no room's own choice stands in it."""
        mine = self._subscriptions.find({"u._id": uid}, {origin: 1}, batch_size=BATCH)
        ids = [row["_id"] for row in mine if row.get(origin) != "subscription"]
        change: Document = {"$set": {field: value, origin: "user"}}
        if value is None:
            change = {"$unset": {field: "", origin: ""}}
        self._subscriptions.update_many({"_id": {"$in": ids}}, change)

    def set_highlights(self, uid: str, words: list[str]) -> None:
        self._subscriptions.update_many({"u._id": uid}, {"$set": {"userHighlights": words}})

    def leave_direct(self, rid: str, uid: str, username: str | None) -> None:
        """Take someone off the lists of a direct room of several."""
        gone = {"uids": uid, "usernames": username}
        self._rooms.update_one({"_id": rid}, {"$pull": gone})

    def unsubscribe(self, uid: str, rid: str) -> bool:
        """False when there was no such subscription."""
        return self._subscriptions.delete_one({"rid": rid, "u._id": uid}).deleted_count == 1

    def _rooms_of(self, uid: str) -> Iterator[list[str]]:
        return _portions(self._rids(self._subscriptions, uid))

    def _rooms_known_to(self, uid: str) -> Iterator[list[str]]:
        """Those that the user is in, and those that they wrote in and left."""
        rids = {*self._rids(self._subscriptions, uid), *self._rids(self._messages, uid)}
        return _portions(sorted(rids))

    @staticmethod
    def _rids(where: Collection[Document], uid: str) -> list[str]:
        rows = where.find({"u._id": uid}, {"rid": 1}, batch_size=BATCH)
        return [row["rid"] for row in rows]


def _batches(where: Collection[Document], match: Document) -> Iterator[list[str]]:
    """Ids of what matches. Read to the end before the first is written: writes may unmatch them."""
    return _portions([row["_id"] for row in where.find(match, {"_id": 1}, batch_size=BATCH)])


def _portions(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), MANY):
        yield ids[start : start + MANY]
