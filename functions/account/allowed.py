"""Who may change what of a user, in the words of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contrail.domain import usernames
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

METHOD = "insertOrUpdateUser"
FIELDS = (
    ("username", "Accounts_AllowUsernameChange", "username"),
    ("statusText", "Accounts_AllowUserStatusMessageChange", "user status"),
    ("name", "Accounts_AllowRealNameChange", "user real name"),
    ("email", "Accounts_AllowEmailChange", "user email"),
    ("password", "Accounts_AllowPasswordChange", "user password"),
)
"""Field, the setting that people may change their own by, and what refusals call it."""


def not_allowed(reason: str, action: str) -> ChatError:
    details = {"method": METHOD, "action": action}
    return ChatError("error-action-not-allowed", reason, details)


def required(field: str) -> ChatError:
    details = {"method": METHOD, "field": field}
    return ChatError("error-the-field-is-required", f"The field {field} is required", details)


def refuse_unless(at: Instance, caller: Caller, permission: str, method: str) -> None:
    if not at.allows(caller, permission):
        raise ChatError("error-not-allowed", "Not allowed", {"method": method})


def refuse_creating(at: Instance, caller: Caller) -> None:
    if not at.allows(caller, "create-user"):
        raise not_allowed("Adding user is not allowed", "Adding_user")


def refuse_editing(at: Instance, caller: Caller, uid: str, *, verified: bool | None) -> None:
    if verified and uid == caller.uid:
        raise not_allowed("Editing email verification is not allowed", "Editing_user")
    if uid != caller.uid and not at.allows(caller, "edit-other-user-info"):
        raise not_allowed("Editing user is not allowed", "Editing_user")


def refuse_username(at: Instance, username: str) -> None:
    if not usernames.is_valid(at, username):
        details = {"method": METHOD, "input": username, "field": "Username"}
        reason = f"{username} is not a valid username"
        raise ChatError("error-input-is-not-a-valid-field", reason, details)


def refuse_fields(at: Instance, caller: Caller, user: Document, given: Mapping[str, Any]) -> None:
    """What the workspace's settings let nobody change of themselves, nor others without permission.

    `given` holds the new values of what is to change, by the names in `FIELDS` and `roles`.
    """
    own = user["_id"] == caller.uid
    info = at.allows(caller, "edit-other-user-info")
    password = at.allows(caller, "edit-other-user-password")
    roles = given.get("roles")
    regroups = roles is not None and set(roles) != set(user.get("roles") or ())
    if regroups and not at.allows(caller, "assign-roles"):
        raise not_allowed("Assign roles is not allowed", "Assign_role")
    if not at.setting("Accounts_AllowUserProfileChange") and not info and not password:
        raise not_allowed("Edit user profile is not allowed", "Update_user")
    change = given.get("requirePasswordChange")
    if own and not password and change is not None and change != _must_change(user):
        # It would open the way to a new password that takes no other proof.
        raise not_allowed("Edit user password is not allowed", "Update_user")
    for field, setting, called in FIELDS:
        may = password if field == "password" else info
        if not at.setting(setting) and (own or not may) and _differs(user, field, given):
            raise not_allowed(f"Edit {called} is not allowed", "Update_user")


def _must_change(user: Document) -> bool:
    return bool(user.get("requirePasswordChange"))


def _differs(user: Document, field: str, given: Mapping[str, Any]) -> bool:
    value = given.get(field)
    if not value:
        return False
    if field == "password":
        return True
    if field == "email":
        first = next(iter(user.get("emails") or ()), None)
        return first is not None and first.get("address") != value
    return bool(user.get(field) != value)
