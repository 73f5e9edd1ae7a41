"""Teams, as what is in rooms needs them: who is in one, and who may enter its rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

PUBLIC, PRIVATE = 0, 1
"""The types of teams: their main rooms are channels and groups."""


def membership(
    team_id: str, uid: str, by: Caller, now: datetime, roles: Sequence[str] = ()
) -> Document:
    """A document of `rocketchat_team_member`."""
    return {
        "_id": random_id(),
        "teamId": team_id,
        "userId": uid,
        "roles": list(roles),
        "createdBy": {"_id": by.uid, "username": by.username},
        "createdAt": now,
        "_updatedAt": now,
    }


def enrol(at: Instance, caller: Caller, team_id: str, users: Sequence[Document]) -> None:
    """Make people (`_id`) members of a team whose main room they came to. Two commands."""
    now = at.now()
    rows = [membership(team_id, one["_id"], caller, now) for one in users]
    at.store.teams.add_members(rows)
    if not at.store.teams.exists(team_id):
        # It ended meanwhile: whoever ended it may have been ahead of this.
        at.store.teams.drop_members(team_id)


def opens_to(at: Instance, uid: str, team_id: str) -> bool:
    """Whether the team's channels are open to someone: a public team's are to everyone.

    Two commands at most.
    """
    team = at.store.teams.by_id(team_id)
    if team is None:
        return False
    return team.get("type") == PUBLIC or bool(uid and at.store.teams.member(team_id, uid))
