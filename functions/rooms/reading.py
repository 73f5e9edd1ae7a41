"""Marking rooms as read."""

from __future__ import annotations

from pydantic import model_validator

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.members import tell
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input


class Read(Input):
    documented = {
        "": (
            "invalid-params",
            "must have required property 'rid'\n must have required property 'roomId'\n"
            " must match a schema in anyOf",
        )
    }
    rid: str = ""
    roomId: str = ""
    readThreads: bool = False

    @model_validator(mode="after")
    def names_one_room(self) -> Read:
        if not (self.rid or self.roomId) or (self.rid and self.roomId and self.rid != self.roomId):
            raise ValueError("exactly one room must be named")
        return self


class ReadMethod(Input):
    rid: str
    readThreads: bool = False


def read(caller: Caller, wanted: Read, at: Instance) -> None:
    refuse = ChatError(None, "error-invalid-subscription")
    _read(caller, wanted.rid or wanted.roomId, at, threads=wanted.readThreads, refuse=refuse)


def read_method(caller: Caller, wanted: ReadMethod, at: Instance) -> None:
    refuse = ChatError("error-not-allowed", "Not allowed", {"method": "readMessages"})
    missing = ChatError("error-room-does-not-exist", "This room does not exist")
    _read(caller, wanted.rid, at, threads=wanted.readThreads, refuse=refuse, missing=missing)


def _read(
    caller: Caller,
    rid: str,
    at: Instance,
    *,
    threads: bool,
    refuse: ChatError,
    missing: ChatError | None = None,
) -> None:
    standing = access_room(at, caller, rid, refuse=refuse, missing=missing)
    # A message on its way may carry a time just ahead of this clock: what is read is read.
    now = max(at.now(), standing.room.get("lm") or at.now())
    row = at.store.subscriptions.mark_read(caller.uid, rid, now, threads=threads)
    if row is not None:
        tell(at, caller, "updated", row, standing.room)
