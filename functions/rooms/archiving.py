"""Archiving rooms and bringing them back."""

from __future__ import annotations

from typing import Any

from contrail.domain.access import Standing, find_standing
from contrail.domain.instance import Instance
from contrail.domain.roomchanges import change_room
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.rooms.kinds import CHANNEL, Kind, Place

ARCHIVE, UNARCHIVE = "archiveRoom", "unarchiveRoom"
PERMISSION = {ARCHIVE: "archive-room", UNARCHIVE: "unarchive-room"}


class Rid(Input):
    rid: str


class State(Input):
    rid: str
    action: str


def archive(kind: Kind, caller: Caller, given: Place, at: Instance) -> None:
    _set(at, caller, kind.find(at, caller, given), ARCHIVE)


def unarchive(kind: Kind, caller: Caller, given: Place, at: Instance) -> None:
    standing = kind.find(at, caller, given, archived=True)
    if kind is CHANNEL and not standing.room.get("archived"):
        raise ChatError(None, f"The channel, {standing.room.get('name')}, is not archived")
    _set(at, caller, standing, UNARCHIVE)


def change_state(caller: Caller, given: State, at: Instance) -> None:
    _by_id(at, caller, given.rid, ARCHIVE if given.action == "archive" else UNARCHIVE)


def archive_method(caller: Caller, given: Rid, at: Instance) -> None:
    _by_id(at, caller, given.rid, ARCHIVE)


def unarchive_method(caller: Caller, given: Rid, at: Instance) -> None:
    _by_id(at, caller, given.rid, UNARCHIVE)


def _by_id(at: Instance, caller: Caller, rid: str, method: str) -> None:
    """Who has the permission need not be in the room."""
    standing = find_standing(at, caller, rid)
    if standing is None:
        raise ChatError("error-invalid-room", "Invalid room", {"method": method})
    _set(at, caller, standing, method)


def _set(at: Instance, caller: Caller, standing: Standing, method: str) -> None:
    room, details = standing.room, {"method": method}
    if room["t"] not in ("c", "p"):
        reason = f"rooms type: {room['t']} can not be archived"
        raise ChatError("error-direct-message-room", reason, details)
    if not at.allows(caller, PERMISSION[method], standing.roles):
        raise ChatError("error-not-authorized", "Not authorized", details)
    archived = method == ARCHIVE
    copied: dict[str, Any] = {"archived": archived, "open": not archived, "alert": False}
    said = "room-archived" if archived else "room-unarchived"
    change_room(at, caller, room, {"archived": archived}, said=(said, ""), subscriptions=copied)
