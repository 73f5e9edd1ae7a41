"""Changing what is stored: the one way, for edits, reactions, stars, pins, followers.

Two who change a message at once come one after the other: each change is of the revision that it
was worked out from, and is worked out again when that is no longer the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from contrail.domain import afterwards
from contrail.domain.instance import Instance
from contrail.domain.messages import changed
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.messages import visible

TRIES = 100
TICK = timedelta(milliseconds=1)
Change = tuple[Document, Iterable[str]]
"""Fields to set, and fields to drop."""


def change(
    at: Instance,
    caller: Caller,
    message: Document,
    worked_out: Callable[[Document], Change | None],
    *,
    keep: bool = False,
) -> Document | None:
    """Change a stored message, and its room where it is the last one there; the message after it.

    `message` comes with `_contrail`. `worked_out` gets the message as it is, maybe several times;
    None from it leaves it so. `keep` stores a copy of what was before. None when nothing changed.
    """
    stored = apply(at, caller, message, worked_out, keep=keep)
    if stored is None:
        return None
    tell(at, caller, stored)
    return visible(stored)


def apply(
    at: Instance,
    caller: Caller,
    message: Document,
    worked_out: Callable[[Document], Change | None],
    *,
    keep: bool = False,
) -> Document | None:
    """As `change`, but nobody is told. The message after it with `_contrail`."""
    before: Document | None = message
    for _ in range(TRIES):
        wanted = worked_out(visible(before)) if before is not None else None
        if before is None or wanted is None:
            return None
        now = at.now()
        fields = {**wanted[0], "_updatedAt": _later(before, now)}
        # First the copy: whoever dies in between has lost nothing.
        copies = [_copy(caller, before, now)] if keep else []
        for copy in copies:
            at.store.message_changes.keep(copy)
        after = at.store.message_changes.change(before, fields, wanted[1], now)
        if after is not None:
            return after
        if copies:
            at.store.message_changes.remove([copy["_id"] for copy in copies])
        before = at.store.messages.by_id(message["_id"])
    raise ChatError("error-too-many-changes", "The message is being changed by too many at once")


def tell(at: Instance, caller: Caller, stored: Document) -> None:
    """Bring the room along with a message that changed, and publish it."""
    room = at.store.room_messages.follow(visible(stored), at.now())
    if room is not None:
        fact = changed(caller, stored, room)
        at.publish(fact.model_copy(update={"after": afterwards.due(at, stored)}))


def editor(caller: Caller) -> dict[str, Any]:
    return {"_id": caller.uid, "username": caller.username}


def _later(before: Document, now: datetime) -> datetime:
    """A message's `_updatedAt` rises with each revision, whoever's clock is behind."""
    last = before.get("_updatedAt")
    return max(now, last + TICK) if isinstance(last, datetime) else now


def _copy(caller: Caller, before: Document, now: datetime) -> Document:
    kept = visible(before)
    author = {"editedAt": now, "editedBy": editor(caller)}
    return {**kept, "_id": random_id(), "_hidden": True, "parent": before["_id"], **author}
