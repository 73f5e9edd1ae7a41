"""Ending teams: with their main room, or leaving it behind as a room like any other."""

from __future__ import annotations

from pydantic import Field

from contrail.domain import ownership
from contrail.domain.instance import Instance
from contrail.domain.roomchanges import tell_changed
from contrail.domain.system_messages import Saying, say
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document
from contrail.store.team_rooms import TEAM_FIELDS
from functions.teams.finding import Place, WhichTeam, access_team, no_team

MOST = 100
"""Rooms that one request may end."""


class Ending(WhichTeam):
    """`roomsToRemove` end with the team; its other rooms stay."""

    roomsToRemove: list[str] = Field([], max_length=MOST)


def delete(caller: Caller, given: Ending, at: Instance) -> None:
    place = access_team(at, caller, given, "delete-team")
    rooms, _ = _end_some(at, caller, place, given.roomsToRemove)
    _let_go(at, caller, place, [room for room in rooms if room["_id"] != place.rid])
    ownership.end(at, caller, place.rid)
    at.store.teams.remove(place.id)


def convert_to_channel(caller: Caller, given: Ending, at: Instance) -> None:
    place = access_team(at, caller, given, "convert-team")
    rooms, ended = _end_some(at, caller, place, given.roomsToRemove)
    _let_go(at, caller, place, rooms)
    at.store.teams.remove(place.id)
    name = next((room.get("name") for room in rooms if room["_id"] == place.rid), "")
    sayings = [
        Saying("user-deleted-room-from-team", str(one.get("name")), caller.short) for one in ended
    ]
    sayings.append(Saying("user-converted-to-channel", str(name), caller.short))
    say(at, place.rid, sayings, correlation_id=caller.correlation_id)


def _end_some(
    at: Instance, caller: Caller, place: Place, rids: list[str]
) -> tuple[list[Document], list[Document]]:
    """The team's rooms that stay, and those named in `rids`, which have ended.

    From here on the team is held. Doing it again finishes what a dying process left.
    """
    if not at.store.teams.hold(place.id, at.now()):
        raise no_team()
    rooms = at.store.team_rooms.of(place.id)
    ended = [room for room in rooms if room["_id"] in rids and room["_id"] != place.rid]
    try:
        _refuse_ending(at, caller, ended)
    except ChatError:
        at.store.teams.release(place.id)
        raise
    for room in ended:
        ownership.end(at, caller, room["_id"])
    return [room for room in rooms if room not in ended], ended


def _refuse_ending(at: Instance, caller: Caller, rooms: list[Document]) -> None:
    """Raises `error-not-allowed` where the caller may not delete one of the rooms."""
    if not rooms:
        return
    mine = at.store.subscriptions.among(caller.uid, [room["_id"] for room in rooms])
    roles = {row["rid"]: row.get("roles") or () for row in mine}
    for room in rooms:
        if not at.allows(caller, f"delete-{room['t']}", roles.get(room["_id"], ())):
            raise ChatError("error-not-allowed", "Not allowed", {"method": "eraseRoom"})


def _let_go(at: Instance, caller: Caller, place: Place, rooms: list[Document]) -> None:
    """Give the rooms back to the workspace: one command for all of them."""
    now = at.now()
    at.store.team_rooms.leave_all(place.id, now)
    for room in rooms:
        left = {key: value for key, value in room.items() if key not in TEAM_FIELDS}
        tell_changed(at, caller, {**left, "_updatedAt": now})
