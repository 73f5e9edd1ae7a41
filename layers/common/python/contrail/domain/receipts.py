"""Read receipts: they follow from how far each member has read, as does what is told of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contrail.domain.access import Standing, readable
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.receipt_facts import MessagesRead
from contrail.shapes.rows import Document

EVER = datetime.min.replace(tzinfo=UTC)
LEAST = timedelta(milliseconds=1)


def room_read(at: Instance, caller: Caller, standing: Standing, now: datetime) -> None:
    """The caller has read a room, and stood in it as `standing` says before.

    Published where the last of its members has now read some of it: two commands more.
    """
    before, newest = (standing.subscription or {}).get("ls"), standing.room.get("lm")
    if newest is None or not _told(at):
        return
    slowest = at.store.subscriptions.slowest(standing.room["_id"], caller.uid)
    others = now if slowest is None else slowest.get("ls")
    if others is None:
        return
    until = min(now, others)
    known = EVER if before is None else min(before, others)
    if min(newest, until) > known and _said(at, standing.room["_id"], known, until):
        _publish(at, caller, standing.room, until)


def thread_read(at: Instance, caller: Caller, room: Document, tmid: str, now: datetime) -> None:
    """The caller has read a thread that was new to them. The same, of those who follow it."""
    if _told(at) and not at.store.counters.is_unread(room["_id"], tmid):
        _publish(at, caller, room, now, tmid)


def _said(at: Instance, rid: str, after: datetime, until: datetime) -> bool:
    """Whether there is a message between, the second time included."""
    return bool(at.store.messages.window(rid, after + LEAST, until + LEAST, {}, 1, 0, 1))


def _told(at: Instance) -> bool:
    licensed = at.environment.edition == "enterprise"
    return licensed and bool(at.setting("Message_Read_Receipt_Enabled"))


def _publish(
    at: Instance, caller: Caller, room: Document, until: datetime, tmid: str | None = None
) -> None:
    at.publish(
        MessagesRead(
            room=readable(room),
            until=until,
            tmid=tmid,
            nonce=random_id(),
            correlation_id=caller.correlation_id,
        )
    )
