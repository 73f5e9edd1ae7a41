"""What tests about rooms ask over and over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.scene import fresh, invoke
from tests.support.workspace import Json, Person, Workspace


def group(owner: Person, *members: Person, **more: Any) -> Json:
    """A new private group with a random name; the room."""
    given = {"name": fresh("p"), "members": [one.username for one in members], **more}
    room: Json = owner.ok("POST", "v1/groups.create", given)["group"]
    return room


def room_of(workspace: Workspace, rid: str) -> Json | None:
    room: Json | None = workspace.database["rocketchat_room"].find_one({"_id": rid})
    return room


def stored_room(workspace: Workspace, rid: str) -> Json:
    room = room_of(workspace, rid)
    assert room is not None
    return room


def subscription_in(person: Person, rid: str) -> Json | None:
    rows = person.workspace.database["rocketchat_subscription"]
    row: Json | None = rows.find_one({"rid": rid, "u._id": person.id})
    return row


def roles_in(person: Person, rid: str) -> list[str]:
    return list((subscription_in(person, rid) or {}).get("roles") or ())


def members_of(workspace: Workspace, rid: str) -> set[str]:
    rows = workspace.database["rocketchat_subscription"].find({"rid": rid})
    return {row["u"]["_id"] for row in rows}


def said_in(workspace: Workspace, rid: str) -> list[tuple[str, str, str]]:
    """`(type, text, author's username)` of the system messages of a room, in their order."""
    rows = workspace.database["rocketchat_message"].find({"rid": rid, "t": {"$exists": True}})
    return [(row["t"], row["msg"], row["u"]["username"]) for row in rows.sort("ts", 1)]


def give_role(person: Person, rid: str, role: str) -> None:
    rows = person.workspace.database["rocketchat_subscription"]
    rows.update_one({"rid": rid, "u._id": person.id}, {"$addToSet": {"roles": role}})


def change(workspace: Workspace, rid: str, **fields: Any) -> None:
    """Straight in the database."""
    workspace.database["rocketchat_room"].update_one({"_id": rid}, {"$set": fields})


@contextmanager
def admins_may(workspace: Workspace, permission: str) -> Iterator[None]:
    """While it lasts admins have a permission that nobody has by default."""

    def put(*roles: str) -> None:
        changes = [{"_id": permission, "roles": roles}]
        workspace.admin.ok("POST", "v1/permissions.update", {"permissions": changes})

    put("admin")
    try:
        yield
    finally:
        put()


def fault(person: Person | None, workspace: Workspace, name: str, *params: Any) -> Any:
    """The code of the error that a method answers with."""
    return invoke(workspace, person, name, list(params))["error"]["error"]
