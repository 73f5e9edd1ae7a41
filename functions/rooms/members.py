"""Lists of who is in a room, who of them is there, and what roles they have in it."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import Field

from contrail.api.paging import allowed
from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.domain.searching import searched
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import AS_LIST, Input, Listed
from contrail.shapes.rows import Document, Listing
from functions.rooms.finding import (
    WhichChannel,
    WhichDirect,
    WhichGroup,
    access_channel,
    access_direct,
    access_group,
)
from functions.rooms.showing import only

FIELDS = ("_id", "username", "name", "nickname", "status", "avatarETag", "_updatedAt", "federated")
DIRECT_FIELDS = (*FIELDS[:5], "statusText", "utcOffset", "federated")
QUERY = Listing(query={"_id": ("",), "name": ("",)})
THERE = ["online", "away", "busy"]
SHOWN_AT_ONCE = 100
MODERATOR = "moderator"


class Members(Listed):
    status: Annotated[list[str], AS_LIST] | None = None
    filter: str = ""


class ChannelMembers(WhichChannel, Members): ...


class GroupMembers(WhichGroup, Members): ...


class DirectMembers(WhichDirect, Members): ...


class Online(Input):
    """By `query`, as JSON, or by `_id`."""

    query: str = ""
    id: str = Field(default="", alias="_id")


class Paging(Input):
    limit: int = Field(default=SHOWN_AT_ONCE, ge=0)
    skip: int = Field(default=0, ge=0)


class UsersOfRoom(Input):
    rid: str
    showAll: bool = False
    options: Paging = Paging()
    filter: str = ""


class RolesMethod(Input):
    rid: str


def channel_members(caller: Caller, page: ChannelMembers, at: Instance) -> dict[str, Any]:
    return _members(caller, page, access_channel(at, caller, page), at, FIELDS)


def group_members(caller: Caller, page: GroupMembers, at: Instance) -> dict[str, Any]:
    return _members(caller, page, access_group(at, caller, page), at, FIELDS)


def direct_members(caller: Caller, page: DirectMembers, at: Instance) -> dict[str, Any]:
    return _members(caller, page, access_direct(at, caller, page), at, DIRECT_FIELDS)


def _members(
    caller: Caller, page: Members, standing: Standing, at: Instance, fields: tuple[str, ...]
) -> dict[str, Any]:
    """Active members, who is connected first."""
    _refuse_broadcast(at, caller, standing, Forbidden())
    rows, total = at.store.room_members.page(
        standing.room["_id"],
        text=page.filter,
        among=searched(at),
        status=page.status,
        sort=page.sort or _usual_order(at),
        offset=page.offset,
        count=page.count,
    )
    return {
        "members": only(rows, fields),
        "count": len(rows),
        "offset": page.offset,
        "total": total,
    }


def users_of_room(caller: Caller, wanted: UsersOfRoom, at: Instance) -> dict[str, Any]:
    """DDP: `{total, records}`; the total counts everyone, whoever is shown."""
    details = {"method": "getUsersOfRoom"}
    refuse = ChatError("not-authorized", "Not Authorized", details)
    missing = ChatError("error-invalid-room", "Invalid room", details)
    standing = access_room(at, caller, wanted.rid, refuse=refuse, missing=missing)
    _refuse_broadcast(at, caller, standing, refuse)
    limit, rid = wanted.options.limit, standing.room["_id"]
    rows, _ = at.store.room_members.page(
        rid,
        text=wanted.filter,
        among=searched(at),
        status=None if wanted.showAll else THERE,
        sort=_usual_order(at),
        offset=wanted.options.skip,
        count=limit if 0 < limit <= SHOWN_AT_ONCE else SHOWN_AT_ONCE,
    )
    return {"total": at.store.room_members.count(rid), "records": only(rows, FIELDS)}


def _refuse_broadcast(at: Instance, caller: Caller, standing: Standing, refuse: ChatError) -> None:
    hidden = bool(standing.room.get("broadcast"))
    if hidden and not at.allows(caller, "view-broadcast-member-list", standing.roles):
        raise refuse


def _usual_order(at: Instance) -> list[tuple[str, int]]:
    return [("name" if at.setting("UI_Use_Real_Name") else "username", 1)]


def channel_online(caller: Caller, which: Online, at: Instance) -> dict[str, Any]:
    """Nobody, for who is not in the channel."""
    missing = ChatError(None, "Channel does not exists")
    standing = access_room(at, caller, _queried(at, which, "c", missing), refuse=missing)
    inside = standing.subscription is not None
    return {"online": at.store.room_members.online(standing.room["_id"]) if inside else []}


def group_online(caller: Caller, which: Online, at: Instance) -> dict[str, Any]:
    rid = _queried(at, which, "p", ChatError(None, "Group does not exists"))
    access_room(at, caller, rid, refuse=ChatError("error-not-allowed", "Not allowed"))
    return {"online": at.store.room_members.online(rid)}


def _queried(at: Instance, which: Online, kind: str, missing: ChatError) -> str:
    query = _parsed(which.query)
    match = {**query, **({"_id": which.id} if which.id else {})}
    if not match or not allowed(QUERY, query):
        raise ChatError(None, "Invalid query")
    room = at.store.room_lists.one({**match, "t": kind})
    if room is None:
        raise missing
    return str(room["_id"])


def _parsed(text: str) -> Document:
    try:
        found = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise ChatError(None, "Invalid query")
    return found


def channel_roles(caller: Caller, which: WhichChannel, at: Instance) -> dict[str, Any]:
    return {"roles": _roles(access_channel(at, caller, which), at)}


def group_roles(caller: Caller, which: WhichGroup, at: Instance) -> dict[str, Any]:
    return {"roles": _roles(access_group(at, caller, which), at)}


def roles_method(caller: Caller, which: RolesMethod, at: Instance) -> list[Document]:
    """DDP getRoomRoles."""
    refuse = ChatError("error-invalid-room", "Invalid room", {"method": "getRoomRoles"})
    return _roles(access_room(at, caller, which.rid, refuse=refuse), at)


def _roles(standing: Standing, at: Instance) -> list[Document]:
    """`{_id, rid, u, roles}` of the members that have roles in the room."""
    return at.store.room_members.roles(standing.room["_id"])


def channel_moderators(caller: Caller, which: WhichChannel, at: Instance) -> dict[str, Any]:
    return _moderators(access_channel(at, caller, which), at)


def group_moderators(caller: Caller, which: WhichGroup, at: Instance) -> dict[str, Any]:
    return _moderators(access_group(at, caller, which), at)


def _moderators(standing: Standing, at: Instance) -> dict[str, Any]:
    return {"moderators": [row["u"] for row in _roles(standing, at) if MODERATOR in row["roles"]]}
