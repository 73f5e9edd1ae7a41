"""Logging in and out."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from contrail.domain import blocking, logouts, sessions, users
from contrail.domain.blocking import Attempt
from contrail.domain.instance import Instance
from contrail.domain.sessions import Session
from contrail.domain.users import password_matches, self_shown
from contrail.shapes.caller import Caller
from contrail.shapes.errors import LoginRefused
from contrail.shapes.inputs import Input, NoInput
from contrail.shapes.rows import Document
from contrail.store.patterns import exactly
from contrail.store.users import LOGIN_FIELDS, LONGEST
from functions.account import ldap, providers
from functions.account.admitting import admit, attempt_of
from functions.account.credentials import (
    UNRECOGNIZED,
    Credentials,
    Digest,
    Plain,
    hexdigest_of,
    named_by,
)

HIDDEN = ("User not found", "Incorrect password", "User has no password set")
"""What REST words alike, so that it tells no one who exists."""


class MethodLogin(Input):
    options: Credentials


class Verified(NamedTuple):
    """Who may log in, by what, and the fields that are set when they do."""

    user: Document
    kind: str
    more: Document = {}


def log_in(caller: Caller, given: Credentials, at: Instance) -> dict[str, Any]:
    """REST: `{userId, authToken, me}`. Raises `LoginRefused`, which tells no one who exists."""
    try:
        session, user = _session(caller, given, at, directory=True)
    except LoginRefused as error:
        if error.reason in HIDDEN:
            raise LoginRefused("Unauthorized", "Unauthorized") from None
        raise
    return {"userId": session.id, "authToken": session.token, "me": self_shown(at, user)}


def log_in_session(caller: Caller, given: MethodLogin, at: Instance) -> dict[str, Any]:
    """DDP: `{id, token, tokenExpires, type}`."""
    return _session(caller, given.options, at)[0].model_dump()


def verify(caller: Caller, given: MethodLogin, at: Instance) -> dict[str, Any]:
    """Of the streamer: `{id, type, lifetime}` of a login that it is to begin, in seconds.

    It makes the token itself, when the connection can be found by its user already.
    """
    verified = _verified(caller, given.options, at, directory=False)
    uid = verified.user["_id"]
    if verified.more:
        at.store.users.change(uid, verified.more)
    return {"id": uid, "type": verified.kind, "lifetime": sessions.lifetime(at).total_seconds()}


def log_out(caller: Caller, _: NoInput, at: Instance) -> dict[str, Any]:
    logouts.end(at, caller, caller.uid, caller.token_hash)
    return {"message": "You've been logged out!"}


def log_out_session(caller: Caller, _: NoInput, at: Instance) -> None:
    """The connection itself stays open, anonymous."""
    logouts.end(at, caller, caller.uid, caller.token_hash)


def _session(
    caller: Caller, given: Credentials, at: Instance, *, directory: bool = False
) -> tuple[Session, Document]:
    """`directory` has one asked also where the client does not say so: as upstream, over REST."""
    plain: Plain = given.totp.login if given.totp else given
    if plain.resume is not None:
        session = sessions.resume(at, plain.resume, caller)[1]
        return session, at.store.users.by_id(session.id) or {}
    user, kind, more = _verified(caller, given, at, directory=directory)
    return sessions.start(at, caller, user["_id"], kind, more)


def _verified(caller: Caller, given: Credentials, at: Instance, *, directory: bool) -> Verified:
    plain: Plain = given.totp.login if given.totp else given
    code = (given.totp.code if given.totp else given.code) or ""
    if providers.named(plain):
        return Verified(providers.verified(caller, plain, code, at), "oauth")
    if plain.secret is None:
        raise LoginRefused(400, UNRECOGNIZED)
    asks = directory or plain.for_directory
    return _with_password(caller, named_by(plain), plain.secret, code, at, directory=asks)


def _with_password(
    caller: Caller,
    named: tuple[str, str],
    password: str | Digest,
    code: str,
    at: Instance,
    *,
    directory: bool,
) -> Verified:
    """Two commands where nothing failed before: the user, the failures.

    With a directory one call more, and the user once more where it vouches for them.
    """
    hexdigest = hexdigest_of(password)
    user = _find(named, at)
    vouched = _vouched_for(caller, named, password, at) if directory else None
    user = vouched or user
    attempt = _attempt(caller, named, user)
    if not (vouched or password_matches(user, hexdigest)) or user is None:
        if user is not None:
            _look_on(named, at)
        blocking.failed(at, attempt)
        raise _wrong(user)
    admit(at, caller, user, code, None if vouched else partial(_refuse_local, user, at))
    if vouched:
        return Verified(user, "ldap", ldap.kept_password(at, user, hexdigest))
    _rehash(user, hexdigest, at)
    return Verified(user, "password")


def _vouched_for(
    caller: Caller, named: tuple[str, str], password: str | Digest, at: Instance
) -> Document | None:
    """Whom the directory says it is, if it says so."""
    field, name = named
    if field == "_id" or not isinstance(password, str) or not ldap.enabled(at):
        return None
    uid = ldap.vouched_for(at, caller, name, password)
    return at.store.users.by_id(uid, LOGIN_FIELDS) if uid else None


def _find(named: tuple[str, str], at: Instance) -> Document | None:
    """The exact name first, then regardless of case; the caches' versions come along."""
    field, text = named
    if len(text) > LONGEST:
        at.caches.refresh()
        return None
    for match in (text, exactly(text)) if field != "_id" else (text,):
        user = at.store.users.find_caller(
            {field: match}, with_caches=at.caches.cold, projection=LOGIN_FIELDS
        )
        if user is not None:
            at.caches.absorb(user)
            return user
    at.caches.refresh()
    return None


def _look_on(named: tuple[str, str], at: Instance) -> None:
    """What looking for someone who does not exist costs more: so time tells nothing."""
    field, text = named
    if field != "_id":
        at.store.users.find_caller({field: exactly(text)}, with_caches=False)
    at.caches.refresh()


def _attempt(caller: Caller, named: tuple[str, str], user: Document | None) -> Attempt:
    if user is None:
        return Attempt(named[1][:LONGEST], caller.address)
    return attempt_of(caller, user)


def _wrong(user: Document | None) -> LoginRefused:
    if user is None:
        return LoginRefused(403, "User not found")
    has_password = bool(user.get("services", {}).get("password", {}).get("bcrypt"))
    return LoginRefused(403, "Incorrect password" if has_password else "User has no password set")


def _rehash(user: Document, hexdigest: str, at: Instance) -> None:
    """Bring a password that was stored at another cost to today's, while it is known."""
    stored: str = user["services"]["password"]["bcrypt"]
    if stored.split("$")[2:3] != [f"{users.ROUNDS:02}"]:
        at.store.tokens.rehash(user["_id"], stored, users.hash_password(hexdigest))


def _refuse_local(user: Document, at: Instance) -> None:
    ldap.refuse_local(at, user)
    _refuse_unverified(user, at)


def _refuse_unverified(user: Document, at: Instance) -> None:
    if not at.setting("Accounts_EmailVerification") or "admin" in user["roles"]:
        return
    if not any(address.get("verified") for address in user.get("emails", ())):
        raise LoginRefused("error-invalid-email", "Invalid email")
