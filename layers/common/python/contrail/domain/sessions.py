"""Who a token belongs to, and giving tokens out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel

from contrail.domain.devices import note_session
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token, is_forged, sign_token
from contrail.shapes.caller import Caller
from contrail.shapes.errors import LoginRefused, NotLoggedIn
from contrail.shapes.rows import Document
from contrail.store.users import TOKENS, with_token

MOST, MOST_IN_TESTS = 50, 5_000
"""Login tokens that a person may have at once: the oldest go first. Suites log in more often."""

LONGEST = 36_500
"""Days that a setting may let a login last: beyond it, dates end."""


class Session(BaseModel):
    """What a login answers on DDP."""

    id: str
    token: str
    tokenExpires: datetime
    type: str


class Login(NamedTuple):
    """Who logs in, by what, and for how long."""

    uid: str
    kind: str
    lifetime: timedelta


def lifetime(at: Instance) -> timedelta:
    days = at.number("Accounts_LoginExpiration", 90)
    return timedelta(days=min(max(days, 1), LONGEST))


def authenticate(at: Instance, uid: str, token: str, request: Caller) -> Caller:
    """The caller behind REST's two headers: one database command. Raises `NotLoggedIn`."""
    if not uid or not token or is_forged(at.secrets, token, uid):
        raise NotLoggedIn
    return _caller(at, {"_id": uid}, hash_token(token), request)[0]


def authenticate_session(at: Instance, request: Caller) -> Caller:
    """The caller of a DDP session, whose record holds the token's hash. Raises `NotLoggedIn`."""
    return _caller(at, {"_id": request.uid}, request.token_hash, request)[0]


def by_token(at: Instance, token: str, request: Caller) -> Caller:
    """The caller behind a login token alone. Raises `NotLoggedIn`."""
    if not token or is_forged(at.secrets, token):
        raise NotLoggedIn
    return _caller(at, {}, hash_token(token), request)[0]


def by_id(at: Instance, uid: str, request: Caller) -> Caller:
    """The caller whom something other than a login token stands for. Raises `NotLoggedIn`."""
    user = at.store.users.find_caller({"_id": uid}, with_caches=at.caches.cold)
    if user is None:
        raise NotLoggedIn
    at.caches.absorb(user)
    if user.get("active") is False:
        raise NotLoggedIn
    return _as(request, user, "")


def resume(at: Instance, token: str, request: Caller) -> tuple[Caller, Session]:
    """Log in with a token from an earlier login, which goes on. Raises `LoginRefused`."""
    refused = LoginRefused(403, "You've been logged out by the server. Please log in again.")
    if not token or is_forged(at.secrets, token):
        raise refused
    try:
        caller, entry = _caller(at, {}, hash_token(token), request)
    except NotLoggedIn:
        raise refused from None
    since = entry.get("when") or entry.get("createdAt") or at.now()
    expires = since + lifetime(at)
    note_session(at, caller, since)
    return caller, Session(id=caller.uid, token=token, tokenExpires=expires, type="resume")


def start(
    at: Instance, caller: Caller, uid: str, kind: str, more: Document | None = None
) -> tuple[Session, Document]:
    """Give the user a new token: what DDP answers, and the user as stored then.

    `caller` is who asked, from where; `more` are fields to set in the same step. Two commands.
    Raises `LoginRefused` for a user who has gone meanwhile.
    """
    return begin(
        at, caller, sign_token(at.secrets, uid, at.now()), Login(uid, kind, lifetime(at)), more
    )


def begin(
    at: Instance, caller: Caller, token: str, login: Login, more: Document | None = None
) -> tuple[Session, Document]:
    """The same with a token that was signed for it before."""
    now = at.now()
    fields = {"lastLogin": now, "_updatedAt": now, **(more or {})}
    stored = _store(at, login.uid, token, now, login.lifetime, fields)
    if stored is None:
        raise LoginRefused(403, "User not found")
    roles = tuple(stored.get("roles") or ())
    known = {"uid": stored["_id"], "roles": roles, "token_hash": hash_token(token)}
    note_session(at, caller.model_copy(update=known), now)
    expires = now + login.lifetime
    return Session(id=login.uid, token=token, tokenExpires=expires, type=login.kind), stored


def give(
    at: Instance, uid: str, when: datetime, more: Document | None = None
) -> tuple[str, Document | None]:
    """A new token that is as old as `when`; the user after it, None for nobody."""
    token = sign_token(at.secrets, uid, at.now())
    return token, _store(at, uid, token, when, lifetime(at), more)


def _store(
    at: Instance, uid: str, token: str, when: datetime, life: timedelta, more: Document | None
) -> Document | None:
    entry = {"hashedToken": hash_token(token), "when": when}
    most = MOST_IN_TESTS if at.environment.test_mode else MOST
    return at.store.tokens.give(uid, entry, expired_before=at.now() - life, most=most, more=more)


def refuse_inactive(user: Mapping[str, Any]) -> None:
    """Raises `LoginRefused` for a deactivated or app user, or one without roles."""
    if user.get("active") is False:
        raise LoginRefused("error-user-is-not-activated", "User is not activated")
    if user.get("type") == "app":
        raise LoginRefused(
            "error-app-user-is-not-allowed-to-login", "App user is not allowed to login"
        )
    if not user.get("roles"):
        raise LoginRefused("error-user-has-no-roles", "User has no roles")


def _caller(at: Instance, match: Document, hashed: str, request: Caller) -> tuple[Caller, Document]:
    match = {**match, f"{TOKENS}.hashedToken": hashed}
    user = at.store.users.find_caller(
        match, with_caches=at.caches.cold, projection=with_token(hashed)
    )
    if user is None:
        raise NotLoggedIn
    at.caches.absorb(user)
    entries = user.get("services", {}).get("resume", {}).get("loginTokens", ())
    entry = next((e for e in entries if e.get("hashedToken") == hashed), None)
    if entry is None or user.get("active") is False or _expired(at, entry):
        raise NotLoggedIn
    return _as(request, user, hashed), entry


def _as(request: Caller, user: Document, hashed: str) -> Caller:
    return request.model_copy(
        update={
            "uid": user["_id"],
            "username": user.get("username") or "",
            "name": user.get("name") or "",
            "type": user.get("type") or "user",
            "roles": tuple(user.get("roles") or ()),
            "token_hash": hashed,
        }
    )


def _expired(at: Instance, entry: Document) -> bool:
    when = entry.get("when")
    if entry.get("type") == "personalAccessToken" or not isinstance(when, datetime):
        return False
    return bool(when + lifetime(at) <= at.now())
