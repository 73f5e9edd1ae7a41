"""Logging in and out."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from contrail.domain import sessions
from contrail.domain.instance import Instance
from contrail.domain.sessions import Session
from contrail.domain.users import digest, password_matches, self_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import LoginRefused
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.rows import Document


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class UserRef(_Given):
    username: str | None = None
    email: str | None = None


class Digest(_Given):
    """Clients may leave out `algorithm`; there is one."""

    digest: str
    algorithm: str = "sha-256"


class Credentials(Input):
    """Every shape in which clients log in with a password or a token."""

    user: str | UserRef | None = None
    username: str | None = None
    email: str | None = None
    password: str | Digest | None = None
    resume: str | None = None


class MethodLogin(Input):
    options: Credentials


def log_in(caller: Caller, given: Credentials, at: Instance) -> dict[str, Any]:
    """REST: `{userId, authToken, me}`. Raises `LoginRefused`, which tells no one who exists."""
    try:
        session = _session(caller, given, at)
    except LoginRefused as error:
        if error.reason in ("User not found", "Incorrect password", "User has no password set"):
            raise LoginRefused("Unauthorized", "Unauthorized") from None
        raise
    user = at.store.users.by_id(session.id) or {}
    return {"userId": session.id, "authToken": session.token, "me": self_shown(at, user)}


def log_in_session(caller: Caller, given: MethodLogin, at: Instance) -> dict[str, Any]:
    """DDP: `{id, token, tokenExpires, type}`."""
    return _session(caller, given.options, at).model_dump()


def log_out(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    sessions.end(at, caller.uid, caller.token_hash)
    return {"message": "You've been logged out!"}


def log_out_session(caller: Caller, _: NoInput, at: Instance) -> None:
    sessions.end(at, caller.uid, caller.token_hash, keep=caller.connection_id)


def _session(caller: Caller, given: Credentials, at: Instance) -> Session:
    if given.resume is not None:
        return sessions.resume(at, given.resume, caller)[1]
    if given.password is None:
        raise LoginRefused(400, "Unrecognized options for login request")
    user = _find(given, at)
    matches = password_matches(user, _hexdigest(given.password))
    if user is None:
        raise LoginRefused(403, "User not found")
    if not matches:
        has_password = bool(user.get("services", {}).get("password", {}).get("bcrypt"))
        raise LoginRefused(
            403, "Incorrect password" if has_password else "User has no password set"
        )
    sessions.refuse_inactive(user)
    _refuse_unverified(user, at)
    _refuse_second_factor(user, at)
    return sessions.start(at, user, "password")


def _find(given: Credentials, at: Instance) -> Document | None:
    username, email = given.username, given.email
    if isinstance(given.user, str):
        username, email = (None, given.user) if "@" in given.user else (given.user, None)
    elif given.user is not None:
        username, email = given.user.username, given.user.email
    if username:
        return at.store.users.by_username(username)
    if email:
        return at.store.users.by_email(email)
    raise LoginRefused(400, "Unrecognized options for login request")


def _hexdigest(password: str | Digest) -> str:
    if isinstance(password, str):
        return digest(password)
    if password.algorithm != "sha-256":
        raise LoginRefused(400, "Unrecognized options for login request")
    return password.digest


def _refuse_unverified(user: Document, at: Instance) -> None:
    if not at.setting("Accounts_EmailVerification") or "admin" in user["roles"]:
        return
    if not any(address.get("verified") for address in user.get("emails", ())):
        raise LoginRefused("error-invalid-email", "Invalid email")


def _refuse_second_factor(user: Document, at: Instance) -> None:
    """An account with a second factor is never opened by its password alone."""
    if not at.setting("Accounts_TwoFactorAuthentication_Enabled"):
        return
    if user.get("services", {}).get("totp", {}).get("enabled"):
        details = {"method": "totp", "codeGenerated": False, "availableMethods": ["totp"]}
        raise LoginRefused("totp-required", "TOTP Required", details)
