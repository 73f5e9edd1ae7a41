"""What goes to a provider and comes back with the person: `state`.

Clients make it themselves, as base64 of JSON. Where they have the login started here, it is signed
and stands for the verifier of PKCE and the nonce besides: both follow from it by a key that nobody
else has, so that nothing need be stored meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import jwt
import orjson

from contrail.domain.instance import Instance
from contrail.domain.keyring import current, first
from contrail.domain.tokens import KEY

LIVES = timedelta(minutes=10)
APP = "rocketchat://auth"
"""Where Rocket.Chat's app on phones takes people back."""
LONGEST = 1_000


class BadState(Exception):
    """It is none of a client's, none of ours, or too old."""


@dataclass(frozen=True, slots=True)
class State:
    credential_token: str
    style: str
    redirect_url: str
    in_app: bool
    verifier: str = ""
    nonce: str = ""


def read(at: Instance, service: str, text: str) -> State:
    """Raises `BadState`."""
    if text.count(".") != 2:
        return _of(at, _decoded(text))
    signed = first(at.secrets, KEY, partial(_claims, service, text))
    if signed is None:
        raise BadState
    key, claims = signed
    state = _of(at, claims["state"])
    verifier, nonce = (_derived(key, what, claims["jti"]) for what in ("verifier", "nonce"))
    return State(
        state.credential_token, state.style, state.redirect_url, state.in_app, verifier, nonce
    )


def start(at: Instance, service: str, text: str) -> tuple[str, State]:
    """A signed state around a client's, and what it stands for. Raises `BadState`."""
    given = _decoded(text)
    _of(at, given)
    claims = {"state": given, "aud": service, "jti": secrets.token_urlsafe(24)}
    key = _key(current(at.secrets, KEY))
    signed = jwt.encode({**claims, "exp": at.now() + LIVES}, key, algorithm="HS256")
    return signed, read(at, service, signed)


def challenge(verifier: str) -> str:
    """PKCE's S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _decoded(text: str) -> dict[str, Any]:
    plain = text.replace("-", "+").replace("_", "/").replace(" ", "+").rstrip("=")
    try:
        value = orjson.loads(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
    except (binascii.Error, ValueError):
        raise BadState from None
    if not isinstance(value, dict):
        raise BadState
    return value


def _of(at: Instance, given: dict[str, Any]) -> State:
    token, style = given.get("credentialToken"), given.get("loginStyle")
    if not isinstance(token, str) or not 10 <= len(token) <= LONGEST:
        raise BadState
    if style not in ("popup", "redirect"):
        raise BadState
    url = given.get("redirectUrl")
    url = _own(at, url if isinstance(url, str) else "")
    return State(token, style, url, given.get("isCordova") is True)


def _own(at: Instance, url: str) -> str:
    """Back to this workspace or to the app: what is in a state anybody can have written."""
    if url.startswith(APP):
        return APP
    root, parts = urlsplit(at.environment.root_url), urlsplit(url[:LONGEST])
    same = (parts.scheme, parts.netloc) == (root.scheme, root.netloc)
    return url if same and "\\" not in url and len(url) <= LONGEST else at.environment.root_url


def _claims(service: str, text: str, signing: str) -> tuple[bytes, dict[str, Any]] | None:
    """The key that signed it, made of the signing key, and what it says."""
    key = _key(signing)
    try:
        return key, jwt.decode(text, key, algorithms=["HS256"], audience=service)
    except jwt.PyJWTError:
        return None


def _key(signing: str) -> bytes:
    return hmac.digest(signing.encode(), b"oauth-state", "sha256")


def _derived(key: bytes, what: str, seed: str) -> str:
    digest = hmac.digest(key, f"{what}:{seed}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
