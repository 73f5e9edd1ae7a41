"""Login tokens.

Stored is always base64(sha256(token)), as Rocket.Chat does, so tokens of an imported workspace
stay valid. Tokens made here are JWTs: a forged one is refused without asking the database. Their
`kid` says by which of the keys they were signed: see `keyring` for how keys are replaced.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime
from functools import lru_cache, partial

import jwt

from contrail.domain.keyring import current, first
from contrail.ports.secrets import Secrets

KEY = "token-signing-key"
REMEMBERED = 1_000
"""Tokens whose signature was checked: whether a key signed a text never changes."""


def hash_token(token: str) -> str:
    return base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()


def sign_token(keys: Secrets, uid: str, now: datetime) -> str:
    claims = {"sub": uid, "iat": int(now.timestamp()), "jti": secrets.token_urlsafe(24)}
    key = current(keys, KEY)
    return jwt.encode(claims, key, algorithm="HS256", headers={"kid": key_id(key)})


def key_id(key: str) -> str:
    """Tells keys apart, and nothing of them."""
    return hashlib.sha256(f"key id of {key}".encode()).hexdigest()[:8]


def is_forged(keys: Secrets, token: str, uid: str = "") -> bool:
    """True for what looks like one of our tokens and is none, or is another user's."""
    if token.count(".") != 2 or not token.startswith("eyJ"):
        return False
    owner = first(keys, KEY, partial(_owner, token))
    return owner is None or (bool(uid) and owner != uid)


@lru_cache(REMEMBERED)
def _owner(token: str, key: str) -> str | None:
    """Whose it is; None where the key did not sign it. Tokens of earlier releases name no key."""
    try:
        if jwt.get_unverified_header(token).get("kid") not in (None, key_id(key)):
            return None
        # Life ends by the stored `when` and the workspace's setting, not by the token; clocks of
        # instances may differ by more than the second `iat` is rounded to.
        claims = jwt.decode(token, key, algorithms=["HS256"], options={"verify_iat": False})
    except jwt.InvalidTokenError:
        return None
    return str(claims.get("sub", ""))
