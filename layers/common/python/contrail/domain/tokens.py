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
from functools import partial
from typing import Any

import jwt

from contrail.domain.keyring import current, first
from contrail.ports.secrets import Secrets

KEY = "token-signing-key"


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
    try:
        named = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError:
        return True
    claims = first(keys, KEY, partial(_claims, token, named))
    return claims is None or (bool(uid) and claims.get("sub") != uid)


def _claims(token: str, named: str | None, key: str) -> dict[str, Any] | None:
    """None where the key did not sign it. Tokens of earlier releases name none."""
    if named not in (None, key_id(key)):
        return None
    try:
        # Life ends by the stored `when` and the workspace's setting, not by the token; clocks of
        # instances may differ by more than the second `iat` is rounded to.
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=["HS256"], options={"verify_iat": False}
        )
    except jwt.InvalidTokenError:
        return None
    return claims
