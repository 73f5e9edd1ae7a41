"""What tests about teams do over and over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.scene import fresh
from tests.support.workspace import Json, Person, Workspace


def team_of(person: Person, *, private: bool = False, **more: Any) -> Json:
    """A new team."""
    given = {"name": fresh("team"), "type": int(private), **more}
    team: Json = person.ok("POST", "v1/teams.create", given)["team"]
    return team


def room_in(person: Person, team: Json, *, private: bool = False) -> str:
    """The id of a new room of the person's, in the team."""
    rid = room_of(person, private=private)
    given = {"teamId": team["_id"], "rooms": [rid]}
    person.ok("POST", "v1/teams.addRooms", given)
    return rid


def room_of(person: Person, *, private: bool = False) -> str:
    kind = "groups" if private else "channels"
    made = person.ok("POST", f"v1/{kind}.create", {"name": fresh("r")})
    return str(made[kind.removesuffix("s")]["_id"])


def enter(owner: Person, team: Json, *people: Person, roles: tuple[str, ...] = ()) -> None:
    """The owner makes them members."""
    members = [{"userId": one.id, "roles": list(roles)} for one in people]
    owner.ok("POST", "v1/teams.addMembers", {"teamId": team["_id"], "members": members})


def members_of(person: Person, team: Json, **more: Any) -> dict[str, list[str]]:
    """Username -> roles."""
    given = {"teamId": team["_id"], **more}
    rows = person.ok("GET", "v1/teams.members", given)["members"]
    return {row["user"]["username"]: row["roles"] for row in rows}


def said_in(workspace: Workspace, rid: str) -> list[tuple[str, str]]:
    """System messages of a room: type and text, in order."""
    rows = workspace.database["rocketchat_message"].find({"rid": rid}).sort("ts", 1)
    return [(row["t"], row["msg"]) for row in rows if "t" in row]


def stored_room(workspace: Workspace, rid: str) -> Json | None:
    found: Json | None = workspace.database["rocketchat_room"].find_one({"_id": rid})
    return found


@contextmanager
def granted(workspace: Workspace, permission: str, roles: list[str]) -> Iterator[None]:
    """While it lasts just these roles have the permission."""
    listed = workspace.admin.ok("GET", "v1/permissions.listAll")["update"]
    before = next(one["roles"] for one in listed if one["_id"] == permission)

    def put(wanted: list[str]) -> None:
        changes = [{"_id": permission, "roles": wanted}]
        workspace.admin.ok("POST", "v1/permissions.update", {"permissions": changes})

    put(roles)
    try:
        yield
    finally:
        put(before)
