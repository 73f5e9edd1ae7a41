"""The team that a request names, and what the caller may do in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import model_validator

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document


class SomeTeam(Input):
    """By id or by name; naming none names one that does not exist."""

    teamId: str | None = None
    teamName: str | None = None


class WhichTeam(SomeTeam):
    documented = {
        "": (
            "invalid-params",
            "must have required property 'teamId'\n must have required property 'teamName'\n"
            " must match exactly one schema in oneOf",
        )
    }

    @model_validator(mode="before")
    @classmethod
    def names_one(cls, given: Any) -> Any:
        if given.get("teamId") is None and given.get("teamName") is None:
            raise ValueError("no team is named")
        return given


@dataclass(frozen=True, slots=True)
class Place:
    """A caller in a team: `roles` are those they have in its main room."""

    team: Document
    roles: tuple[str, ...]

    @property
    def id(self) -> str:
        return str(self.team["_id"])

    @property
    def rid(self) -> str:
        """Of the main room."""
        return str(self.team["roomId"])


def find(at: Instance, which: SomeTeam) -> Document | None:
    if which.teamId:
        return at.store.teams.by_id(which.teamId)
    return at.store.teams.by_name(which.teamName) if which.teamName else None


def place_of(at: Instance, caller: Caller, team: Document | None) -> Place:
    """Raises `team-does-not-exist` for none."""
    if team is None:
        raise no_team()
    mine = at.store.subscriptions.one(caller.uid, team["roomId"]) or {}
    return Place(team, tuple(mine.get("roles") or ()))


def access_team(at: Instance, caller: Caller, which: SomeTeam, *permissions: str) -> Place:
    """Two commands. Raises `team-does-not-exist`, and `unauthorized` without one of these
    permissions, workspace-wide or by a role in the team's main room.
    """
    place = place_of(at, caller, find(at, which))
    permit(at, caller, place, *permissions)
    return place


def permit(at: Instance, caller: Caller, place: Place, *permissions: str) -> None:
    """Raises `unauthorized`."""
    allowed = (at.allows(caller, permission, place.roles) for permission in permissions)
    if permissions and not any(allowed):
        raise Forbidden


def main_room(at: Instance, place: Place) -> Document:
    """Raises `invalid-room` for one that is gone."""
    room = at.store.rooms.by_id(place.rid)
    if room is None:
        raise ChatError(None, "invalid-room")
    return room


def no_team() -> ChatError:
    return ChatError(None, "team-does-not-exist")
