"""Public channels: making, showing and listing them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.wire import public_room, room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input, Listed
from contrail.shapes.rows import Document
from functions.rooms.creation import create_room
from functions.rooms.finding import WhichChannel, access_channel

LISTABLE = 500


class NewChannel(Input):
    documented = {
        "name": (None, 'Param "name" is required'),
        "members": (None, 'Param "members" must be an array if provided'),
        "customFields": (None, 'Param "customFields" must be an object if provided'),
    }
    name: str = Field(min_length=1, max_length=256)
    members: list[str] = []
    readOnly: bool = False
    excludeSelf: bool = False
    customFields: dict[str, Any] | None = None
    extraData: dict[str, Any] = {}


class TypeAndName(Input):
    t: str
    name: str


class NameOrId(Input):
    name: str


class ListMethod(Input):
    filter: str = ""
    channelType: str = ""
    limit: int = Field(LISTABLE, ge=1, le=LISTABLE)
    sort: str = "name"


def create(caller: Caller, new: NewChannel, at: Instance) -> Document:
    if not at.allows(caller, "create-c"):
        raise Forbidden
    return public_room(_create(caller, new, at))


def create_method(caller: Caller, new: NewChannel, at: Instance) -> Document:
    """DDP: the room with `rid` and `inserted` beside its fields."""
    if not at.allows(caller, "create-c"):
        raise ChatError("error-not-allowed", "Not allowed", {"method": "createChannel"})
    room = _create(caller, new, at)
    return {**room_shown(room), "rid": room["_id"], "inserted": True}


def _create(caller: Caller, new: NewChannel, at: Instance) -> Document:
    return create_room(
        at,
        caller,
        kind="c",
        name=new.name,
        members=new.members,
        read_only=new.readOnly,
        custom_fields=new.customFields,
        extra=new.extraData,
        exclude_self=new.excludeSelf,
    )


def info(caller: Caller, which: WhichChannel, at: Instance) -> Document:
    return public_room(access_channel(at, caller, which).room)


def list_channels(caller: Caller, page: Listed, at: Instance) -> dict[str, Any]:
    """All public channels with view-c-room, else those one has joined."""
    mine = [row["rid"] for row in at.store.subscriptions.of_user(caller.uid)]
    everything = at.allows(caller, "view-c-room")
    match = {"$and": [page.query, at.store.rooms.channels(mine, everything=everything)]}
    rows, total = at.store.rooms.page(
        match, page.sort or [("name", 1)], page.offset, page.count, page.fields
    )
    return {"channels": rows, "count": len(rows), "offset": page.offset, "total": total}


def by_type_and_name(caller: Caller, which: TypeAndName, at: Instance) -> Document:
    found = at.store.rooms.by_id_or_name(which.name, {"_id": 1, "t": 1})
    if found is None or found["t"] != which.t:
        raise ChatError("error-invalid-room", "Invalid room")
    refuse = ChatError("error-no-permission", "No permission")
    return room_shown(access_room(at, caller, found["_id"], refuse=refuse).room)


def id_by_name_or_id(caller: Caller, which: NameOrId, at: Instance) -> str:
    refuse = ChatError("error-not-allowed", "Not allowed", {"method": "getRoomIdByNameOrId"})
    found = at.store.rooms.by_id_or_name(which.name, {"_id": 1})
    room = access_room(at, caller, found["_id"] if found else "", refuse=refuse).room
    return str(room["_id"])


def list_method(caller: Caller, wanted: ListMethod, at: Instance) -> dict[str, Any]:
    """DDP channelsList: `{channels: [{_id, name, t}]}`."""
    mine = [row["rid"] for row in at.store.subscriptions.of_user(caller.uid)]
    kinds = {"": ("c", "p"), "public": ("c",), "private": ("p",)}.get(wanted.channelType, ())
    everything = at.allows(caller, "view-c-room")
    sort = [("msgs", -1)] if wanted.sort == "msgs" else [("name", 1)]
    rows = at.store.rooms.named(
        wanted.filter, kinds, mine, everything=everything, sort=sort, limit=wanted.limit
    )
    return {"channels": rows}
