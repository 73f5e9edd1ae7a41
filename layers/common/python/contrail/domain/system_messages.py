"""What the system says in a room, several at once: in the order given, in a few commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from contrail.domain.instance import Instance
from contrail.domain.messages import SENDING_AT_MOST
from contrail.shapes.facts import MessageSent
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import OWN

MANY = 250
"""Messages that are stored together."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A message of type `kind` (`uj`, `au`) with `text`, in the name of `author`.

    `author` is `{_id, username, name}`, `more` are further fields of the message.
    """

    kind: str
    text: str
    author: Document
    more: Document = field(default_factory=dict)


def say(at: Instance, rid: str, sayings: Sequence[Saying], *, correlation_id: str) -> None:
    """Nothing when the room is gone."""
    for start in range(0, len(sayings), MANY):
        _say(at, rid, sayings[start : start + MANY], correlation_id)


def _say(at: Instance, rid: str, sayings: Sequence[Saying], correlation_id: str) -> None:
    now, mids = at.now(), [random_id() for _ in sayings]
    begun = at.store.rooms.begin_sends(rid, mids, now)
    if begun is None:
        return
    times = {entry["_id"]: entry["ts"] for entry in begun[OWN]["sending"]}
    messages = [
        _message(rid, mid, saying, {"ts": times[mid], "_updatedAt": max(now, times[mid])})
        for mid, saying in zip(mids, sayings, strict=True)
    ]
    at.store.messages.insert_all(messages, now)
    room = at.store.rooms.finish_sends(rid, mids, now)
    if room is None:
        # It ended meanwhile: whoever ended it may have been ahead of this.
        at.store.message_changes.remove(mids)
        return
    still = room.get(OWN, {}).get("sending", ())
    at.publish(
        *(
            MessageSent(
                message=message,
                revision=1,
                room=room,
                behind=tuple(
                    entry["_id"]
                    for entry in still
                    if now - SENDING_AT_MOST < entry["ts"] < message["ts"]
                ),
                correlation_id=correlation_id,
            )
            for message in messages
        )
    )


def _message(rid: str, mid: str, saying: Saying, times: Document) -> Document:
    return {
        "_id": mid,
        "t": saying.kind,
        "rid": rid,
        "msg": saying.text,
        "u": saying.author,
        "groupable": False,
        **saying.more,
        **times,
    }
