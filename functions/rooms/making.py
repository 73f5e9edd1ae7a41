"""Making channels and private groups."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from contrail.domain.creating import create_room
from contrail.domain.instance import Instance
from contrail.domain.wire import public_room, room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document

EXTRA = {"topic": str, "description": str, "broadcast": bool, "encrypted": bool}
"""What a client may set on a room beyond its name, with the type each must have."""
PERMISSIONS = {"c": "create-c", "p": "create-p"}


class New(Input):
    name: str = Field(min_length=1, max_length=256)
    members: list[str] = []
    readOnly: bool = False
    excludeSelf: bool = False
    customFields: dict[str, Any] | None = None
    extraData: dict[str, Any] = {}


class NewChannel(New):
    documented: ClassVar = {
        "name": (None, 'Param "name" is required'),
        "members": (None, 'Param "members" must be an array if provided'),
        "customFields": (None, 'Param "customFields" must be an object if provided'),
    }


class NewGroup(New):
    documented: ClassVar = {
        "name": (None, 'Body param "name" is required'),
        "members": (None, 'Body param "members" must be an array if provided'),
        "customFields": (None, 'Body param "customFields" must be an object if provided'),
        "extraData": (None, 'Body param "extraData" must be an object if provided'),
    }


def create_channel(caller: Caller, new: NewChannel, at: Instance) -> Document:
    return public_room(_create(caller, new, at, "c", Forbidden()))


def create_group(caller: Caller, new: NewGroup, at: Instance) -> Document:
    return public_room(_create(caller, new, at, "p", Forbidden()))


def channel_method(caller: Caller, new: NewChannel, at: Instance) -> Document:
    """DDP: the room with `rid` and `inserted` beside its fields."""
    return _by_method(_create(caller, new, at, "c", _refusal("createChannel")))


def group_method(caller: Caller, new: NewGroup, at: Instance) -> Document:
    return _by_method(_create(caller, new, at, "p", _refusal("createPrivateGroup")))


def _by_method(room: Document) -> Document:
    return {**room_shown(room), "rid": room["_id"], "inserted": True}


def _refusal(method: str) -> ChatError:
    return ChatError("error-not-allowed", "Not allowed", {"method": method})


def _create(caller: Caller, new: New, at: Instance, kind: str, refuse: ChatError) -> Document:
    if not at.allows(caller, PERMISSIONS[kind]):
        raise refuse
    given = new.extraData
    extra = {key: given[key] for key, kept in EXTRA.items() if type(given.get(key)) is kept}
    return create_room(
        at,
        caller,
        kind=kind,
        name=new.name,
        members=new.members,
        read_only=new.readOnly,
        custom_fields=new.customFields,
        extra=extra,
        exclude_self=new.excludeSelf,
        team=_team(at, caller, given.get("teamId"), refuse),
    )


def _team(at: Instance, caller: Caller, team_id: Any, refuse: ChatError) -> Document | None:
    """None for a team that does not exist. Raises `refuse` for who may not add channels to it."""
    main = at.store.rooms.main_of_team(team_id) if team_id and isinstance(team_id, str) else None
    if main is None:
        return None
    row = at.store.subscriptions.one(caller.uid, main["_id"]) or {}
    if not at.allows(caller, "add-team-channel", row.get("roles") or ()):
        raise refuse
    return {"teamId": team_id}
