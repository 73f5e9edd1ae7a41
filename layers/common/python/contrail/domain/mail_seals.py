"""Text that passes through a queue and that only this workspace's functions can read."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from contrail.domain.tokens import KEY
from contrail.ports.secrets import Secrets

PURPOSE = b"contrail mail"


def seal(keys: Secrets, text: str) -> str:
    return _box(keys).encrypt(text.encode()).decode()


def unseal(keys: Secrets, sealed: str) -> str:
    """Raises `ValueError` for what was not sealed with this workspace's key."""
    try:
        return _box(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ValueError("not sealed with this workspace's key") from None


def _box(keys: Secrets) -> Fernet:
    """Its key is made of the signing key, and tells nothing of it."""
    derived = hmac.new(keys.get(KEY).encode(), PURPOSE, hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(derived))
