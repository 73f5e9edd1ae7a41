"""What is deleted a little after it is gone: blobs of deleted files, and files never confirmed."""

from __future__ import annotations

from datetime import timedelta

from contrail.domain import uploads
from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.shapes.logs import note
from contrail.shapes.rows import Document
from contrail.store.collections import OWN

BATCH = 500
LATE = timedelta(minutes=5)
"""Longer than a confirmation may take that began in time."""


def sweep(caller: Caller, _: NoInput, at: Instance) -> None:
    """Safe to repeat: what is known of a file goes after its blobs."""
    _expire(at)
    while rows := at.store.uploads.gone(BATCH):
        at.blobs.delete_many(key for row in rows for key in _keys(row))
        at.store.uploads.remove([row["_id"] for row in rows])
        note("files deleted", count=len(rows))
        if len(rows) < BATCH:
            return


def _expire(at: Instance) -> None:
    """One whose message was posted is completed: its confirmation died in between."""
    rows = at.store.uploads.expired(at.now() - LATE, BATCH)
    sent = {str((row.get(OWN) or {}).get("message")): row for row in rows}
    posted = {message["_id"]: message for message in at.store.messages.by_ids(sent)} if sent else {}
    kept = [file for message in posted.values() for file in uploads.ids_of(message)]
    for fid in kept:
        at.store.uploads.complete(fid, {"_updatedAt": at.now()})
    at.store.uploads.forget([row["_id"] for row in rows if row["_id"] not in kept], at.now())


def _keys(file: Document) -> list[Key]:
    try:
        own = uploads.key_of(file["_id"])
    except ValueError:
        return []
    return [own, uploads.key_of(file["_id"], uploads.UNCONFIRMED)]
