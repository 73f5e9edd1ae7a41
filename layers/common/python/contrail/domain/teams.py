"""Teams, as what is in rooms needs them: who is in one, and who may enter its rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
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


def main_room(at: Instance, team_id: str) -> Document | None:
    """The room that a team itself is."""
    team = at.store.teams.by_id(team_id)
    return at.store.rooms.by_id(str(team["roomId"])) if team else None


def taken() -> ChatError:
    return ChatError(None, "team-name-already-exists")


def refuse_taken(at: Instance, name: str, team_id: str = "") -> None:
    """Raises `team-name-already-exists`; `team_id` is the team that bears the name itself."""
    other = at.store.teams.by_name(name)
    if other is not None and other["_id"] != team_id:
        raise taken()


@contextmanager
def changing(at: Instance, main: Document, fields: Document) -> Iterator[None]:
    """Set `fields` of the team whose main room is about to change likewise, and take them back
    where that fails. The team goes first: what it closes is closed before the room says so.

    Raises `team-name-already-exists`.
    """
    before = at.store.teams.by_id(main["teamId"]) if fields else None
    if before is None:
        yield
        return
    try:
        at.store.teams.change(before["_id"], {**fields, "_updatedAt": at.now()})
    except DuplicateKeyError:
        raise taken() from None
    try:
        yield
    except Exception:
        at.store.teams.change(before["_id"], {key: before[key] for key in fields})
        raise


def open_to(at: Instance, team_id: str, uids: Iterable[str]) -> set[str]:
    """For whom of these the team's channels are open: a public team's are for everyone.

    Two commands at most.
    """
    team, asked = at.store.teams.by_id(team_id), set(uids)
    if team is None:
        return set()
    if team.get("type") == PUBLIC:
        return asked
    logged_in = asked - {""}
    return at.store.teams.members_among(team_id, logged_in) if logged_in else set()
