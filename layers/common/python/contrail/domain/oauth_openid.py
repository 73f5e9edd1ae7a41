"""ID tokens: whether a provider signed them, for this workspace, in answer to what was asked."""

from __future__ import annotations

import hmac
from typing import Any

import jwt
import orjson

from contrail.domain.instance import Instance
from contrail.domain.oauth_services import Service
from contrail.ports.web import Answer, Bounds, Request
from contrail.shapes.rows import Document

BOUNDS = Bounds(seconds=8.0, size=512 * 1024, redirects=2)
ASYMMETRIC = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
SHARED = ("HS256", "HS384", "HS512")
"""Signed with the client's secret, which a provider without keys does."""
NEEDED = ("iss", "sub", "aud", "exp", "iat")
LEEWAY = 60


class BadAnswer(Exception):
    """A provider's answer that cannot be used. The text holds nothing of it."""


def json_of(answer: Answer) -> Document:
    """Raises `BadAnswer` for anything but an object that came with 200."""
    if answer.status != 200:
        raise BadAnswer(f"status {answer.status}")
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise BadAnswer("not JSON") from None
    if not isinstance(value, dict):
        raise BadAnswer("no object")
    return value


def discovered(at: Instance, service: Service) -> Document | None:
    """What an OpenID provider says of itself; None for a server that is none.

    Raises `WebError` when it cannot be asked.
    """
    if service.keys:
        return {"issuer": service.issuer, "jwks_uri": service.keys}
    url = f"{service.issuer}/.well-known/openid-configuration"
    try:
        found = json_of(at.web.request(Request(url, bounds=BOUNDS)))
    except BadAnswer:
        return None
    told = isinstance(found.get("issuer"), str) and isinstance(found.get("jwks_uri"), str)
    return found if told else None


def claims_of(
    at: Instance, service: Service, provider: Document, token: str, nonce: str = ""
) -> Document:
    """The claims of an ID token that holds. Raises `BadAnswer`, and `WebError` for its keys."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        key = _key(at, service, provider, algorithm, header.get("kid"))
        claims: Document = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=service.client_id,
            issuer=provider["issuer"],
            leeway=LEEWAY,
            options={"require": list(NEEDED)},
        )
    except jwt.PyJWTError as error:
        raise BadAnswer(f"ID token: {type(error).__name__}") from None
    if claims.get("azp", service.client_id) != service.client_id:
        raise BadAnswer("ID token: made for another client")
    if nonce and not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
        raise BadAnswer("ID token: not what was asked for")
    return claims


def _key(at: Instance, service: Service, provider: Document, algorithm: str, kid: object) -> Any:
    """Each kind of algorithm has its kind of key: none can be passed off as the other."""
    if algorithm in SHARED:
        if service.keys or not service.secret:
            raise BadAnswer("ID token: its provider signs with keys")
        return service.secret
    if algorithm not in ASYMMETRIC:
        raise BadAnswer("ID token: not signed")
    request = Request(str(provider["jwks_uri"]), bounds=BOUNDS)
    keys = jwt.PyJWKSet.from_dict(json_of(at.web.request(request))).keys
    fitting = [one for one in keys if kid is None or one.key_id == kid]
    if len(fitting) != 1:
        raise BadAnswer("ID token: its key is unknown")
    return fitting[0].key
