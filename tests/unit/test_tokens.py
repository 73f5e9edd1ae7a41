"""Login tokens: Rocket.Chat's stay valid, forged ones of ours are told apart without a database."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import jwt
import pytest

from contrail.domain.tokens import hash_token, is_forged, sign_token
from local.ports import FileSecrets

KEYS = FileSecrets({"token-signing-key": "k" * 48})
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_stored_hash_is_rocket_chats() -> None:
    token = "9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq"
    expected = base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()
    assert hash_token(token) == expected


def test_tokens_differ_and_are_valid_for_their_user_alone() -> None:
    one, two = sign_token(KEYS, "me", NOW), sign_token(KEYS, "me", NOW)
    assert one != two
    assert not is_forged(KEYS, one, "me")
    assert not is_forged(KEYS, one)
    assert is_forged(KEYS, one, "you")


def test_a_token_of_rocket_chat_is_left_to_the_database() -> None:
    assert not is_forged(KEYS, "9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq", "me")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_an_altered_token_is_forged(part: int) -> None:
    parts = sign_token(KEYS, "me", NOW).split(".")
    middle = len(parts[part]) // 2
    swapped = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + swapped + parts[part][middle + 1 :]
    altered = ".".join(parts)
    assert is_forged(KEYS, altered, "me") or not altered.startswith("eyJ")


def test_a_token_signed_with_no_key_or_another_is_forged() -> None:
    claims = {"sub": "me"}
    assert is_forged(KEYS, jwt.encode(claims, "", algorithm="none"), "me")
    assert is_forged(KEYS, jwt.encode(claims, "x" * 48, algorithm="HS256"), "me")
