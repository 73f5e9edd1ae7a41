"""Who listens in a shard, and what is read of them: once for all items of a batch."""

from __future__ import annotations

from collections.abc import Iterable

from contrail.domain.instance import Instance
from contrail.shapes.connections import Listener
from contrail.shapes.rows import Document

WHO: Document = {"_id": 0, "u._id": 1, "roles": 1}
"""Of a subscription: all that most emissions ask."""


class Audience:
    """Read after all facts of the batch were published: who was removed before any of them gets
    nothing of it.
    """

    def __init__(self, at: Instance, name: str, shard: int) -> None:
        self._at = at
        self.place = (name, shard)
        self.rows: list[Listener] = list(at.connections.listeners(name, shard))
        self._members: dict[tuple[str, bool], tuple[set[str], dict[str, Document]]] = {}

    def without(self, gone: set[str]) -> None:
        """These connections are no more."""
        if gone:
            self.rows = [row for row in self.rows if row.connection_id not in gone]

    def members(self, room: Document, uids: Iterable[str], *, whole: bool) -> dict[str, Document]:
        """Subscriptions to a room of those of these people who are in it, by their ids; `whole`
        ones or what is asked of `WHO`. One command whatever the room's size, none where an item
        before asked for the same.
        """
        wanted = {uid for uid in uids if uid}
        key = (room["_id"], whole)
        known, rows = self._members.get(key, (set(), {}))
        if not wanted <= known:
            known = wanted | known
            found = self._at.store.subscriptions.of_members(
                room["_id"], known, room.get("usersCount"), None if whole else WHO
            )
            rows = {row["u"]["_id"]: row for row in found}
            self._members[key] = known, rows
        return {uid: row for uid, row in rows.items() if uid in wanted}
