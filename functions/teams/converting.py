"""Making a team of a room that there is."""

from __future__ import annotations

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from contrail.domain.access import Standing, access_room
from contrail.domain.instance import Instance
from contrail.domain.roomchanges import tell_changed
from contrail.domain.system_messages import Saying, say
from contrail.domain.teams import PRIVATE, PUBLIC, membership, taken
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.ids import random_id
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document

IN_ROOMS = ("owner", "moderator", "leader")
"""Roles that count in a team and in its main room alike."""


class WhichChannel(Input):
    channelId: str | None = None
    channelName: str | None = None


class WhichGroup(Input):
    roomId: str | None = None
    roomName: str | None = None


def convert_channel(caller: Caller, which: WhichChannel, at: Instance) -> Document:
    if not which.channelId and not which.channelName:
        raise ChatError(None, 'The parameter "channelId" or "channelName" is required')
    return _of_room(caller, at, "c", which.channelId, which.channelName)


def convert_group(caller: Caller, which: WhichGroup, at: Instance) -> Document:
    if not which.roomId and not which.roomName:
        raise ChatError(None, 'The parameter "roomId" or "roomName" is required')
    return _of_room(caller, at, "p", which.roomId, which.roomName)


def _of_room(
    caller: Caller, at: Instance, kind: str, rid: str | None, name: str | None
) -> Document:
    called = "channel" if kind == "c" else "group"
    text = f'The required "roomId" or "roomName" param provided does not match any {called}'
    refuse = ChatError("error-room-not-found", text)
    if not rid:
        rid = str((at.store.rooms.by_name(name or "", {"_id": 1}) or {}).get("_id", ""))
    standing = access_room(at, caller, rid, refuse=refuse)
    if standing.room["t"] != kind:
        raise refuse
    if not at.allows(caller, "create-team"):
        raise Forbidden
    return convert(at, caller, standing, str(standing.room.get("name")))


def convert(at: Instance, caller: Caller, standing: Standing, name: str) -> Document:
    """A team whose main room is this one, and whose members are in it. Its type is the room's.

    Raises `unauthorized`, `team-name-already-exists` and `room-already-on-team`.
    """
    room, now = standing.room, at.now()
    if room["t"] not in ("c", "p") or not at.allows(caller, "edit-room", standing.roles):
        raise Forbidden
    team = new_team(caller, name, PUBLIC if room["t"] == "c" else PRIVATE, room["_id"], now)
    insert(at, team, now)
    converted = at.store.team_rooms.take(team["_id"], room["_id"], now)
    if converted is None:
        at.store.teams.remove(team["_id"])
        raise ChatError(None, "room-already-on-team")
    at.store.teams.add_members(_members(at, caller, team["_id"], room["_id"], now))
    at.store.teams.release(team["_id"])
    tell_changed(at, caller, converted)
    said = Saying("user-converted-to-team", name, caller.short)
    say(at, room["_id"], [said], correlation_id=caller.correlation_id)
    return team


def _members(at: Instance, caller: Caller, team_id: str, rid: str, now: datetime) -> list[Document]:
    """Everyone in the room, with the roles they have there; whoever converts it owns the team."""
    roles = {
        row["u"]["_id"]: [one for one in row.get("roles") or () if one in IN_ROOMS]
        for row in at.store.memberships.of_room(rid)
    }
    roles[caller.uid] = ["owner", *(one for one in roles.get(caller.uid, []) if one != "owner")]
    return [membership(team_id, uid, caller, now, theirs) for uid, theirs in roles.items()]


def new_team(caller: Caller, name: str, kind: int, rid: str, now: datetime) -> Document:
    return {
        "_id": random_id(),
        "name": name,
        "type": int(kind),
        "createdAt": now,
        "createdBy": {"_id": caller.uid, "username": caller.username},
        "_updatedAt": now,
        "roomId": rid,
    }


def insert(at: Instance, team: Document, now: datetime) -> None:
    try:
        at.store.teams.insert(team, now)
    except DuplicateKeyError:
        raise taken() from None
