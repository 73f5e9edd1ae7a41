"""Subscriptions: `sub` and `unsub`."""

from __future__ import annotations

from typing import Any

from contrail.ddp import frames
from contrail.ddp.errors import INTERNAL
from contrail.shapes.connections import Connection, Frame, Sub
from contrail.shapes.errors import ChatError
from contrail.shapes.logs import unexpected
from functions.streamer import places, publications, watching
from functions.streamer.emission import PRESENCE
from functions.streamer.link import Link, TooEarly
from functions.streamer.opening import Reader
from functions.streamer.publications import PUBLICATIONS

LARGEST = 128 * 1024
"""Bytes that the record of a connection's subs may have: several hundred of the usual ones."""
Message = dict[str, Any]


def subscribe(link: Link, message: Message) -> None:
    """Every well-formed one ends in `ready` or `nosub`: clients wait for either.

    Raises `TooEarly` where only someone logged in may subscribe.
    """
    sub_id, name, params = message.get("id"), message.get("name"), message.get("params", [])
    if not isinstance(sub_id, str) or not isinstance(name, str) or not isinstance(params, list):
        link.post(frames.bad_frame("Malformed subscription", message))
        return
    if sub_id in link.record.subs:
        link.post(frames.ready(sub_id))
        return
    try:
        sub = Reader(link.caller, link.at).open(name, params)
        if name == PRESENCE and watching.change(link, sub_id, sub):
            return
        _begin(link, sub_id, sub, params)
    except ChatError as error:
        if error.code == "not-allowed" and not link.record.uid:
            raise TooEarly(frames.nosub(sub_id, error)) from None
        link.post(frames.nosub(sub_id, error))
    except Exception:  # noqa: BLE001 - logged; a frame never takes the ones behind it down
        unexpected("subscription failed", name=name)
        link.post(frames.nosub(sub_id, INTERNAL))


def _begin(link: Link, sub_id: str, sub: Sub, params: list[Any]) -> None:
    record, connections = link.record, link.at.connections
    _refuse_too_many(link, sub_id, sub)
    if sub.stream in PUBLICATIONS:
        sub = _published(link, sub)
    elif _wants_collection(params):
        link.post(frames.added(sub.stream, "id", {"eventName": sub.event}))
    own = places.own(sub)
    if own:
        connections.listen(record.id, record.uid, own)
    try:
        # Only now: who joins a room from here on is found listening, and added to its audience.
        rooms = places.in_rooms(record.uid, [sub], link.at)
    except Exception:
        if not _shared(record, sub_id, sub):
            connections.unlisten(record.id, own)
        raise
    if rooms:
        connections.listen(record.id, record.uid, rooms)
    link.save(subs={**record.subs, sub_id: sub})
    link.post(frames.ready(sub_id))


def _published(link: Link, sub: Sub) -> Sub:
    """Add the publication's documents, unless another sub has; the sub knows what it added."""
    if any(other.stream == sub.stream for other in link.record.subs.values()):
        return sub.model_copy(update={"extra": []})
    rows = publications.documents(sub.stream, link.at)
    for row in rows:
        fields = {key: value for key, value in row.items() if key != "_id"}
        link.post(frames.added(PUBLICATIONS[sub.stream], row["_id"], fields))
    return sub.model_copy(update={"extra": [row["_id"] for row in rows]})


def unsubscribe(link: Link, frame: Frame, message: Message) -> None:
    """Answered with `nosub` for unknown ids too: clients wait for it.

    Raises `TooEarly` while what it ends may be parked.
    """
    sub_id = message.get("id")
    if not isinstance(sub_id, str):
        link.post(frames.bad_frame("Malformed subscription", message))
        return
    if any(one.id != frame.id and one.time <= frame.time for one in link.record.parked):
        raise TooEarly(frames.nosub(sub_id))
    sub = link.record.subs.get(sub_id)
    try:
        if sub is not None:
            _finish(link, sub_id, sub)
    except Exception:  # noqa: BLE001 - logged; the sub goes on, and the client is told
        unexpected("unsubscription failed", name=sub.stream if sub else "")
        link.post(frames.nosub(sub_id, INTERNAL))
        return
    link.post(frames.nosub(sub_id))


def _finish(link: Link, sub_id: str, sub: Sub) -> None:
    record = link.record
    left = {key: other for key, other in record.subs.items() if key != sub_id}
    heir = next((key for key, other in left.items() if other.key == sub.key), None)
    if heir is None:
        link.at.connections.unlisten(record.id, places.everywhere(record.uid, [sub], link.at))
    if sub.stream in PUBLICATIONS and heir is None:
        gone = [frames.removed(PUBLICATIONS[sub.stream], str(one)) for one in sub.extra]
        link.post(*gone)
    elif sub.stream in PUBLICATIONS and heir is not None:
        left[heir] = left[heir].model_copy(update={"extra": sub.extra or left[heir].extra})
    link.save(subs=left)


def _shared(connection: Connection, sub_id: str, sub: Sub) -> bool:
    """Whether another sub of the connection is to the same event."""
    return any(
        other.key == sub.key for other_id, other in connection.subs.items() if other_id != sub_id
    )


def _refuse_too_many(link: Link, sub_id: str, sub: Sub) -> None:
    """Raises where the connection's record would not hold one more."""
    subs = {**link.record.subs, sub_id: sub}
    if len(Connection(id="", opened_at=0, subs=subs).model_dump_json()) > LARGEST:
        raise ChatError("error-too-many-subscriptions", "Too many subscriptions")


def _wants_collection(params: list[Any]) -> bool:
    options = params[1] if len(params) > 1 else None
    if isinstance(options, dict):
        return options.get("useCollection") is True
    return options is True
