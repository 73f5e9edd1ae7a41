"""What people grant to OAuth apps: codes, and the tokens that such a code is exchanged for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contrail.domain import sessions
from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token
from contrail.shapes.caller import Caller
from contrail.shapes.errors import NotLoggedIn
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document
from contrail.store.collections import OWN

CODE_LIVES = timedelta(minutes=5)
ACCESS_LIVES = timedelta(hours=1)
REFRESH_LIVES = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Tokens:
    """As the app gets them; only hashes are stored."""

    access: str
    refresh: str


def authenticate(at: Instance, token: str, request: Caller) -> Caller:
    """The caller behind an access token: three commands. Raises `NotLoggedIn`."""
    grant = at.store.oauth_grants.by_access(token, hash_token(token))
    if grant is None or _is_over(grant.get("expires"), at):
        raise NotLoggedIn
    if at.store.oauth_apps.active(grant["clientId"]) is None:
        raise NotLoggedIn
    return sessions.by_id(at, grant["userId"], request)


def give_code(at: Instance, app: Document, uid: str, uri: str, challenge: str) -> str:
    """A code for this app, redirect address and, where it has one, PKCE challenge."""
    code = secrets.token_urlsafe(32)
    at.store.oauth_grants.add_code(
        {
            "_id": random_id(),
            "authCode": hash_token(code),
            "clientId": app["clientId"],
            "userId": uid,
            "expires": at.now() + CODE_LIVES,
            "redirectUri": uri,
            OWN: {"challenge": challenge},
        }
    )
    return code


def take_code(at: Instance, app: Document, code: str) -> Document | None:
    """What the code stands for, once. What it was exchanged for ends when it comes again."""
    hashed = hash_token(code)
    found = at.store.oauth_grants.take_code(hashed, app["clientId"])
    if found is None:
        at.store.oauth_grants.replay_code(hashed)
        return None
    return None if _is_over(found.get("expires"), at) else found


def tokens_for_code(at: Instance, app: Document, uid: str, code: str) -> Tokens | None:
    """None when the code came again meanwhile: nobody has them then."""
    hashed = hash_token(code)
    tokens = _give(at, app, uid, code=hashed)
    if at.store.oauth_grants.was_replayed(hashed):
        at.store.oauth_grants.replay_code(hashed)
        return None
    return tokens


def _give(at: Instance, app: Document, uid: str, **own: str) -> Tokens:
    tokens, fields = _fresh(at)
    grant = {"_id": random_id(), **fields, "clientId": app["clientId"], "userId": uid}
    at.store.oauth_grants.add({**grant, OWN: {"hashed": True, **own}})
    return tokens


def renew(at: Instance, app: Document, token: str, request: Caller) -> Tokens | None:
    """New tokens for a refresh token, which ends together with its access token."""
    grants, hashed = at.store.oauth_grants, hash_token(token)
    grant = grants.by_refresh(token, hashed)
    if grant is None:
        older = grants.take_older(token, app["clientId"])
        if older is None or _is_over(older.get("expires"), at):
            return None
        return _give(at, app, older["userId"]) if _lets(at, older, request) else None
    over = _is_over(grant.get("refreshTokenExpiresAt"), at)
    if over or grant["clientId"] != app["clientId"] or not _lets(at, grant, request):
        return None
    tokens, fields = _fresh(at)
    return tokens if grants.renew(grant, {**fields, f"{OWN}.hashed": True}) else None


def revoke(at: Instance, app: Document, token: str) -> None:
    """End the grant that an access or a refresh token of the app belongs to, if there is one."""
    grants, hashed = at.store.oauth_grants, hash_token(token)
    grant = grants.by_access(token, hashed) or grants.by_refresh(token, hashed)
    if grant is None:
        grants.take_older(token, app["clientId"])
    elif grant["clientId"] == app["clientId"]:
        grants.revoke(grant)


def _lets(at: Instance, grant: Document, request: Caller) -> bool:
    """Whether who granted it is still here."""
    try:
        sessions.by_id(at, grant["userId"], request)
    except NotLoggedIn:
        return False
    return True


def _fresh(at: Instance) -> tuple[Tokens, Document]:
    tokens, now = Tokens(secrets.token_urlsafe(32), secrets.token_urlsafe(32)), at.now()
    return tokens, {
        "accessToken": hash_token(tokens.access),
        "refreshToken": hash_token(tokens.refresh),
        "expires": now + ACCESS_LIVES,
        "refreshTokenExpiresAt": now + REFRESH_LIVES,
    }


def _is_over(when: Any, at: Instance) -> bool:
    """Imported ones without an end have none."""
    return isinstance(when, datetime) and when <= at.now()
