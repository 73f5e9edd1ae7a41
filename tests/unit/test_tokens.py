"""Login tokens: Rocket.Chat's stay valid, forged ones of ours are told apart without a database."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import jwt
import pytest

from contrail.domain.mail_seals import seal, unseal
from contrail.domain.tokens import hash_token, is_forged, sign_token
from local.ports import FileSecrets
from tests.support.secrets import KeptSecrets

KEYS = FileSecrets({"token-signing-key": "k" * 48})
OLD, NEW = "o" * 48, "n" * 48
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


def test_tokens_say_by_which_key_they_were_signed_and_nothing_of_it() -> None:
    tokens = [sign_token(KeptSecrets(key), "me", NOW) for key in (OLD, NEW, f"{NEW} {OLD}")]
    named = [jwt.get_unverified_header(token)["kid"] for token in tokens]
    assert named[0] != named[1] == named[2]
    assert not any(name in OLD or name in NEW for name in named)


def test_a_new_key_signs_and_those_before_it_hold_for_as_long_as_they_are_kept() -> None:
    before, after = sign_token(KeptSecrets(OLD), "me", NOW), sign_token(KeptSecrets(NEW), "me", NOW)
    both = KeptSecrets(f"{NEW} {OLD}")
    assert not is_forged(both, before, "me")
    assert not is_forged(both, after, "me")
    assert both.reads == 0
    assert is_forged(KeptSecrets(NEW), before, "me")


def test_a_function_that_knows_the_old_key_alone_learns_of_the_new_one() -> None:
    keys = KeptSecrets(OLD, f"{NEW} {OLD}")
    assert not is_forged(keys, sign_token(KeptSecrets(NEW), "me", NOW), "me")
    assert keys.reads == 1
    assert not is_forged(keys, sign_token(KeptSecrets(OLD), "me", NOW), "me")
    assert keys.reads == 1


def test_a_token_without_the_name_of_its_key_holds_as_before() -> None:
    nameless = jwt.encode({"sub": "me"}, OLD, algorithm="HS256")
    assert not is_forged(KeptSecrets(f"{NEW} {OLD}"), nameless, "me")
    assert is_forged(KeptSecrets(NEW), nameless, "me")


def test_a_token_that_names_a_key_it_was_not_signed_by_is_forged() -> None:
    kid = jwt.get_unverified_header(sign_token(KeptSecrets(NEW), "me", NOW))["kid"]
    claimed = jwt.encode({"sub": "me"}, OLD, algorithm="HS256", headers={"kid": kid})
    assert is_forged(KeptSecrets(f"{NEW} {OLD}"), claimed, "me")
    assert is_forged(KeptSecrets(NEW), jwt.encode({}, "x" * 48, headers={"kid": kid}), "me")


def test_what_waits_in_a_queue_is_read_with_the_key_it_was_sealed_with() -> None:
    sealed = seal(KeptSecrets(OLD), "a code")
    assert unseal(KeptSecrets(f"{NEW} {OLD}"), sealed) == "a code"
    assert unseal(KeptSecrets(OLD, f"{NEW} {OLD}"), seal(KeptSecrets(NEW), "two")) == "two"
    with pytest.raises(ValueError, match="not sealed"):
        unseal(KeptSecrets(NEW), sealed)
