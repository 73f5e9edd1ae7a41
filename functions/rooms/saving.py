"""Saving a room's settings, several at once: all of them or none."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict
from pymongo.errors import DuplicateKeyError

from contrail.api import avatars
from contrail.api.inputs import parse
from contrail.domain import roomnames, teams
from contrail.domain.access import Standing, find_standing
from contrail.domain.instance import Instance
from contrail.domain.roomchanges import change_room
from contrail.domain.system_messages import Saying, say
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.rooms.room_settings import METHOD, Plan, forbidden, invalid, plan
from functions.rooms.settings_given import RoomSettings

TRIES = 50
"""Names that are tried with a number behind them."""


class Saved(RoomSettings):
    rid: str


class Saving(Input):
    """Settings by name, or one `settings` with its `value`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    rid: str
    settings: dict[str, Any] | str
    value: Any = None


def save_rest(caller: Caller, given: Saved, at: Instance) -> Document:
    standing = _standing(at, caller, given.rid)
    settings = given.model_dump(exclude={"rid"}, exclude_unset=True)
    save(at, caller, standing, RoomSettings(**settings))
    return {"rid": given.rid}


def save_method(caller: Caller, given: Saving, at: Instance) -> Document:
    named = given.settings
    values = {named: given.value} if isinstance(named, str) else named
    standing = _standing(at, caller, given.rid)
    save(at, caller, standing, parse(RoomSettings, values, strict=True))
    return {"result": True, "rid": given.rid}


def _standing(at: Instance, caller: Caller, rid: str) -> Standing:
    """Who has the permission to edit need not be in the room."""
    standing = find_standing(at, caller, rid)
    if standing is None:
        raise ChatError("error-invalid-room", "Invalid room", {"method": METHOD})
    return standing


def save(at: Instance, caller: Caller, standing: Standing, given: RoomSettings) -> Document:
    """The room after it. Raises what planning raises, and for a name that is taken."""
    if given.model_extra:
        raise invalid()
    if not at.allows(caller, "edit-room", standing.roles):
        inside = standing.room["t"] == "d" and standing.subscription is not None
        if not inside or given.encrypted is None:
            raise forbidden("Editing room is not allowed")
        given = RoomSettings(encrypted=given.encrypted)
    planned = plan(at, caller, standing, given)
    if planned.avatar is not None:
        # Before the others: a picture that is none refuses all of them.
        avatars.set_of_room(at, caller, standing.room["_id"], planned.avatar)
    if not planned.room and not planned.unset:
        return standing.room
    with teams.changing(at, standing.room, planned.team):
        after = _write(at, caller, standing.room, planned)
    sayings = [Saying(kind, text, caller.short) for kind, text in planned.said]
    say(at, after["_id"], sayings, correlation_id=caller.correlation_id)
    return after


def _write(at: Instance, caller: Caller, room: Document, planned: Plan) -> Document:
    name = planned.room.get("name")
    for place in range(TRIES):
        names = {"name": roomnames.numbered(str(name), place)} if name else {}
        copied = {**planned.subscriptions, **names} if planned.subscriptions else {}
        try:
            return change_room(
                at,
                caller,
                room,
                {**planned.room, **names},
                unset=planned.unset,
                subscriptions=copied,
            )
        except DuplicateKeyError:
            roomnames.refuse_taken(at, str(name), str(planned.room["fname"]), room["_id"])
    raise ChatError("error-duplicate-channel-name", f"A channel with name '{name}' exists")
