"""Who a token belongs to, and giving tokens out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token, is_forged, sign_token
from contrail.shapes.caller import Caller
from contrail.shapes.errors import LoginRefused, NotLoggedIn
from contrail.shapes.rows import Document
from contrail.store.users import TOKENS


class Session(BaseModel):
    """What a login answers on DDP."""

    id: str
    token: str
    tokenExpires: datetime
    type: str


def lifetime(at: Instance) -> timedelta:
    return timedelta(days=at.number("Accounts_LoginExpiration", 90))


def authenticate(at: Instance, uid: str, token: str, request: Caller) -> Caller:
    """The caller behind REST's two headers: one database command. Raises `NotLoggedIn`."""
    if not uid or not token or is_forged(at.secrets, token, uid):
        raise NotLoggedIn
    return _caller(at, {"_id": uid}, hash_token(token), request)[0]


def authenticate_session(at: Instance, request: Caller) -> Caller:
    """The caller of a DDP session, whose record holds the token's hash. Raises `NotLoggedIn`."""
    return _caller(at, {"_id": request.uid}, request.token_hash, request)[0]


def resume(at: Instance, token: str, request: Caller) -> tuple[Caller, Session]:
    """Log in with a token from an earlier login. Raises `LoginRefused`."""
    refused = LoginRefused(403, "You've been logged out by the server. Please log in again.")
    if not token or is_forged(at.secrets, token):
        raise refused
    try:
        caller, entry = _caller(at, {}, hash_token(token), request)
    except NotLoggedIn:
        raise refused from None
    since = entry.get("when") or entry.get("createdAt") or at.now()
    expires = since + lifetime(at)
    return caller, Session(id=caller.uid, token=token, tokenExpires=expires, type="resume")


def start(at: Instance, user: Document, kind: str) -> Session:
    """Give the user a new token."""
    now = at.now()
    token = sign_token(at.secrets, user["_id"], now)
    at.store.users.add_token(user["_id"], hash_token(token), now, now - lifetime(at))
    return Session(id=user["_id"], token=token, tokenExpires=now + lifetime(at), type=kind)


def end(at: Instance, uid: str, token_hash: str, keep: str = "") -> None:
    """Revoke a token. Connections that use it lose their audiences before this returns.

    `keep` names the connection that logs itself out and stays open, anonymous.
    """
    at.store.users.remove_token(uid, token_hash)
    audience = f"user:{uid}"
    for shard in at.connections.occupied(audience):
        for listener in at.connections.listeners(audience, shard):
            connection = at.connections.get(listener.connection_id)
            if connection and connection.token_hash == token_hash and connection.id != keep:
                at.connections.close(connection.id)
                at.sockets.close(connection.id)


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
    user = at.store.users.find_caller(match, with_caches=at.caches.cold)
    if user is None:
        raise NotLoggedIn
    at.caches.absorb(user)
    entries = user.get("services", {}).get("resume", {}).get("loginTokens", ())
    entry = next((e for e in entries if e.get("hashedToken") == hashed), None)
    if entry is None or user.get("active") is False or _expired(at, entry):
        raise NotLoggedIn
    found = request.model_copy(
        update={
            "uid": user["_id"],
            "username": user.get("username") or "",
            "name": user.get("name") or "",
            "type": user.get("type") or "user",
            "roles": tuple(user.get("roles") or ()),
            "token_hash": hashed,
        }
    )
    return found, entry


def _expired(at: Instance, entry: Document) -> bool:
    when = entry.get("when")
    if entry.get("type") == "personalAccessToken" or not isinstance(when, datetime):
        return False
    return bool(when + lifetime(at) <= at.now())
