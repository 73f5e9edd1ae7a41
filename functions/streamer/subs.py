"""Subscriptions: `sub` and `unsub`."""

from __future__ import annotations

from typing import Any

from contrail.api.limits import of_unsub
from contrail.ddp import frames
from contrail.ddp.errors import INTERNAL
from contrail.shapes.connections import Frame, Sub
from contrail.shapes.errors import TooManyRequests
from contrail.shapes.logs import unexpected
from functions.streamer import places
from functions.streamer.beginning import Beginning
from functions.streamer.link import Link, TooEarly
from functions.streamer.publications import PUBLICATIONS

Message = dict[str, Any]


def subscribe(link: Link, *messages: Message) -> None:
    """Every well-formed one ends in `ready` or `nosub`, in order: clients wait for either.

    Several cost one write of where the connection listens and one of its record. Raises `TooEarly`
    where only someone logged in may subscribe; of nobody are there several.
    """
    beginning = Beginning(link)
    try:
        beginning.take(messages)
        beginning.begin()
    except TooEarly:
        raise
    except Exception as error:  # noqa: BLE001 - logged; a frame takes none behind it down
        if len(messages) > 1:
            # Each by itself: those that nothing is wrong with begin.
            for message in messages:
                subscribe(link, message)
            return
        name, sub_id = messages[0].get("name"), messages[0].get("id")
        if isinstance(error, TooManyRequests):
            link.post(frames.nosub(sub_id, error))
            return
        unexpected("subscription failed", name=name)
        link.post(frames.nosub(sub_id, INTERNAL))


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
        if sub is None:
            of_unsub(link.at, link.caller)
        else:
            # Its beginning was counted.
            _finish(link, sub_id, sub)
    except TooManyRequests as error:
        link.post(frames.nosub(sub_id, error))
        return
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
