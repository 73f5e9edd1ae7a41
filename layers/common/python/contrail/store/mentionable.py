"""What texts name: rooms and teams, by name."""

from __future__ import annotations

from pymongo.collection import Collection
from pymongo.database import Database

from contrail.shapes.rows import Document
from contrail.store.collections import BATCH, collection

KINDS = ("c", "p")


class Mentionable:
    def __init__(self, database: Database[Document]) -> None:
        self._rooms: Collection[Document] = collection(database, "rocketchat_room")
        self._subscriptions: Collection[Document] = collection(database, "rocketchat_subscription")
        self._teams: Collection[Document] = collection(database, "rocketchat_team")
        self._members: Collection[Document] = collection(database, "rocketchat_team_member")

    def rooms(self, uid: str, names: list[str]) -> list[Document]:
        """Channels that are open to all, and channels and groups that someone is in."""
        mine = {"u._id": uid, "name": {"$in": names}}
        rows = self._subscriptions.find(mine, {"rid": 1}, batch_size=BATCH)
        rids = {row["rid"] for row in rows}
        fields = {"name": 1, "fname": 1, "t": 1, "teamId": 1}
        found = self._rooms.find({"name": {"$in": names}}, fields, batch_size=BATCH)
        return [
            room
            for room in found
            if (room["t"] in KINDS and room["_id"] in rids)
            or (room["t"] == "c" and "teamId" not in room)
        ]

    def teams(self, names: list[str]) -> list[Document]:
        return list(self._teams.find({"name": {"$in": names}}, {"name": 1}, batch_size=BATCH))

    def team_members(self, teams: list[str]) -> list[str]:
        rows = self._members.find({"teamId": {"$in": teams}}, {"userId": 1}, batch_size=BATCH)
        return [row["userId"] for row in rows]
