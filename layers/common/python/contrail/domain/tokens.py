"""Login tokens.

Stored is always base64(sha256(token)), as Rocket.Chat does, so tokens of an imported workspace
stay valid. Tokens made here are JWTs: a forged one is refused without asking the database.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime

import jwt

from contrail.ports.secrets import Secrets

KEY = "token-signing-key"


def hash_token(token: str) -> str:
    return base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()


def sign_token(keys: Secrets, uid: str, now: datetime) -> str:
    claims = {"sub": uid, "iat": int(now.timestamp()), "jti": secrets.token_urlsafe(24)}
    return jwt.encode(claims, keys.get(KEY), algorithm="HS256")


def is_forged(keys: Secrets, token: str, uid: str = "") -> bool:
    """True for what looks like one of our tokens and is none, or is another user's."""
    if token.count(".") != 2 or not token.startswith("eyJ"):
        return False
    try:
        # Life ends by the stored `when` and the workspace's setting, not by the token; clocks of
        # instances may differ by more than the second `iat` is rounded to.
        claims = jwt.decode(
            token, keys.get(KEY), algorithms=["HS256"], options={"verify_iat": False}
        )
    except jwt.InvalidTokenError:
        return True
    return bool(uid) and claims.get("sub") != uid
