"""Logins of one's own and of others: more of them, and an end to them."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from contrail.domain import logouts, sessions
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, Forbidden, NotLoggedIn
from contrail.shapes.inputs import Input, NoInput, OwnToken
from contrail.shapes.rows import Document
from contrail.store.tokens import PERSONAL

NOT_AUTHORIZED = ChatError("error-not-authorized", "Not authorized", {"method": "createToken"})


class TokenFor(Input):
    userId: str = ""
    username: str = ""
    user: str = ""
    secret: str = ""


class Whose(Input):
    userId: str = ""


def new_token(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    """`{id, token, tokenExpires}`: one more token, which ends when the caller's own does.

    Raises `error-not-authorized` for who did not log in: a personal access token, or what an OAuth
    app was given, makes no logins.
    """
    own = _own(caller, at)
    if own is None or own.get("type") == PERSONAL:
        raise ChatError("error-not-authorized", "Not authorized", {"method": "getNewToken"})
    when = _since(own, at)
    token, stored = sessions.give(at, caller.uid, when)
    if stored is None:
        raise NotLoggedIn
    expires = when + sessions.lifetime(at)
    return {"id": caller.uid, "token": token, "tokenExpires": expires}


class LoggedOut(Input):
    user: dict[str, Any]


def remove_others(caller: Caller, _: NoInput, at: Instance) -> None:
    """Every login but this one ends. Personal access tokens stay."""
    logouts.end_others(at, caller, caller.uid, caller.token_hash)


def log_out_others(caller: Caller, own: OwnToken, at: Instance) -> dict[str, Any]:
    """REST: likewise; `{token, tokenExpires}` of the login that goes on."""
    logouts.end_others(at, caller, caller.uid, caller.token_hash)
    expires = _since(_own(caller, at), at) + sessions.lifetime(at)
    return {"token": own.authToken, "tokenExpires": expires}


def replace_all(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    """DDP: every login ends, this one's token too; `{token, tokenExpires}` in its place."""
    fresh = new_token(caller, NoInput(), at)
    logouts.end_others(at, caller, caller.uid, hash_token(fresh["token"]))
    return {"token": fresh["token"], "tokenExpires": fresh["tokenExpires"]}


def clean_up(caller: Caller, given: LoggedOut, at: Instance) -> None:
    """What the web client calls after a logout, with who it was: nothing is left to be done."""


def log_out(caller: Caller, whose: Whose, at: Instance) -> dict[str, str]:
    """Every login and personal access token of the caller or, with logout-other-user, another."""
    uid = whose.userId or caller.uid
    if uid != caller.uid and not at.allows(caller, "logout-other-user"):
        raise Forbidden
    if not logouts.end_all(at, caller, uid):
        raise ChatError("error-invalid-user-id", "Invalid user id")
    return {"message": f"User {uid} has been logged out!"}


def create_token(caller: Caller, given: TokenFor, at: Instance) -> dict[str, Any]:
    """`{userId, authToken}`: with the secret of CREATE_TOKENS_FOR_USERS_SECRET, a login token of
    the caller or, with user-generate-access-token, of someone else.

    Where no secret is set nobody gets any. Raises `error-not-authorized`.
    """
    user = _named(given, at)
    expected = at.environment.create_tokens_for_users_secret
    shown = hmac.compare_digest(given.secret.encode(), expected.encode())
    if not (expected and shown):
        raise NOT_AUTHORIZED
    if user["_id"] != caller.uid and not at.allows(caller, "user-generate-access-token"):
        raise NOT_AUTHORIZED
    token, _ = sessions.give(at, user["_id"], at.now())
    return {"userId": user["_id"], "authToken": token}


def _named(given: TokenFor, at: Instance) -> Document:
    """As users are named in bodies: by id, by username, or by a username in `user`."""
    username = given.username or given.user
    if not given.userId and not username:
        reason = 'The required "userId" or "username" param was not provided'
        raise ChatError("error-user-param-not-provided", reason)
    found = (
        at.store.users.by_id(given.userId, {"_id": 1})
        if given.userId
        else at.store.users.by_username(username, {"_id": 1})
    )
    if found is None:
        reason = 'The required "userId" or "username" param provided does not match any users'
        raise ChatError("error-invalid-user", reason)
    return found


def _own(caller: Caller, at: Instance) -> Document | None:
    """The entry of the token that the caller came with."""
    entries = at.store.tokens.of(caller.uid)
    return next((one for one in entries if one["hashedToken"] == caller.token_hash), None)


def _since(entry: Document | None, at: Instance) -> datetime:
    """When that login began: now, for what never ends by itself."""
    when = (entry or {}).get("when")
    return when if isinstance(when, datetime) else at.now()
