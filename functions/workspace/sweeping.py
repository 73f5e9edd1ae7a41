"""Finishing what a process that died left half done."""

from __future__ import annotations

from datetime import timedelta

from contrail.domain.instance import Instance
from contrail.domain.messages import complete
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input
from contrail.shapes.logs import note

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
        complete(at, caller, stored)
    if taken_back or pending:
        note("swept", taken_back=taken_back, published=len(pending))
