"""Making teams."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from contrail.domain.access import access_room
from contrail.domain.creating import create_room
from contrail.domain.instance import Instance
from contrail.domain.teams import PUBLIC, membership, taken
from contrail.shapes.bounded import Fields
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.teams.converting import convert, insert, new_team

EXTRA = {"topic": str, "description": str, "broadcast": bool, "encrypted": bool}
"""What a client may set on the main room beyond its name, with the type each must have."""
MOST = 1_000
"""Members that one request may name."""


class Sidepanel(Input):
    items: list[Literal["channels", "discussions"]] = Field(max_length=2)

    @field_validator("items")
    @classmethod
    def each_once(cls, items: list[str]) -> list[str]:
        if len(set(items)) != len(items):
            raise ValueError("must NOT have duplicate items")
        return items


class MainRoom(Input):
    """`id` is one that there is; else it is made, as the rest says."""

    id: str | None = None
    readOnly: bool = False
    customFields: Fields = {}
    extraData: Fields = {}


class NewTeam(Input):
    """`members` are ids or usernames, `owner` is the id of who owns it instead of the caller."""

    name: str = Field(min_length=1, max_length=256)
    type: Literal[0, 1]
    members: list[str] = Field([], max_length=MOST)
    room: MainRoom = MainRoom()
    owner: str | None = None
    sidepanel: Sidepanel | None = None


def create(caller: Caller, new: NewTeam, at: Instance) -> Document:
    """The team. Raises `team-name-already-exists`, `room-name-already-exists`, and
    `error-team-creation` for what no room may be called; nothing is stored then.
    """
    if not at.allows(caller, "create-team"):
        raise Forbidden
    if new.room.id:
        standing = access_room(at, caller, new.room.id, refuse=ChatError(None, "invalid-room"))
        return convert(at, caller, standing, new.name.strip())
    name, now = new.name.strip(), at.now()
    if at.store.teams.taken(name):
        raise taken()
    if at.store.rooms.by_name(name, {"_id": 1}) is not None:
        raise ChatError(None, "room-name-already-exists")
    owner, people = _people(at, caller, new)
    team = new_team(caller, name, new.type, random_id(), now)
    insert(at, team, now)
    members = [membership(team["_id"], owner["_id"], caller, now, ["owner"])]
    members += [membership(team["_id"], one["_id"], caller, now) for one in people]
    try:
        at.store.teams.add_members(members)
        _make_room(at, caller, new, team, owner, people)
    except ChatError:
        at.store.teams.remove(team["_id"])
        raise ChatError(None, "error-team-creation") from None
    except Exception:
        at.store.teams.remove(team["_id"])
        raise
    at.store.teams.release(team["_id"])
    return team


def _people(at: Instance, caller: Caller, new: NewTeam) -> tuple[Document, list[Document]]:
    """The owner, and the other members; who is unknown or deactivated is left out."""
    fields = {"username": 1, "name": 1, "active": 1}
    uids = {*new.members, *([new.owner] if new.owner else [])}
    found = [*at.store.users.by_ids(uids, fields)]
    found += at.store.users.by_usernames(new.members, fields)
    by_id = {one["_id"]: one for one in found if one.get("active") is not False}
    owner = {**caller.short} if not new.owner else by_id.get(new.owner)
    if owner is None:
        raise ChatError(None, "invalid-user")
    owner = {key: owner.get(key) for key in ("_id", "username", "name")}
    # As upstream: who makes a team for somebody else is not in it.
    return owner, [one for uid, one in by_id.items() if uid not in (owner["_id"], caller.uid)]


def _make_room(
    at: Instance,
    caller: Caller,
    new: NewTeam,
    team: Document,
    owner: Document,
    people: list[Document],
) -> None:
    given = new.room.extraData
    extra = {key: given[key] for key, kind in EXTRA.items() if type(given.get(key)) is kind}
    if new.sidepanel is not None:
        extra["sidepanel"] = {"items": list(new.sidepanel.items)}
    create_room(
        at,
        caller,
        kind="c" if new.type == PUBLIC else "p",
        name=team["name"],
        members=[str(one["username"]) for one in people],
        owner=owner,
        read_only=new.room.readOnly,
        custom_fields=new.room.customFields,
        extra={**extra, "_id": team["roomId"]},
        team={"teamId": team["_id"], "teamMain": True},
    )
