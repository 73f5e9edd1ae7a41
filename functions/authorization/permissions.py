"""Permissions: which roles may do what."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.domain.seeds import permission_order
from contrail.domain.sync import Synced, changed, synced
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.facts import PermissionChanged
from contrail.shapes.inputs import Input, Since, When
from contrail.shapes.rows import Document

INVALID_BODY = ("error-invalid-body-params", "Invalid body params", True)


class UpdatedSince(Input):
    documented = {
        "updatedSince": (
            "error-roomId-param-invalid",
            'The "updatedSince" query parameter must be a valid date.',
        )
    }
    updatedSince: When | None = None


class RolesOfPermission(Input):
    id: str = Field(alias="_id", min_length=1)
    roles: list[str]


class Changes(Input):
    documented = {"permissions": INVALID_BODY, "permissions.": INVALID_BODY}
    permissions: list[RolesOfPermission] = Field(min_length=1)


def list_all(caller: Caller, since: UpdatedSince, at: Instance) -> dict[str, Any]:
    """`{update, remove}`, in the order some clients index into."""
    return {"update": changed(_ordered(at), since.updatedSince), "remove": []}


def get(caller: Caller, since: Since, at: Instance) -> Synced:
    return synced(_ordered(at), since.updatedAt)


def update(caller: Caller, changes: Changes, at: Instance) -> dict[str, Any]:
    """Set the roles of all the permissions given, or of none.

    In force on the next request of every function: the version is raised with the write.
    """
    if not at.allows(caller, "access-permissions"):
        code = "error-edit-permissions-not-allowed"
        raise ChatError(code, "Editing permissions is not allowed", bare=True)
    wanted = {change.id: change.roles for change in changes.permissions}
    if set(wanted) - {row["_id"] for row in at.store.permissions.all()}:
        raise ChatError("error-invalid-permission", "Invalid permission", bare=True)
    if {role for roles in wanted.values() for role in roles} - at.store.roles.ids():
        raise ChatError("error-invalid-role", "Invalid role", bare=True)
    now = at.now()
    at.store.versions.raise_with(
        "permissions", lambda session: at.store.permissions.set_roles(wanted, now, session)
    )
    rows = _ordered(at)
    at.publish(
        *(
            PermissionChanged(permission=row, at=now, correlation_id=caller.correlation_id)
            for row in rows
            if row["_id"] in wanted
        )
    )
    return {"permissions": rows}


def _ordered(at: Instance) -> list[Document]:
    places = permission_order()
    rows = at.store.permissions.all()
    return sorted(rows, key=lambda row: (places.get(row["_id"], len(places)), row["_id"]))
