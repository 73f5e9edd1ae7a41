"""Showing a room, and finding it by what a client knows of it."""

from __future__ import annotations

from typing import Any

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.wire import public_room, room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, Listed, NoInput
from contrail.shapes.rows import Document
from functions.rooms.finding import (
    WhichChannel,
    WhichGroup,
    WhichRoom,
    access_any,
    access_channel,
    access_group,
    direct_with,
)

PARENT = ("_id", "name", "fname", "t", "prid", "u", "sidepanel")
TEAM = ("_id", "name", "type", "roomId")


class RoomInfo(WhichRoom, Listed):
    """`fields` of the room."""


class TypeAndName(Input):
    t: str
    name: str


class NameOrId(Input):
    name: str


class Rid(Input):
    rid: str


class NameExists(Input):
    roomName: str


def narrowed(row: Document, fields: dict[str, int]) -> Document:
    """`fields` as MongoDB's projections: what is listed, or all but what is listed; `_id` apart."""
    only = any(on for key, on in fields.items() if key != "_id") or fields == {"_id": 1}
    usual = {key: not only or key == "_id" for key in row}
    return {key: value for key, value in row.items() if fields.get(key, usual[key])}


def only(rows: list[Document], fields: tuple[str, ...]) -> list[Document]:
    """The rows with these of their fields."""
    return [{key: row[key] for key in fields if key in row} for row in rows]


def channel_info(caller: Caller, which: WhichChannel, at: Instance) -> Document:
    return public_room(access_channel(at, caller, which).room, caller.uid)


def group_info(caller: Caller, which: WhichGroup, at: Instance) -> Document:
    return public_room(access_group(at, caller, which).room, caller.uid)


def room_info(caller: Caller, which: RoomInfo, at: Instance) -> dict[str, Any]:
    """`{room, parent?, team?}`: what a discussion is about, or the room of a channel's team."""
    missing = ChatError(
        "error-room-not-found",
        'The required "roomId" or "roomName" param provided does not match any channel',
    )
    closed = ChatError("Not Allowed", "not-allowed", bare=True)
    room = access_any(at, caller, which, refuse=closed, missing=missing).room
    answer: dict[str, Any] = {"room": narrowed(public_room(room, caller.uid), which.fields)}
    parent: Document | None = None
    if room.get("teamId"):
        team = at.store.teams.by_id(room["teamId"])
        if team is not None:
            answer["team"] = {key: team[key] for key in TEAM if key in team}
            if not room.get("teamMain"):
                parent = at.store.rooms.by_id(str(team.get("roomId")), dict.fromkeys(PARENT, 1))
    if room.get("prid"):
        parent = at.store.rooms.by_id(room["prid"], dict.fromkeys(PARENT, 1))
    return {**answer, "parent": parent} if parent else answer


def by_type_and_name(caller: Caller, which: TypeAndName, at: Instance) -> Document:
    """DDP; a direct room by its id or by the username of the other."""
    rid = direct_with(at, caller, which.name) if which.t == "d" else ""
    found = at.store.rooms.by_id_or_name(rid or which.name, {"_id": 1, "t": 1})
    if found is None or found["t"] != which.t:
        raise ChatError("error-invalid-room", "Invalid room")
    refuse = ChatError("error-no-permission", "No permission")
    return room_shown(access_room(at, caller, found["_id"], refuse=refuse).room, caller.uid)


def id_by_name_or_id(caller: Caller, which: NameOrId, at: Instance) -> str:
    return str(_named(caller, which.name, at, "getRoomIdByNameOrId")["_id"])


def name_by_id(caller: Caller, which: Rid, at: Instance) -> str | None:
    """A direct room has none."""
    name = _by_id(caller, which.rid, at, "getRoomNameById").get("name")
    return None if name is None else str(name)


def by_id(caller: Caller, which: Rid, at: Instance) -> Document:
    return public_room(_by_id(caller, which.rid, at, "getRoomById"), caller.uid)


def _named(caller: Caller, name: str, at: Instance, method: str) -> Document:
    found = at.store.rooms.by_id_or_name(name, {"_id": 1})
    return _by_id(caller, found["_id"] if found else "", at, method)


def _by_id(caller: Caller, rid: str, at: Instance, method: str) -> Document:
    refuse = ChatError("error-not-allowed", "Not allowed", {"method": method})
    return access_room(at, caller, rid, refuse=refuse).room


def name_exists(caller: Caller, given: NameExists, at: Instance) -> dict[str, Any]:
    return {"exists": at.store.rooms.by_name(given.roomName, {"_id": 1}) is not None}


def name_exists_method(caller: Caller, given: NameOrId, at: Instance) -> bool:
    return bool(name_exists(caller, NameExists(roomName=given.name), at)["exists"])


def total_channels(caller: Caller, _: NoInput, at: Instance) -> int:
    """DDP getTotalChannels: public channels, whoever may see them."""
    return at.store.room_lists.count({"t": "c"})
