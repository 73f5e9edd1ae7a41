"""Text that passes through a queue and that only this workspace's functions can read."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import partial

from cryptography.fernet import Fernet, InvalidToken

from contrail.domain.keyring import current, first
from contrail.domain.tokens import KEY
from contrail.ports.secrets import Secrets

PURPOSE = b"contrail mail"


def seal(keys: Secrets, text: str) -> str:
    return _box(current(keys, KEY)).encrypt(text.encode()).decode()


def unseal(keys: Secrets, sealed: str) -> str:
    """Raises `ValueError` for what was not sealed with this workspace's key."""
    opened = first(keys, KEY, partial(_open, sealed))
    if opened is None:
        raise ValueError("not sealed with this workspace's key")
    return opened


def _open(sealed: str, key: str) -> str | None:
    try:
        return _box(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(key: str) -> Fernet:
    """Its key is made of the signing key, and tells nothing of it."""
    derived = hmac.new(key.encode(), PURPOSE, hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(derived))
