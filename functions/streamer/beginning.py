"""Subs that a client asks for: judged, written and answered, several at once where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from contrail.api.limits import of_subs
from contrail.ddp import frames
from contrail.shapes.connections import Connection, Sub
from contrail.shapes.errors import ChatError
from functions.streamer import places, publications, watching
from functions.streamer.emission import PRESENCE
from functions.streamer.link import Link, TooEarly
from functions.streamer.opening import Reader
from functions.streamer.publications import PUBLICATIONS

LARGEST = 128 * 1024
"""Bytes that the record of a connection's subs may have: several hundred of the usual ones."""
Message = dict[str, Any]
Key = tuple[str, str]


class Beginning:
    """Subs that are asked for together: judged one by one, written at once, answered in order."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._subs = dict(link.record.subs)
        self._size = len(Connection(id="", opened_at=0, subs=self._subs).model_dump_json())
        self._new: list[Sub] = []
        self._keys: list[Key] = []
        self._gone: set[Key] = set()
        self._answers: list[str] = []

    def take(self, messages: Sequence[Message]) -> None:
        """Judge them. What comes before a `ready` is posted here: events may follow at once.

        Raises `TooManyRequests`, with nothing judged.
        """
        link = self._link
        asked = (_asked(one) for one in messages)
        names = Counter(name for _, name, params in asked if params is not None)
        if names:
            of_subs(link.at, link.caller, names)
        reader = Reader(link.caller, link.at)
        reader.foresee((one.get("name"), _event(one)) for one in messages)
        for message in messages:
            sub_id, name, params = _asked(message)
            if params is None:
                self._answers.append(frames.bad_frame("Malformed subscription", message))
            elif sub_id in self._subs:
                self._answers.append(frames.ready(sub_id))
            else:
                self._judge(reader, sub_id, name, params)

    def begin(self) -> None:
        """Have the connection listen, and answer."""
        record, connections = self._link.record, self._link.at.connections
        if self._keys:
            connections.listen(record.id, record.uid, self._keys)
        try:
            # Only now: who joins a room from here on is found listening, and added to its audience.
            rooms = places.in_rooms(record.uid, self._new, self._link.at)
        except Exception:
            held = {key for sub in record.subs.values() for key in places.own(sub)}
            connections.unlisten(record.id, set(self._keys) - held)
            raise
        if rooms:
            connections.listen(record.id, record.uid, rooms)
        if self._gone:
            connections.unlisten(record.id, sorted(self._gone))
        if self._subs != record.subs:
            self._link.save(subs=self._subs)
        self._link.post(*self._answers)

    def _judge(self, reader: Reader, sub_id: str, name: str, params: list[Any]) -> None:
        try:
            sub = reader.open(name, params)
            live = next((key for key, one in self._subs.items() if one.stream == PRESENCE), None)
            if name == PRESENCE and live is not None:
                self._watch(live, sub)
                self._answers.append(frames.nosub(sub_id))
            else:
                self._add(sub_id, sub, params)
                self._answers.append(frames.ready(sub_id))
        except ChatError as error:
            if error.code == "not-allowed" and not self._link.record.uid:
                raise TooEarly(frames.nosub(sub_id, error)) from None
            self._answers.append(frames.nosub(sub_id, error))

    def _add(self, sub_id: str, sub: Sub, params: list[Any]) -> None:
        """Raises where the connection's record would not hold one more."""
        size = len(sub.model_dump_json()) + len(sub_id.encode()) + len('"":,')
        if self._size + size > LARGEST:
            raise ChatError("error-too-many-subscriptions", "Too many subscriptions")
        if sub.stream in PUBLICATIONS:
            sub = self._published(sub)
        elif _wants_collection(params):
            self._link.post(frames.added(sub.stream, "id", {"eventName": sub.event}))
        self._size += size
        self._subs[sub_id] = sub
        self._new.append(sub)
        self._keys += places.own(sub)

    def _watch(self, live: str, wanted: Sub) -> None:
        before = self._subs[live]
        after = self._subs[live] = watching.changed(before, wanted)
        was, now = set(watching.keys(before)), set(watching.keys(after))
        self._keys += sorted(now - was)
        self._gone = (self._gone | was - now) - now

    def _published(self, sub: Sub) -> Sub:
        """Add the publication's documents, unless another sub has; the sub knows what it added."""
        if any(other.stream == sub.stream for other in self._subs.values()):
            return sub.model_copy(update={"extra": []})
        rows = publications.documents(sub.stream, self._link.at)
        for row in rows:
            fields = {key: value for key, value in row.items() if key != "_id"}
            self._link.post(frames.added(PUBLICATIONS[sub.stream], row["_id"], fields))
        return sub.model_copy(update={"extra": [row["_id"] for row in rows]})


def _asked(message: Message) -> tuple[str, str, list[Any] | None]:
    """Id, name and arguments; None for arguments where any of these is of the wrong type."""
    sub_id, name, params = message.get("id"), message.get("name"), message.get("params", [])
    if isinstance(sub_id, str) and isinstance(name, str) and isinstance(params, list):
        return sub_id, name, params
    return "", "", None


def _event(message: Message) -> object:
    params = message.get("params")
    return params[0] if isinstance(params, list) and params else None


def _wants_collection(params: list[Any]) -> bool:
    options = params[1] if len(params) > 1 else None
    if isinstance(options, dict):
        return options.get("useCollection") is True
    return options is True
