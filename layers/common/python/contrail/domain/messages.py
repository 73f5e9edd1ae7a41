"""Storing messages: the one way in, for people and for the system.

The order of writes is what keeps a crash harmless: the room counts the message and gives it its
time, the message is stored with its outbox marker, the room takes it as its last one, the fact
goes out. Each step may be repeated for the same message id without changing what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from contrail.domain import afterwards, composing, counting, discussions, markdown, threads
from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.domain.wire import message_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import MessageSent
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from contrail.store.messages import is_pending, revision, visible
from contrail.store.rooms import sending

SENDING_AT_MOST = timedelta(seconds=5)
"""A message listed for longer as being sent is taken for abandoned, and nobody waits for it."""


def send(
    at: Instance,
    caller: Caller,
    draft: Document,
    standing: Standing,
    *,
    previews: Sequence[str] | None = None,
) -> Document:
    """Store a message from a person; the message as stored.

    `draft` holds what the client gave: `msg` and any of `_id`, `attachments`, `tmid` and so on;
    `previews` as for `composing.compose`, which says what else is refused. An `_id` that is stored
    already answers with what is stored. Raises `error-not-allowed` for an `_id` that belongs to
    someone else's message.
    """
    rid = standing.room["_id"]
    if standing.message is not None:
        return _settle(at, caller, standing.message, standing.room)
    message = {
        "_id": draft.get("_id") or random_id(),
        "rid": rid,
        **{key: value for key, value in draft.items() if value is not None},
        "u": caller.short,
        **composing.compose(at, caller, draft, standing, previews=previews),
    }
    return _store(at, caller, message)


def write_system(
    at: Instance, caller: Caller, rid: str, kind: str, text: str, **more: Any
) -> Document:
    """Store a system message of type `kind`; it does not become the room's last message."""
    message = {
        "_id": random_id(),
        "t": kind,
        "rid": rid,
        "msg": text,
        "u": caller.short,
        "groupable": False,
        **more,
    }
    return _store(at, caller, message)


def _store(at: Instance, caller: Caller, message: Document) -> Document:
    rid, mid, now = message["rid"], message["_id"], at.now()
    room = at.store.rooms.begin_send(rid, mid, now)
    entry = sending(room, mid) if room else None
    if room is None or entry is None:
        raise ChatError(None, "error-invalid-room")
    message = {**message, "ts": entry["ts"], "_updatedAt": max(now, entry["ts"])}
    try:
        at.store.messages.insert(message, now)
    except DuplicateKeyError:
        stored = at.store.messages.by_id(mid) or message
        if stored["ts"] != entry["ts"] or stored["rid"] != rid:
            at.store.rooms.take_back(rid, entry)
        return _settle(at, caller, stored, room)
    if not _finish(at, caller, message, 1):
        raise ChatError(None, "error-invalid-room")
    return message


def _settle(at: Instance, caller: Caller, stored: Document, room: Document) -> Document:
    """Answer a repeated send, completing what an interrupted first one left undone."""
    if stored["rid"] != room["_id"] or stored["u"]["_id"] != caller.uid:
        raise ChatError("error-not-allowed", "Not allowed")
    entry = sending(room, stored["_id"])
    if is_pending(stored) or (entry and entry["ts"] == stored["ts"]):
        complete(at, caller, stored)
    return visible(stored)


def complete(at: Instance, caller: Caller, stored: Document) -> None:
    """Do again what follows storing a message; publish only what was not handed on before."""
    at.store.room_messages.follow(visible(stored), at.now())
    _finish(at, caller, visible(stored), revision(stored), publish=is_pending(stored))


def _finish(
    at: Instance, caller: Caller, message: Document, rev: int, *, publish: bool = True
) -> bool:
    """False when there is no such room any more, and thus no message."""
    now = at.now()
    room = at.store.rooms.finish_send(message, now, moves=moves_room(message))
    if room is None:
        # It ended meanwhile: whoever ended it may have been ahead of this.
        at.store.message_changes.remove([message["_id"]])
        return False
    if not publish:
        return True
    facts = _consequences(at, caller, message, room)
    still = room.get(OWN, {}).get("sending", ())
    behind = tuple(
        entry["_id"] for entry in still if now - SENDING_AT_MOST < entry["ts"] < message["ts"]
    )
    fact = MessageSent(
        message=message,
        revision=rev,
        room=room,
        behind=behind,
        after=afterwards.due(at, message),
        correlation_id=caller.correlation_id,
    )
    at.publish(fact, *facts)
    return True


def _consequences(
    at: Instance, caller: Caller, message: Document, room: Document
) -> list[MessageSent]:
    """What else a message changes: counts of its readers, its thread, what tells of its room."""
    if moves_room(message):
        counting.count(at, message, room)
    first = threads.replied(at, message) if threads.is_reply(message) else None
    told = discussions.moved(at, caller, room) if room.get("prid") else None
    return [*([changed(caller, first, room)] if first else []), *([told] if told else [])]


def changed(caller: Caller, stored: Document, room: Document) -> MessageSent:
    """That a message became what is stored. `stored` and `room` come with `_contrail`."""
    return MessageSent(
        message=visible(stored),
        revision=revision(stored),
        room=room,
        correlation_id=caller.correlation_id,
    )


def moves_room(message: Document) -> bool:
    """Whether a message becomes the room's last one: system messages and thread replies don't."""
    if "t" in message and message["t"] != "e2e":
        return False
    return "tmid" not in message or bool(message.get("tshow"))


def shown_to(at: Instance, message: Document, caller: Caller) -> Document:
    """A message as one person gets it: no star but their own, and always with its `md`."""
    return markdown.parsed(at, message_shown(message, caller.uid))
