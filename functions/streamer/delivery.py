"""Work items to frames: read a shard's listeners, post to each what it listens to."""

from __future__ import annotations

from typing import Any

from contrail.ddp import ejson, frames
from contrail.domain import presence
from contrail.domain.access import may_be_seen, may_see_own, onlookers
from contrail.domain.instance import Instance
from contrail.domain.unread import shown
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Listener
from contrail.shapes.errors import Unfinished
from contrail.shapes.logs import correlated, warn
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.streamer.alerts import Alerts
from functions.streamer.audience import Audience
from functions.streamer.emission import PRESENCE, Emission, emission_of
from functions.streamer.items import ASKED, Batch

WHOLE = frozenset(("subscription", "alert"))
"""Kinds of emissions that ask for all of a member's subscription."""


class Delivery:
    """One work item: the listeners of a shard against the emissions for it."""

    def __init__(self, work: dict[str, Any], audience: Audience, at: Instance) -> None:
        self._at = at
        self._audience = audience
        self._room: Document | None = work["room"]
        read = map(emission_of, work["emissions"])
        self._emissions = [one for one in read if one is not None]
        # Most events are everybody's; those of one person have to be named for each.
        self._keys = [f"{one.stream}/{one.event}" for one in self._emissions]
        self._frames: dict[tuple[int, str], str | None] = {}
        keyed = [(self._concerned(row), row) for row in audience.rows]
        self._rows = [(wanted, row) for wanted, row in keyed if wanted]
        self._encoded: dict[int, str] = {}
        self._alerts: dict[int, Alerts] = {}
        self._members = self._read_members()
        self._readers = self._read_readers()
        self._onlookers: set[str] | None = None

    def posts(self) -> list[tuple[str, str]]:
        """`(connection id, frame)` pairs: one per connection and event key."""
        return [
            (row.connection_id, frame)
            for wanted, row in self._rows
            for place in wanted
            if self._may_get(self._emissions[place], row)
            and self._wants(place, row)
            and (frame := self._frame(place, row)) is not None
        ]

    def _concerned(self, row: Listener) -> list[int]:
        return [
            place
            for place, one in enumerate(self._emissions)
            if self._keys[place].replace("{uid}", row.uid) in row.events
            and row.connection_id != one.origin
            and one.only in ("", row.uid)
        ]

    def _read_members(self) -> dict[str, Document]:
        """Subscriptions of the listening users."""
        narrow = any(one.who != "all" for one in self._emissions)
        if not narrow or not self._rows or self._room is None:
            return {}
        uids = {row.uid for _, row in self._rows}
        asked = {self._emissions[place].kind for wanted, _ in self._rows for place in wanted}
        return self._audience.members(self._room, uids, whole=bool(asked & WHOLE))

    def _read_readers(self) -> dict[str, Caller]:
        """Listeners whose roles decide on what they get: those outside of a room that others may
        look into, those of what needs a permission and, where somebody may not see public rooms,
        the members of one, who then count only if they may. Two commands where there are any.
        """
        uids: set[str] = set()
        narrow = any(one.who == "room" for one in self._emissions)
        if narrow and self._room is not None and may_be_seen(self._room):
            uids |= {row.uid for _, row in self._rows} - set(self._members)
        room = self._room or {}
        guarded = room.get("t") == "c" and room[OWN].get("guarded")
        if guarded:
            uids |= set(self._members)
        for wanted, row in self._rows:
            if any(self._emissions[place].needs for place in wanted):
                uids.add(row.uid)
        if not uids:
            return {}
        self._at.caches.refresh()
        people = self._at.store.users.by_ids(uids - {""}, {"roles": 1})
        known = {one["_id"]: tuple(one.get("roles") or ()) for one in people}
        readers = {uid: Caller(uid=uid, roles=known.get(uid, ())) for uid in uids}
        if guarded:
            self._members = {
                uid: row
                for uid, row in self._members.items()
                if may_see_own(self._at, readers[uid], tuple(row.get("roles") or ()))
            }
        return readers

    def _may_get(self, emission: Emission, row: Listener) -> bool:
        if emission.needs:
            reader = self._readers.get(row.uid, Caller())
            return any(self._at.allows(reader, permission) for permission in emission.needs)
        if emission.who == "all" or row.uid in self._members:
            return True
        if emission.who == "members" or self._room is None or row.uid not in self._readers:
            return False
        if emission.kind == "participation" and not row.uid:
            return False
        if self._onlookers is None:
            outside = [one for uid, one in self._readers.items() if uid not in self._members]
            # As it is now: whoever published the fact may have found it open.
            room = self._at.store.rooms.by_id(self._room["_id"], dict.fromkeys(ASKED, 1))
            self._onlookers = onlookers(self._at, room, outside) if room else set()
        return row.uid in self._onlookers

    def _wants(self, place: int, row: Listener) -> bool:
        emission = self._emissions[place]
        if emission.kind != "alert":
            return True
        if place not in self._alerts:
            # Which level is usual is a setting.
            self._at.caches.refresh()
            self._alerts[place] = Alerts(self._at, *emission.args)
        return self._alerts[place].wakes(self._members[row.uid])

    def _frame(self, place: int, row: Listener) -> str | None:
        """Encoded once for all who get the same; None where it is larger than a frame may be."""
        emission = self._emissions[place]
        event = emission.event.replace("{uid}", row.uid)
        if emission.kind not in ("plain", "alert"):
            return _frame(emission, row, event, self._args(place, row))
        if (place, event) not in self._frames:
            made = _frame(emission, row, event, self._args(place, row))
            self._frames[place, event] = made
        return self._frames[place, event]

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
            args = emission.args[:1] if emission.kind == "alert" else emission.args
            self._encoded[place] = ejson.dumps(args)
        return self._encoded[place]


def _frame(emission: Emission, row: Listener, event: str, args: str) -> str | None:
    """Presence has a document for each person, all other streams one for everything."""
    if emission.kind == "document":
        made = frames.edited(emission.stream, row.uid, emission.args[0])
    else:
        shape = frames.presence if emission.stream == PRESENCE else frames.changed
        made = shape(emission.stream, event, args)
    if frames.fits(made):
        return made
    warn("frame too large", stream=emission.stream, uid=row.uid)
    return None


def deliver(caller: Caller, batch: Batch, at: Instance) -> None:
    """Work items of one shard, in order. Connections that are gone lose their records."""
    audience: Audience | None = None
    for place, item in enumerate(batch.items):
        correlation_id = item.attributes.get("correlation_id", "")
        try:
            with correlated(correlation_id):
                work = ejson.loads(item.body)
                if audience is None or audience.place != (work["audience"], work["shard"]):
                    audience = Audience(at, work["audience"], work["shard"])
                _deliver(Caller(correlation_id=correlation_id), work, audience, at)
        except Exception as error:
            raise Unfinished(place) from error


def _deliver(caller: Caller, work: dict[str, Any], audience: Audience, at: Instance) -> None:
    gone = at.sockets.post_all(Delivery(work, audience, at).posts())
    for connection_id in gone:
        closed = at.connections.close(connection_id)
        if closed and closed.uid:
            presence.note(at, caller, closed.uid, connection_id, "gone")
    audience.without(gone)
