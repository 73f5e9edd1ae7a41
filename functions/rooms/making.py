"""Making channels and private groups."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from contrail.domain import teams
from contrail.domain.creating import create_room
from contrail.domain.instance import Instance
from contrail.domain.system_messages import Saying, say
from contrail.domain.wire import public_room, room_shown
from contrail.shapes.bounded import Fields
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document

EXTRA = {"topic": str, "description": str, "broadcast": bool, "encrypted": bool}
"""What a client may set on a room beyond its name, with the type each must have."""
MOST = 10_000
"""Members that one request may name."""
PERMISSIONS = {"c": "create-c", "p": "create-p"}


class New(Input):
    name: str = Field(min_length=1, max_length=256)
    members: list[str] = Field([], max_length=MOST)
    teams: list[str] = Field([], max_length=100)
    readOnly: bool = False
    excludeSelf: bool = False
    customFields: Fields | None = None
    extraData: Fields = {}


class NewChannel(New):
    documented: ClassVar = {
        "name": (None, 'Param "name" is required'),
        "members": (None, 'Param "members" must be an array if provided'),
        "teams": (None, 'Param "teams" must be an array if provided'),
        "customFields": (None, 'Param "customFields" must be an object if provided'),
    }


class NewGroup(New):
    documented: ClassVar = {
        "name": (None, 'Body param "name" is required'),
        "members": (None, 'Body param "members" must be an array if provided'),
        "teams": (None, 'Body param "teams" must be an array if provided'),
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
    main = _team(at, caller, given.get("teamId"), refuse)
    room = create_room(
        at,
        caller,
        kind=kind,
        name=new.name,
        members=[*new.members, *_of_teams(at, caller, new.teams)],
        read_only=new.readOnly,
        custom_fields=new.customFields,
        extra=extra,
        exclude_self=new.excludeSelf,
        team={"teamId": given["teamId"]} if main else None,
    )
    if main is not None and kind == "c":
        said = Saying("user-added-room-to-team", str(room["name"]), caller.short)
        say(at, main["_id"], [said], correlation_id=caller.correlation_id)
    return room


def _team(at: Instance, caller: Caller, team_id: Any, refuse: ChatError) -> Document | None:
    """The team's main room, None where there is no such team. Raises `refuse` for who may not add
    channels to it.
    """
    main = teams.main_room(at, team_id) if team_id and isinstance(team_id, str) else None
    if main is None:
        return None
    row = at.store.subscriptions.one(caller.uid, main["_id"]) or {}
    if not at.allows(caller, "add-team-channel", row.get("roles") or ()):
        raise refuse
    return main


def _of_teams(at: Instance, caller: Caller, names: list[str]) -> list[str]:
    """Usernames of the members of these teams, as far as the caller may see who is in them."""
    found = at.store.teams.by_names(names) if names else []
    mine = {row["teamId"] for row in at.store.teams.of_user(caller.uid)} if found else set()
    everything = at.allows(caller, "view-all-teams")
    seen = [
        team["_id"]
        for team in found
        if everything or team.get("type") == teams.PUBLIC or team["_id"] in mine
    ]
    uids = at.store.mentionable.team_members(seen) if seen else []
    people = at.store.users.by_ids(uids, {"username": 1}) if uids else []
    return [str(one["username"]) for one in people if one.get("username")]
