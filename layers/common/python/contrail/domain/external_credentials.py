"""What a provider said of someone, kept until they log in with it a moment later."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from contrail.domain.instance import Instance
from contrail.domain.tokens import hash_token
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

LIVES = timedelta(minutes=2)


def keep(at: Instance, credential_token: str, credential: Document) -> str:
    """The secret by which, with the client's token, it can be used. Both are stored as hashes."""
    secret = secrets.token_urlsafe(32)
    at.store.oauth_credentials.add(
        {
            "_id": random_id(),
            "key": hash_token(credential_token),
            "credentialSecret": hash_token(secret),
            "credential": credential,
            "createdAt": at.now(),
        }
    )
    return secret


def find(at: Instance, credential_token: str, secret: str) -> tuple[str, dict[str, Any]] | None:
    """The id of what was kept, and the credential; it stays, in case a second factor is asked."""
    since = at.now() - LIVES
    found = at.store.oauth_credentials.find(hash_token(credential_token), hash_token(secret), since)
    return None if found is None else (found["_id"], found["credential"])


def use(at: Instance, credential_id: str) -> bool:
    """False for who comes second."""
    return at.store.oauth_credentials.use(credential_id)


def forget_expired(at: Instance) -> None:
    at.store.oauth_credentials.forget_before(at.now() - LIVES)
