"""Where an app gets its tokens, and gives them back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from urllib.parse import unquote_plus

from contrail.domain import oauth_grants, sessions
from contrail.domain.instance import Instance
from contrail.domain.oauth_grants import ACCESS_LIVES, Tokens
from contrail.shapes.caller import Caller
from contrail.shapes.errors import NotLoggedIn
from contrail.shapes.inputs import Authorized
from contrail.shapes.reply import Reply
from contrail.shapes.rows import Document
from contrail.store.collections import OWN
from functions.oauth.replies import Refused, json

BAD_CODE = Refused("invalid_grant", "Invalid grant: authorization code is invalid")
BAD_REFRESH = Refused("invalid_grant", "Invalid grant: refresh token is invalid")


class Client(Authorized):
    """An app says who it is in the header `Authorization` or in the form."""

    client_id: str = ""
    client_secret: str = ""


class Exchange(Client):
    grant_type: str = ""
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    refresh_token: str = ""


class Revocation(Client):
    token: str = ""


def exchange(caller: Caller, given: Exchange, at: Instance) -> Reply:
    """A code or a refresh token for an access token and the next refresh token."""
    try:
        app = _client(given, at)
        if not given.grant_type:
            raise Refused("invalid_request", "Missing parameter: `grant_type`")
        if given.grant_type == "authorization_code":
            tokens = _of_code(caller, app, given, at)
        elif given.grant_type == "refresh_token":
            tokens = _of_refresh(caller, app, given, at)
        else:
            reason = "Unsupported grant type: `grant_type` is invalid"
            raise Refused("unsupported_grant_type", reason)
    except Refused as refused:
        return _refusal(refused, given)
    return json(
        {
            "access_token": tokens.access,
            "token_type": "Bearer",
            "expires_in": round(ACCESS_LIVES.total_seconds()),
            "refresh_token": tokens.refresh,
        }
    )


def revoke(caller: Caller, given: Revocation, at: Instance) -> Reply:
    """The token and the one that came with it. One that does not exist is as good as revoked."""
    try:
        app = _client(given, at)
        if not given.token:
            raise Refused("invalid_request", "Missing parameter: `token`")
    except Refused as refused:
        return _refusal(refused, given)
    oauth_grants.revoke(at, app, given.token)
    return json({})


def _of_code(caller: Caller, app: Document, given: Exchange, at: Instance) -> Tokens:
    if not given.code:
        raise Refused("invalid_request", "Missing parameter: `code`")
    found = oauth_grants.take_code(at, app, given.code)
    if found is None:
        raise BAD_CODE
    if given.redirect_uri != found["redirectUri"]:
        raise Refused("invalid_request", "Invalid request: `redirect_uri` is invalid")
    if not _proves(given.code_verifier, found.get(OWN, {}).get("challenge") or ""):
        raise Refused("invalid_grant", "Invalid grant: code verifier is invalid")
    try:
        sessions.by_id(at, found["userId"], caller)
    except NotLoggedIn:
        raise BAD_CODE from None
    tokens = oauth_grants.tokens_for_code(at, app, found["userId"], given.code)
    if tokens is None:
        raise BAD_CODE
    return tokens


def _of_refresh(caller: Caller, app: Document, given: Exchange, at: Instance) -> Tokens:
    if not given.refresh_token:
        raise Refused("invalid_request", "Missing parameter: `refresh_token`")
    tokens = oauth_grants.renew(at, app, given.refresh_token, caller)
    if tokens is None:
        raise BAD_REFRESH
    return tokens


def _proves(verifier: str, challenge: str) -> bool:
    """PKCE. A verifier for a code without challenge is wrong: somebody took the challenge away."""
    if not verifier or not challenge:
        return not verifier and not challenge
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(made, challenge)


def _client(given: Client, at: Instance) -> Document:
    client_id, secret = _basic(given.authorization) or (given.client_id, given.client_secret)
    if not client_id or not secret:
        reason = "Invalid client: cannot retrieve client credentials"
        raise Refused("invalid_client", reason, 401)
    app = at.store.oauth_apps.active(client_id)
    known = str((app or {}).get("clientSecret") or "")
    if app is None or not known or not hmac.compare_digest(known.encode(), secret.encode()):
        raise Refused("invalid_client", "Invalid client: client is invalid", 401)
    return app


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return unquote_plus(name), unquote_plus(secret)


def _refusal(refused: Refused, given: Client) -> Reply:
    """Whoever tried with the header is told that it is one way."""
    asked = refused.status == 401 and given.authorization
    return refused.reply(**({"WWW-Authenticate": 'Basic realm="Service"'} if asked else {}))
