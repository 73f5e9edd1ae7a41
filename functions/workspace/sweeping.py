"""Finishing what a process that died left half done."""

from __future__ import annotations

from datetime import datetime, timedelta

from contrail.domain import deleting_messages
from contrail.domain.instance import Instance
from contrail.domain.messages import complete
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input
from contrail.shapes.logs import note
from contrail.shapes.rows import Document

AGE = 30
"""Seconds after which a send is taken for abandoned: longer than any function may run."""
BATCH = 500


class Sweep(Input):
    """`age` in seconds: what is younger may still be at work."""

    age: int = AGE


def sweep(caller: Caller, wanted: Sweep, at: Instance) -> None:
    """Settle sends that were begun and publish messages that were not handed on.

    A message that was listed but never stored is uncounted; one that was stored is finished.
    """
    before = at.now() - timedelta(seconds=wanted.age)
    taken_back = 0
    for rid, entry in at.store.rooms.left_over(before, BATCH):
        stored = at.store.messages.by_id(entry["_id"])
        if stored and stored["rid"] == rid and stored["ts"] == entry["ts"]:
            complete(at, caller, stored)
        else:
            at.store.rooms.take_back(rid, entry)
            taken_back += 1
    pending = at.store.messages.pending_since(before, BATCH)
    for stored in pending:
        gone = deleting_messages.is_gone(stored)
        (deleting_messages.settle if gone else complete)(at, caller, stored)
    deleted = _finish_deletions(caller, before, at)
    if taken_back or pending or deleted:
        note("swept", taken_back=taken_back, published=len(pending), deleted=deleted)


def _finish_deletions(caller: Caller, before: datetime, at: Instance) -> int:
    """By room and by when they were made: those of one deletion together."""
    groups: dict[tuple[str, datetime], list[Document]] = {}
    for tombstone in at.store.tombstones.pending_since(before, BATCH):
        groups.setdefault((tombstone["rid"], tombstone["_deletedAt"]), []).append(tombstone)
    for gone in groups.values():
        deleting_messages.finish(at, caller, gone, pruned={} if len(gone) > 1 else None)
    return sum(map(len, groups.values()))
