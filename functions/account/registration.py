"""New users: made by an admin, or registering themselves."""

from __future__ import annotations

import re
import secrets
from typing import Any

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain import users
from contrail.domain.instance import Instance
from contrail.domain.members import join_defaults
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document

EMAIL = re.compile(r"[^@\s\0-\x1f\x7f<>\"]{1,64}@[\w-]+(?:\.[\w-]+)*\.[\w-]{2,}")
REGISTERED = ("_id", "type", "status", "active", "name", "utcOffset", "username")
ADMIN_DETAILS = {"method": "insertOrUpdateUser", "action": "Adding_user"}


class NewUser(Input):
    name: str = Field(max_length=256)
    email: str = Field(max_length=254)
    username: str = Field(max_length=256)
    password: str
    active: bool = True
    nickname: str | None = Field(None, max_length=120)
    bio: str | None = Field(None, max_length=260)
    statusText: str | None = None
    roles: list[str] | None = None
    joinDefaultChannels: bool = True
    requirePasswordChange: bool = False
    setRandomPassword: bool = False
    verified: bool = False


class Registration(Input):
    username: str = Field(max_length=256)
    email: str = Field(max_length=254)
    password: str = Field(alias="pass", min_length=1)
    name: str = Field(max_length=256)
    secretURL: str | None = None
    reason: str | None = None


def create(caller: Caller, new: NewUser, at: Instance) -> Document:
    """Raises `error-action-not-allowed` and the field errors; nothing is stored then."""
    if not at.allows(caller, "create-user"):
        raise ChatError("error-action-not-allowed", "Adding user is not allowed", ADMIN_DETAILS)
    roles = _roles(caller, new, at)
    password = secrets.token_urlsafe(24) if new.setRandomPassword else new.password
    if not password:
        details = {"method": "insertOrUpdateUser", "field": "Password"}
        raise ChatError("error-the-field-is-required", "The field Password is required", details)
    _check_names(at, new.username, new.email)
    optional = {
        "nickname": new.nickname,
        "bio": new.bio,
        "statusText": new.statusText,
        "requirePasswordChange": new.requirePasswordChange or None,
    }
    user = _insert(
        at,
        username=new.username,
        name=new.name,
        email=new.email,
        password_digest=users.digest(password),
        roles=roles,
        active=new.active,
        verified=new.verified,
        **{key: value for key, value in optional.items() if value is not None},
    )
    if new.joinDefaultChannels:
        join_defaults(at, _as_caller(user, caller))
    return users.created_shown(user)


def register(caller: Caller, new: Registration, at: Instance) -> Document:
    """The first person to register becomes admin, unless there is one."""
    if caller.logged_in:
        raise ChatError(None, "Logged in users can not register again.")
    _check_registration_open(new, at)
    if re.search(r"[><\\/]", new.name):
        raise ChatError(None, "Name contains invalid characters")
    if not new.name.strip() and at.setting("Accounts_RequireNameForSignUp"):
        raise ChatError(None, "Name is required")
    _check_names(at, new.username, new.email, registering=True)
    approve = bool(at.setting("Accounts_ManuallyApproveNewUsers"))
    default_roles = str(at.setting("Accounts_Registration_Users_Default_Roles") or "user")
    first = not at.store.users.has_admin()
    user = _insert(
        at,
        username=new.username,
        name=new.name,
        email=new.email,
        password_digest=users.digest(new.password),
        roles=[role.strip() for role in default_roles.split(",") if role.strip()],
        active=first or not approve,
        **({"reason": new.reason} if approve and new.reason else {}),
    )
    if first:
        _make_admin(at, at.store.versions.claim("first-admin", user["_id"]))
    join_defaults(at, _as_caller(user, caller))
    return {key: user[key] for key in REGISTERED if key in user}


def _make_admin(at: Instance, uid: str) -> None:
    """Whoever holds the claim: a process may have died before this, and someone must be admin."""
    user = at.store.users.by_id(uid, {"roles": 1})
    if user is not None and "admin" not in user["roles"]:
        at.store.users.set_roles(uid, [*user["roles"], "admin"], at.now())


def _insert(at: Instance, **fields: Any) -> Document:
    try:
        return users.make(at, **fields)
    except DuplicateKeyError as error:
        raise users.taken(error, fields["username"], fields["email"]) from None


def _roles(caller: Caller, new: NewUser, at: Instance) -> list[str]:
    if new.roles is None:
        return ["user"]
    details = {"method": "insertOrUpdateUser", "action": "Assign_role"}
    if not at.allows(caller, "assign-roles"):
        raise ChatError("error-action-not-allowed", "Assigning roles is not allowed", details)
    if not new.roles or set(new.roles) - at.store.roles.ids():
        reason = "The field Roles consist invalid role id"
        raise ChatError("error-action-not-allowed", reason, details)
    if "admin" in new.roles and not at.allows(caller, "assign-admin-role"):
        raise ChatError("error-action-not-allowed", "Assigning admin is not allowed", details)
    return new.roles


def _check_registration_open(new: Registration, at: Instance) -> None:
    form = at.setting("Accounts_RegistrationForm")
    if form == "Disabled":
        raise ChatError("error-user-registration-disabled", "User registration is disabled")
    if form == "Secret URL" and not secrets.compare_digest(
        str(new.secretURL or "").encode(),
        str(at.setting("Accounts_RegistrationForm_SecretURL") or "").encode(),
    ):
        reason = "User registration is only allowed via Secret URL"
        raise ChatError("error-user-registration-secret", reason)


def _check_names(at: Instance, username: str, email: str, *, registering: bool = False) -> None:
    details = {"method": "insertOrUpdateUser", "field": "Username"}
    if not _valid_username(at, username):
        reason = f"{username} is not a valid username"
        raise ChatError("error-input-is-not-a-valid-field", reason, details)
    if _blocked(at, username):
        reason = f"{username} is blocked and can't be used!"
        raise ChatError("error-blocked-username", reason, details)
    if not EMAIL.fullmatch(email):
        raise ChatError("error-invalid-email", f"Invalid email {email}", {"email": email})
    if at.store.users.by_username(username, {"_id": 1}):
        if registering:
            raise ChatError(None, "Username is already in use")
        details = {"method": "insertOrUpdateUser", "field": username}
        raise ChatError("error-field-unavailable", f"{username} is already in use :(", details)
    if at.store.users.by_email(email, {"_id": 1}):
        if registering:
            raise ChatError(403, "Email already exists.")
        details = {"method": "insertOrUpdateUser", "field": email}
        raise ChatError("error-field-unavailable", f"{email} is already in use :(", details)


def _valid_username(at: Instance, username: str) -> bool:
    pattern = str(at.setting("UTF8_User_Names_Validation") or "[0-9a-zA-Z-_.]+")
    return bool(re.fullmatch(pattern, username))


def _blocked(at: Instance, username: str) -> bool:
    names = ("Accounts_BlockedUsernameList", "Accounts_SystemBlockedUsernameList")
    listed = ",".join(str(at.setting(name) or "") for name in names).split(",")
    return username.lower() in {name.strip().lower() for name in listed if name.strip()}


def _as_caller(user: Document, behind: Caller) -> Caller:
    return Caller(
        uid=user["_id"],
        username=user["username"],
        name=user["name"],
        correlation_id=behind.correlation_id,
    )
