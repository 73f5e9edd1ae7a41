"""What is deleted a little after it is gone: blobs of deleted files, and files never confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from contrail.domain import uploads
from contrail.domain.instance import Instance
from contrail.ports.blobs import AnyKey
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import note
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.upload import imported, records

BATCH = 500
LATE = timedelta(minutes=5)
"""Longer than a confirmation may take that began in time."""


def sweep(caller: Caller, _: NoInput, at: Instance) -> None:
    """Safe to repeat: what is known of a file goes after its blobs."""
    _expire(at)
    while rows := at.store.uploads.gone(BATCH):
        at.blobs.delete_many(key for row in rows for key in _keys(row))
        old = [row["_id"] for row in rows if imported.is_in_database(row)]
        if old:
            at.store.grid.remove("rocketchat_uploads", old)
        at.store.uploads.remove([row["_id"] for row in rows])
        note("files deleted", count=len(rows))
        if len(rows) < BATCH:
            return


def _expire(at: Instance) -> None:
    """One whose message was posted is completed: its confirmation died in between."""
    before = at.now() - LATE
    rows = at.store.uploads.expired(before, BATCH)
    mids = {str(row[OWN]["message"]) for row in rows if "message" in row.get(OWN, {})}
    posted = at.store.messages.by_ids(mids) if mids else []
    kept: dict[str, Document] = {}
    for message in posted:
        kept |= records.posted(message, at.now())
    at.store.uploads.complete(kept)
    left = [row["_id"] for row in rows if row["_id"] not in kept]
    if left:
        at.store.uploads.forget_expired(left, before, at.now())


def _keys(file: Document) -> Iterator[AnyKey]:
    place = imported.place_of(file)
    if place is not None:
        yield place
    if "announced" in file.get(OWN, {}):
        yield uploads.key_of(file["_id"], uploads.UNCONFIRMED)
