"""Avatars of people and rooms that are gone."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from contrail.store.collections import file_of
from functions.upload.avatars_stored import KIND

BATCH = 500


def sweep(caller: Caller, _: NoInput, at: Instance) -> None:
    """Safe to repeat: a record goes after its file."""
    while rows := at.store.avatars.gone(BATCH):
        at.blobs.delete_many(Key(KIND, file_of(row)) for row in rows)
        at.store.avatars.remove([row["_id"] for row in rows])
        if len(rows) < BATCH:
            return
