"""People registering themselves."""

from __future__ import annotations

import hmac
import re
from typing import Any

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from contrail.domain import customfields, emails, mail, passwords, sessions, usernames, users
from contrail.domain.activation import PENDING
from contrail.domain.instance import Instance
from contrail.domain.members import join_defaults
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, InvalidInput
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document

REGISTERED = ("_id", "type", "status", "active", "name", "utcOffset", "username")
ODD, ODD_NAME = re.compile(r"[><\\/]"), "Name contains invalid characters"
EMAIL_TAKEN = ChatError(403, "Email already exists.")


class Registration(Input):
    username: str = Field(max_length=usernames.LONGEST)
    email: str = Field(max_length=emails.LONGEST)
    password: str = Field(alias="pass", min_length=1)
    name: str = Field(max_length=256)
    secretURL: str | None = None
    secret: str | None = None
    reason: str | None = Field(None, max_length=1000)
    customFields: dict[str, Any] | None = None


class FormData(Input):
    """DDP's: a username is chosen afterwards. All are needed but by anonymous users."""

    email: str | None = Field(None, max_length=emails.LONGEST)
    password: str | None = Field(None, alias="pass", min_length=1)
    name: str | None = Field(None, max_length=256)
    secretURL: str | None = None
    reason: str | None = Field(None, max_length=1000)


class RegisterMethod(Input):
    formData: FormData


def register(caller: Caller, new: Registration, at: Instance) -> Document:
    """Raises for a name or an address that is taken; nothing is stored then."""
    if caller.logged_in:
        raise ChatError(None, "Logged in users can not register again.")
    _refuse_closed(at, new.secretURL or new.secret)
    if ODD.search(new.name):
        raise ChatError(None, ODD_NAME)
    if not usernames.is_valid(at, new.username):
        raise ChatError(None, "The username provided is not valid")
    if not usernames.is_available(at, new.username):
        raise ChatError(None, "Username is already in use")
    extra: Document = {"username": new.username}
    if new.customFields is not None:
        extra["customFields"] = customfields.check(at, new.customFields)
    user = _register(at, caller, new.name, new.email, new.password, new.reason, **extra)
    join_defaults(at, caller_of(user, caller))
    mail.tell(at, caller, "enrollment", user)
    return {key: user[key] for key in REGISTERED if key in user}


def register_method(caller: Caller, given: RegisterMethod, at: Instance) -> str | dict[str, Any]:
    """The new user's id; `{token, when}` of an anonymous one where the workspace takes those."""
    form = given.formData
    anonymous = at.setting("Accounts_AllowAnonymousRead")
    if anonymous and at.setting("Accounts_AllowAnonymousWrite") and not form.email:
        return _anonymous(caller, at)
    if form.email is None or form.password is None or form.name is None:
        raise InvalidInput(400, "email, pass and name are needed")
    _refuse_closed(at, form.secretURL)
    if ODD.search(form.name):
        raise ChatError("error-invalid-name", ODD_NAME, {"method": "registerUser"})
    user = _register(at, caller, form.name, form.email, form.password, form.reason)
    return str(user["_id"])


def _anonymous(caller: Caller, at: Instance) -> dict[str, Any]:
    user = users.make(
        at, username=None, name=None, email="", password_digest=None, roles=["anonymous"]
    )
    session, _ = sessions.start(at, caller, user["_id"], "anonymous")
    return {"token": session.token, "when": at.now()}


def _register(
    at: Instance,
    caller: Caller,
    name: str,
    email: str,
    password: str,
    reason: str | None,
    **fields: Any,
) -> Document:
    """The first person to register becomes admin, unless there is one."""
    if not name.strip() and at.setting("Accounts_RequireNameForSignUp"):
        raise ChatError(None, "Name is required")
    passwords.check(at, password)
    address = emails.check(at, email)
    if at.store.users.by_email(address, {"_id": 1}):
        raise EMAIL_TAKEN
    approve = bool(at.setting("Accounts_ManuallyApproveNewUsers"))
    first = not at.store.users.has_admin()
    if approve and reason and reason.strip():
        fields["reason"] = reason.strip()
    active = first or not approve
    if not active:
        fields["inactiveReason"] = PENDING
    username = fields.pop("username", None)
    try:
        user = users.make(
            at,
            username=username,
            name=name.strip(),
            email=address,
            password_digest=users.digest(password),
            roles=default_roles(at),
            active=active,
            **fields,
        )
    except DuplicateKeyError as error:
        if users.is_address(error):
            raise EMAIL_TAKEN from None
        raise ChatError(None, "Username is already in use") from None
    if first:
        _make_admin(at, at.store.versions.claim("first-admin", user["_id"]))
    mail.ask_verification(at, caller, address)
    if not active:
        mail.ask_approval(at, caller, user)
    return user


def _make_admin(at: Instance, uid: str) -> None:
    """Whoever holds the claim: a process may have died before this, and someone must be admin."""
    user = at.store.users.by_id(uid, {"roles": 1})
    if user is not None and "admin" not in user["roles"]:
        at.store.users.set_roles(uid, [*user["roles"], "admin"], at.now())


def default_roles(at: Instance) -> list[str]:
    """What a new user is, without saying; never nobody."""
    listed = str(at.setting("Accounts_Registration_Users_Default_Roles") or "").split(",")
    return list(dict.fromkeys(role.strip() for role in listed if role.strip())) or ["user"]


def caller_of(user: Document, behind: Caller) -> Caller:
    """The user as who joins rooms."""
    return Caller(
        uid=user["_id"],
        username=user["username"],
        name=user.get("name") or "",
        correlation_id=behind.correlation_id,
    )


def _refuse_closed(at: Instance, secret: str | None) -> None:
    """Before anything else: whom a workspace does not take, it does not tell which names it has."""
    form, details = at.setting("Accounts_RegistrationForm"), {"method": "registerUser"}
    if form == "Disabled":
        code = "error-user-registration-disabled"
        raise ChatError(code, "User registration is disabled", details)
    known = str(at.setting("Accounts_RegistrationForm_SecretURL") or "")
    given = str(secret or "")
    same = hmac.compare_digest(given.encode(), known.encode())
    if form == "Secret URL" and not (given and same):
        reason = "User registration is only allowed via Secret URL"
        raise ChatError("error-user-registration-secret", reason, details)
