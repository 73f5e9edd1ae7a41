"""Work items to frames: read a shard's listeners, post to each what it listens to."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson, frames
from contrail.domain.access import is_public
from contrail.domain.instance import Instance
from contrail.domain.unread import shown
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Listener
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.streamer.streams import Emission


class Item(Input):
    body: str


class Shard:
    """One delivery: the listeners of a shard against the emissions for it."""

    def __init__(self, work: dict[str, Any], at: Instance) -> None:
        self._at = at
        self._room: Document | None = work["room"]
        self._emissions = [Emission(**one) for one in work["emissions"]]
        rows = at.connections.listeners(work["audience"], work["shard"])
        keyed = [(self._concerned(row), row) for row in rows]
        self._rows = [(wanted, row) for wanted, row in keyed if wanted]
        self._encoded: dict[int, str] = {}
        self._members = self._read_members()
        self._viewers = self._read_viewers()

    def posts(self) -> list[tuple[str, str]]:
        """`(connection id, frame)` pairs: one per connection and event key."""
        made: list[tuple[str, str]] = []
        for wanted, row in self._rows:
            for place in wanted:
                emission = self._emissions[place]
                if self._may_get(emission, row):
                    event = emission.event.replace("{uid}", row.uid)
                    frame = frames.changed(emission.stream, event, self._args(place, row))
                    made.append((row.connection_id, frame))
        return made

    def _concerned(self, row: Listener) -> list[int]:
        return [
            place
            for place, one in enumerate(self._emissions)
            if f"{one.stream}/{one.event.replace('{uid}', row.uid)}" in row.events
            and row.connection_id != one.origin
            and one.only in ("", row.uid)
        ]

    def _read_members(self) -> dict[str, Document]:
        """Subscriptions of the listening users, one command whatever the room's size.

        Read after the fact was published: who was removed before gets nothing of it.
        """
        narrow = any(one.who != "all" for one in self._emissions)
        if not narrow or not self._rows or self._room is None:
            return {}
        uids = {row.uid for _, row in self._rows if row.uid}
        rows = self._at.store.subscriptions.of_members(self._room["_id"], uids)
        return {row["u"]["_id"]: row for row in rows}

    def _read_viewers(self) -> set[str]:
        """Who listens to all they may see and may see this public room without being in it."""
        wide = any(one.kind == "participation" for one in self._emissions)
        if not wide or self._room is None or not is_public(self._room):
            return set()
        outside = {row.uid for _, row in self._rows} - set(self._members) - {""}
        if not outside:
            return set()
        people = self._at.store.users.by_ids(outside, {"roles": 1})
        return {
            person["_id"]
            for person in people
            if self._at.allows(
                Caller(uid=person["_id"], roles=tuple(person.get("roles") or ())), "view-c-room"
            )
        }

    def _may_get(self, emission: Emission, row: Listener) -> bool:
        if emission.who == "all" or row.uid in self._members:
            return True
        if emission.who == "members" or self._room is None:
            return False
        if emission.kind == "participation":
            return row.uid in self._viewers
        return is_public(self._room)

    def _args(self, place: int, row: Listener) -> str:
        emission = self._emissions[place]
        if emission.kind == "subscription":
            subscription = self._members[row.uid]
            return ejson.dumps(["updated", shown(subscription, self._room)])
        if emission.kind == "participation":
            room = self._room or {}
            facts = {"roomParticipant": row.uid in self._members, "roomType": room.get("t")}
            if room.get("name"):
                facts["roomName"] = room["name"]
            return ejson.dumps([*emission.args, facts])
        if place not in self._encoded:
            self._encoded[place] = ejson.dumps(emission.args)
        return self._encoded[place]


def deliver(caller: Caller, item: Item, at: Instance) -> None:
    """One work item. Connections that are gone lose their records."""
    shard = Shard(ejson.loads(item.body), at)
    for connection_id in at.sockets.post_all(shard.posts()):
        at.connections.close(connection_id)
