"""Marking rooms as read, and as unread again."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import model_validator

from contrail.domain import receipts
from contrail.domain.access import Standing, access_room
from contrail.domain.history import read as messages_of
from contrail.domain.instance import Instance
from contrail.domain.members import tell
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document

UNREADING = {"method": "unreadMessages", "action": "Unread_messages"}


class Read(Input):
    documented: ClassVar = {
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


class Unread(Input):
    documented: ClassVar = {
        "": (
            "invalid-params",
            "must have required property 'roomId'\n"
            " must have required property 'firstUnreadMessage'\n"
            " must match a schema in anyOf",
        )
    }
    roomId: str = ""
    firstUnreadMessage: dict[str, Any] | None = None

    @model_validator(mode="after")
    def names_one(self) -> Unread:
        if not self.roomId and self.firstUnreadMessage is None:
            raise ValueError("a room or a message must be named")
        return self


class UnreadMethod(Input):
    firstUnreadMessage: dict[str, Any] | None = None
    room: str | None = None


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
        receipts.room_read(at, caller, standing, now)


def unread(caller: Caller, given: Unread, at: Instance) -> None:
    _unread(caller, given.roomId, given.firstUnreadMessage or {}, at)


def unread_method(caller: Caller, given: UnreadMethod, at: Instance) -> None:
    _unread(caller, given.room or "", given.firstUnreadMessage or {}, at)


def _unread(caller: Caller, rid: str, message: Document, at: Instance) -> None:
    """From its last message on if a room is named, else from this message of someone else."""
    standing, first = _first_unread(caller, rid, message, at)
    own = standing.subscription
    if own is None:
        raise ChatError("error-subscription-not-found", "Subscription not found", UNREADING)
    seen = own.get("ls")
    if not rid and (seen is None or first["ts"] >= seen):
        return
    fields = {"open": True, "alert": True, "ls": first["ts"], "_updatedAt": at.now()}
    row = at.store.subscriptions.change(caller.uid, standing.room["_id"], fields)
    if row is not None:
        tell(at, caller, "updated", row, standing.room)


def _first_unread(
    caller: Caller, rid: str, message: Document, at: Instance
) -> tuple[Standing, Document]:
    if rid:
        refuse = ChatError("error-subscription-not-found", "Subscription not found", UNREADING)
        standing = access_room(at, caller, rid, refuse=refuse)
        last = messages_of(at.store.messages, standing.room, count=1)
        if not last:
            reason = "There are no messages to mark unread"
            raise ChatError("error-no-message-for-unread", reason, UNREADING)
        return standing, last[0]
    refuse = ChatError("error-action-not-allowed", "Not allowed", UNREADING)
    mid = message.get("_id")
    found = at.store.messages.by_id(mid) if isinstance(mid, str) else None
    if found is None or found["u"]["_id"] == caller.uid:
        raise refuse
    return access_room(at, caller, found["rid"], refuse=refuse), found
