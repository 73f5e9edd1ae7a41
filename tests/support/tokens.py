"""Tokens that are too old, and tokens that somebody meddled with."""

from __future__ import annotations

from datetime import timedelta

from contrail.domain.tokens import hash_token
from tests.support.workspace import Person


def expire(person: Person, age: timedelta) -> None:
    """Date the person's token back."""
    users, now = person.workspace.database["users"], person.workspace.runtime.clock.now()
    name, hashed = "services.resume.loginTokens", hash_token(person.token)
    user = users.find_one({"_id": person.id})
    assert user is not None
    tokens = user["services"]["resume"]["loginTokens"]
    assert hashed in [token["hashedToken"] for token in tokens]
    dated = [
        {**token, "when": now - age} if token["hashedToken"] == hashed else token
        for token in tokens
    ]
    users.update_one({"_id": person.id}, {"$set": {name: dated}})


def flipped(token: str, part: int) -> str:
    """The token with one character changed in its header, its claims or its signature."""
    parts = token.split(".")
    middle = len(parts[part]) // 2
    other = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
    return ".".join(parts)
