"""People changing their own profile."""

from __future__ import annotations

import math
from typing import Any

from pydantic import Field

from contrail.domain import (
    customfields,
    emails,
    identity,
    logouts,
    mail,
    passwords,
    twofactor,
    usernames,
    users,
)
from contrail.domain.instance import Instance
from contrail.domain.members import join_defaults
from contrail.shapes.caller import Caller, Proof
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document, TwoFactor
from functions.account import allowed, status
from functions.account.changing import apply, new_address, text_fields
from functions.account.finding import Uid, myself
from functions.account.registration import ODD, caller_of

METHOD = "saveUserProfile"
PROVEN = TwoFactor(remember=False, forced=True)
"""What a new address or password takes: the password again, or another second factor.

Over REST the password may stand in the body; over DDP the row says it.
"""


class Shared(Input):
    """What REST and DDP call by the same names; None leaves it as it is."""

    username: str | None = Field(None, max_length=usernames.LONGEST)
    email: str | None = Field(None, max_length=emails.LONGEST)
    nickname: str | None = None
    bio: str | None = None
    statusText: str | None = None
    statusType: str | None = None
    newPassword: str | None = Field(None, max_length=passwords.LONGEST)


class BasicInfo(Shared):
    name: str | None = Field(None, max_length=256)
    currentPassword: str | None = None


class OwnBasicInfo(Input):
    """`currentPassword` is the hex SHA-256 of it."""

    data: BasicInfo
    customFields: dict[str, Any] | None = None


class Profile(Shared):
    realname: str | None = Field(None, max_length=256)


class SaveProfile(Input):
    settings: Profile
    customFields: dict[str, Any] | None = None


class NewName(Input):
    name: str = Field(max_length=256)


class NewUsername(Input):
    username: str
    options: dict[str, Any] | None = None


class NewEmail(Input):
    email: str


class CustomFields(Input):
    fields: dict[str, Any]


class Offset(Input):
    utcOffset: int | float


def update(caller: Caller, given: OwnBasicInfo, at: Instance) -> Document:
    """REST. The user with their own `services`, which show what is set and no more."""
    data = given.data
    if data.email or data.newPassword:
        _prove(caller, data.currentPassword, at)
    wanted = Profile(realname=data.name, **data.model_dump(include=set(Shared.model_fields)))
    user = _save(caller, wanted, given.customFields, at)
    services = users.services_shown(user.get("services", {}))
    return {**users.whole_shown(user), "services": services}


def save_profile(caller: Caller, given: SaveProfile, at: Instance) -> bool:
    """DDP."""
    _save(caller, given.settings, given.customFields, at)
    return True


def _save(caller: Caller, wanted: Profile, custom: dict[str, Any] | None, at: Instance) -> Document:
    """All is checked before anything is written."""
    if not at.setting("Accounts_AllowUserProfileChange"):
        raise ChatError("error-not-allowed", "Not allowed", {"method": METHOD})
    if wanted.realname and ODD.search(wanted.realname):
        raise ChatError(None, "Name contains invalid characters")
    user = myself(at, caller)
    given = {**wanted.model_dump(exclude_none=True), "name": wanted.realname}
    allowed.refuse_fields(at, caller, user, {**given, "password": wanted.newPassword})
    names = identity.wanted(
        at, user, username=wanted.username or None, name=wanted.realname or None, method=METHOD
    )
    fields = text_fields(wanted.bio, wanted.nickname, None)
    if custom:
        fields["customFields"] = customfields.check(at, custom)
    state = status.wanted(at, user, wanted.statusType or None, wanted.statusText, "setUserStatus")
    if wanted.email:
        fields |= new_address(at, user, wanted.email, verified=False)
    fields |= _password(wanted, user, at)
    changed = status.save(at, caller, apply(at, caller, user, fields), state)
    if passwords.BCRYPT in fields:
        logouts.end_others(at, caller, caller.uid, caller.token_hash)
    return identity.save(at, caller, changed, names)


def _prove(caller: Caller, password: str | None, at: Instance) -> None:
    if password and caller.proof is None:
        proof = Proof(code=password.lower(), method=twofactor.PASSWORD)
        caller = caller.model_copy(update={"proof": proof})
    twofactor.demand(at, caller, PROVEN)


def _password(wanted: Profile, user: Document, at: Instance) -> Document:
    """Those who have none, since they come from elsewhere, get none here."""
    known = user.get("services", {}).get("password", {}).get("bcrypt")
    if not (wanted.newPassword and at.setting("Accounts_AllowPasswordChange") and known):
        return {}
    passwords.refuse_used(at, user, wanted.newPassword, METHOD)
    passwords.check(at, wanted.newPassword)
    return passwords.change_of(at, user, wanted.newPassword)


def set_real_name(caller: Caller, given: NewName, at: Instance) -> str:
    details = {"method": "setRealName"}
    if not at.setting("Accounts_AllowRealNameChange"):
        raise ChatError("error-not-allowed", "Not allowed", details)
    refused = ChatError("error-could-not-change-name", "Could not change name", details)
    if ODD.search(given.name):
        raise refused
    user = myself(at, caller)
    try:
        names = identity.wanted(at, user, username=None, name=given.name, method="setRealName")
    except ChatError:
        raise refused from None
    identity.save(at, caller, user, names)
    return given.name


def set_username(caller: Caller, given: NewUsername, at: Instance) -> str:
    """Whoever had none before joins the default rooms."""
    user, username = myself(at, caller), given.username
    details = {"method": "setUsername"}
    if not username:
        raise ChatError("error-invalid-username", "Invalid username", details)
    known = user.get("username")
    if known and not at.setting("Accounts_AllowUsernameChange"):
        raise ChatError("error-not-allowed", "Not allowed", details)
    if known and known.lower() == username.lower():
        return username
    if not usernames.is_valid(at, username):
        reason = f"{username} is not a valid username, use only letters, numbers, dots, hyphens"
        raise ChatError("username-invalid", f"{reason} and underscores")
    if not usernames.is_available(at, username):
        raise users.in_use(username)
    names = identity.wanted(at, user, username=username, name=None, method="setUsername")
    changed = identity.save(at, caller, user, names)
    if not known:
        silenced = bool((given.options or {}).get("joinDefaultChannelsSilenced"))
        join_defaults(at, caller_of(changed, caller), silenced=silenced)
        mail.tell(at, caller, "enrollment", changed)
    return username


def set_email(caller: Caller, given: NewEmail, at: Instance) -> str:
    if not at.setting("Accounts_AllowEmailChange"):
        raise ChatError("error-not-allowed", "Not allowed", {"method": "setEmail"})
    user = myself(at, caller)
    apply(at, caller, user, new_address(at, user, given.email, verified=False))
    return given.email


def save_custom_fields(caller: Caller, given: CustomFields, at: Instance) -> None:
    user = myself(at, caller)
    apply(at, caller, user, {"customFields": customfields.check(at, given.fields)})


def set_utc_offset(caller: Caller, given: Offset, at: Instance) -> None:
    """Hours. Nothing for who is not logged in."""
    if not caller.logged_in:
        return
    if not math.isfinite(given.utcOffset) or abs(given.utcOffset) > 24:
        raise ChatError(400, "Match failed")
    apply(at, caller, myself(at, caller), {"utcOffset": given.utcOffset})


def status_text(caller: Caller, which: Uid, at: Instance) -> str | None:
    user = at.store.users.by_id(which.userId, {"statusText": 1})
    return None if user is None else str(user.get("statusText") or "")
