"""Users as those who manage them make and change them."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain import (
    activation,
    customfields,
    emails,
    identity,
    logouts,
    mail,
    passwords,
    usernames,
    users,
)
from contrail.domain.instance import Instance
from contrail.domain.members import join_defaults
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document
from functions.account import allowed
from functions.account.changing import apply, new_address, text_fields
from functions.account.registration import ODD, caller_of, default_roles

METHOD = "insertOrUpdateUser"
ACTIVATING = "edit-other-user-active-status"


class Fields(Input):
    """What there is to say of a user; None leaves it as it is."""

    name: str | None = Field(None, max_length=256)
    email: str | None = Field(None, max_length=emails.LONGEST)
    username: str | None = Field(None, max_length=usernames.LONGEST)
    password: str | None = Field(None, max_length=passwords.LONGEST)
    active: bool | None = None
    nickname: str | None = None
    bio: str | None = None
    statusText: str | None = None
    roles: list[str] | None = None
    joinDefaultChannels: bool = True
    requirePasswordChange: bool | None = None
    setRandomPassword: bool = False
    sendWelcomeEmail: bool = False
    verified: bool | None = None
    customFields: dict[str, Any] | None = None
    language: str | None = Field(None, max_length=32)


class NewUser(Fields):
    name: str = Field(max_length=256)
    email: str = Field(max_length=emails.LONGEST)
    username: str = Field(max_length=usernames.LONGEST)
    password: str = Field(max_length=passwords.LONGEST)


class Update(Input):
    userId: str = Field(min_length=1)
    data: Fields
    confirmRelinquish: bool = False


class UserData(Fields):
    id: str | None = Field(None, alias="_id")


class InsertOrUpdate(Input):
    userData: UserData


def create(caller: Caller, new: NewUser, at: Instance) -> Document:
    """Raises `error-action-not-allowed` and the field errors; nothing is stored then."""
    return users.whole_shown(_create(caller, new, at))


def update(caller: Caller, given: Update, at: Instance) -> Document:
    active = given.data.active
    if active is not None:
        allowed.refuse_unless(at, caller, ACTIVATING, "setUserActiveStatus")
    if active is False:
        _refuse_deactivating(caller, given, at)
    user = _update(caller, given.userId, given.data, at)
    if active is not None and active != bool(user.get("active")):
        activation.set_active(at, caller, user, active=active, confirm=given.confirmRelinquish)
    return users.whole_shown(at.store.users.by_id(given.userId) or user)


def insert_or_update(caller: Caller, given: InsertOrUpdate, at: Instance) -> str | bool:
    """DDP: a new user's id, or true."""
    if given.userData.id is None:
        return str(_create(caller, given.userData, at)["_id"])
    _update(caller, given.userData.id, given.userData, at)
    return True


def _create(caller: Caller, new: Fields, at: Instance) -> Document:
    allowed.refuse_creating(at, caller)
    if new.active is False:
        allowed.refuse_unless(at, caller, ACTIVATING, "setUserActiveStatus")
    _refuse_odd(new)
    roles = _roles_of_new(caller, new, at)
    username, email = (new.username or "").strip(), new.email or ""
    _refuse_missing(at, new, username)
    allowed.refuse_username(at, username)
    extra = text_fields(new.bio, new.nickname, new.statusText)
    if new.customFields is not None:
        extra["customFields"] = customfields.check(at, new.customFields)
    if not usernames.is_available(at, username):
        raise users.in_use(username)
    address = emails.check(at, email)
    if at.store.users.by_email(address, {"_id": 1}):
        raise users.in_use(email)
    if new.requirePasswordChange or new.setRandomPassword:
        extra["requirePasswordChange"] = True
    password = passwords.generate(at) if new.setRandomPassword else str(new.password)
    try:
        user = users.make(
            at,
            username=username,
            name=(new.name or "").strip(),
            email=address,
            password_digest=users.digest(password),
            roles=roles,
            active=new.active is not False,
            verified=bool(new.verified),
            **extra,
        )
    except DuplicateKeyError as error:
        raise users.taken(error, username, email) from None
    if new.joinDefaultChannels:
        join_defaults(at, caller_of(user, caller))
    if new.sendWelcomeEmail:
        mail.tell(at, caller, "welcome", user, sealed={"password": password})
    if new.setRandomPassword:
        mail.tell(at, caller, "password-changed", user, sealed={"password": password})
    return user


def _update(caller: Caller, uid: str, data: Fields, at: Instance) -> Document:
    """The user after it. All is checked before anything is written."""
    allowed.refuse_editing(at, caller, uid, verified=data.verified)
    user = at.store.users.by_id(uid)
    if user is None:
        raise ChatError("error-invalid-user", "Invalid user", {"method": METHOD})
    _refuse_odd(data)
    _check_roles(caller, data, at)
    if data.username:
        allowed.refuse_username(at, data.username.strip())
    allowed.refuse_fields(at, caller, user, data.model_dump(exclude_none=True))
    names = identity.wanted(
        at, user, username=data.username or None, name=data.name, method="saveUser"
    )
    fields = text_fields(data.bio, data.nickname, data.statusText)
    if data.email:
        fields |= new_address(at, user, data.email, verified=data.verified is True)
    if data.verified is not None and "emails" not in fields and user.get("emails"):
        fields["emails.0.verified"] = data.verified
    password = _password_of(caller, data, at)
    if password:
        fields |= passwords.change_of(at, user, password)
    if password and data.setRandomPassword:
        fields["requirePasswordChange"] = True
    if data.customFields is not None:
        fields["customFields"] = customfields.check(at, data.customFields)
    if data.roles is not None:
        fields["roles"] = list(dict.fromkeys(data.roles))
    for name in ("language", "requirePasswordChange"):
        value = getattr(data, name)
        if value is not None:
            fields[name] = value
    changed = apply(at, caller, user, fields)
    if password:
        if uid == caller.uid:
            logouts.end_others(at, caller, uid, caller.token_hash)
        else:
            logouts.end_all(at, caller, uid)
    if password and data.setRandomPassword:
        mail.tell(at, caller, "password-changed", changed, sealed={"password": password})
    return identity.save(at, caller, changed, names)


def _refuse_deactivating(caller: Caller, given: Update, at: Instance) -> None:
    """Before anything else of the user is changed."""
    allowed.refuse_editing(at, caller, given.userId, verified=given.data.verified)
    user = at.store.users.by_id(given.userId)
    if user is not None and user.get("active") is not False:
        activation.leavings(at, user, confirm=given.confirmRelinquish)


def _password_of(caller: Caller, data: Fields, at: Instance) -> str:
    """The new password; empty where it stays as it is."""
    if not at.allows(caller, "edit-other-user-password"):
        return ""
    if data.setRandomPassword:
        return passwords.generate(at)
    password = (data.password or "").strip()
    if password:
        passwords.check(at, password)
    return password


def _roles_of_new(caller: Caller, new: Fields, at: Instance) -> list[str]:
    _check_roles(caller, new, at)
    if not new.roles:
        return default_roles(at)
    if not at.allows(caller, "assign-roles"):
        raise allowed.not_allowed("Assigning roles is not allowed", "Assign_role")
    return list(dict.fromkeys(new.roles))


def _check_roles(caller: Caller, data: Fields, at: Instance) -> None:
    if data.roles and set(data.roles) - at.store.roles.ids():
        raise allowed.not_allowed("The field Roles consist invalid role id", "Assign_role")
    if "admin" in (data.roles or ()) and not at.allows(caller, "assign-admin-role"):
        raise allowed.not_allowed("Assigning admin is not allowed", "Assign_admin")


def _refuse_odd(given: Fields) -> None:
    if given.name and ODD.search(given.name):
        raise ChatError(None, "Name contains invalid characters")


def _refuse_missing(at: Instance, new: Fields, username: str) -> None:
    if not (new.name or "").strip() and at.setting("Accounts_RequireNameForSignUp"):
        raise allowed.required("Name")
    if not username:
        raise allowed.required("Username")
    if not new.password and not new.setRandomPassword:
        raise allowed.required("Password")
