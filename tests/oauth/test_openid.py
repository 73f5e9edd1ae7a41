"""ID tokens that do not hold, and what providers say besides. The provider is played here."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from contrail.domain import oauth_providers
from contrail.domain.oauth_claims import Identity, template
from contrail.domain.oauth_known import KNOWN
from contrail.domain.oauth_providers import NotIdentified
from contrail.domain.oauth_services import Service, find
from contrail.ports.web import WebError
from tests.support.openid import (
    ISSUER,
    KEYS,
    NONCE,
    SECRET,
    At,
    Json,
    PlayedWeb,
    provider,
    service,
    signed,
)


def identified(answers: Json, of: Service | None = None) -> Identity:
    at: Any = At(answers)
    return oauth_providers.of_code(at, of or service(), "code", "https://x/y", "verifier", NONCE)


def test_an_id_token_that_holds_says_who_it_is() -> None:
    identity = identified(provider(signed()))
    assert (identity.id, identity.name) == ("ann", "Ann")
    assert (identity.email, identity.verified) == ("ann@example.com", True)


PUBLIC = (
    KEYS["own"]
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)


def _with_public_key() -> str:
    """The provider's public key as if it were a shared secret."""
    _, body, _ = signed().split(".")
    encoded = jwt.utils.base64url_encode(b'{"alg":"HS256","kid":"own"}').decode()
    digest = hmac.digest(PUBLIC, f"{encoded}.{body}".encode(), "sha256")
    return f"{encoded}.{body}.{jwt.utils.base64url_encode(digest).decode()}"


WRONG: dict[str, Callable[[], str]] = {
    "signed by another": lambda: signed(KEYS["other"]),
    "of an unknown key": lambda: signed(KEYS["other"], kid="other"),
    "not signed": lambda: jwt.encode({"sub": "ann"}, "", algorithm="none"),
    "signed with what everyone knows": _with_public_key,
    "of another issuer": lambda: signed(iss="https://evil.example"),
    "for another client": lambda: signed(aud="other"),
    "handed on": lambda: signed(azp="other"),
    "expired": lambda: signed(exp=int(time.time()) - 120),
    "without an end": lambda: signed(exp=None),
    "without a subject": lambda: signed(sub=None),
    "of another login": lambda: signed(nonce="other"),
    "of no login": lambda: signed(nonce=None),
    "no token": lambda: "x.y.z",
}


@pytest.mark.parametrize("which", sorted(WRONG))
def test_an_id_token_that_does_not_hold_logs_nobody_in(which: str) -> None:
    with pytest.raises(NotIdentified):
        identified(provider(WRONG[which]()))


def test_a_provider_without_keys_signs_with_the_clients_secret() -> None:
    assert identified(provider(signed(SECRET, "HS256"))).id == "ann"
    with pytest.raises(NotIdentified):
        identified(provider(signed("x" * 40, "HS256")))


def test_what_two_of_its_answers_say_has_to_agree() -> None:
    with pytest.raises(NotIdentified):
        identified(provider(signed(), me={"sub": "ben", "name": "Ben"}))


@pytest.mark.parametrize(
    "more",
    [
        {"token": (400, {"error": "invalid_grant"})},
        {"token": (200, b"<html>")},
        {"token": (200, b"[]")},
        {"token": {"error": "x"}},
        {"token": WebError("id.example.com: no answer in time")},
        {"me": (401, {})},
        {"me": {"sub": {"$gt": ""}, "id": [], "ID": True}},
        {"keys": (200, {"keys": []})},
        {".well-known/openid-configuration": WebError("id.example.com: refused")},
    ],
)
def test_answers_that_cannot_be_used_log_nobody_in(more: Json) -> None:
    answers = provider(signed(), **more)
    if more.get("me") and isinstance(more["me"], dict):
        answers[f"{ISSUER}/token"] = {"access_token": "access"}
    with pytest.raises(NotIdentified):
        identified(answers)


def test_a_server_that_is_no_openid_provider_is_asked_who_it_is() -> None:
    """Its ID token, which nobody could judge, counts for nothing."""
    answers = provider(signed(sub="somebody else"))
    del answers[f"{ISSUER}/.well-known/openid-configuration"]
    assert identified(answers).id == "ann"


def test_the_client_says_who_it_is_once_in_the_form_or_in_the_header() -> None:
    for in_header in (False, True):
        at: Any = At(provider(signed()))
        oauth_providers.of_code(at, service(token_in_header=in_header), "c", "u", "v", NONCE)
        asked = at.web.asked[0]
        assert (b"client_secret" in asked.body) is not in_header
        assert ("authorization" in asked.headers) is in_header
        assert b"code_verifier=v" in asked.body
    for in_header in (False, True):
        at = At(provider(signed()))
        oauth_providers.of_code(at, service(identity_in_header=in_header), "c", "u", "v", NONCE)
        asked = next(one for one in at.web.asked if one.url.startswith(f"{ISSUER}/me"))
        assert asked.url == f"{ISSUER}/me" + ("" if in_header else "?access_token=access")
        assert asked.headers.get("authorization") == ("Bearer access" if in_header else None)


def test_fields_are_paths_or_templates() -> None:
    claims = {"user": {"name": "Ann", "mails": [{"a": "ann@example.com"}]}, "n": 7, "x": None}
    for text, value in (
        ("user.name", "Ann"),
        ("user.mails.0.a", "ann@example.com"),
        ("{{user.name}} {{n}}", "Ann 7"),
        ("{{/^(.+)@/::user.mails.0.a}}", "ann"),
        ("{{/@.+/::user.mails.0.a}}", "@example.com"),
        ("{{/(/::user.name}}", ""),
        ("user.none", ""),
        ("user", ""),
        ("x", ""),
        ("{{x}}", ""),
    ):
        assert template(text, claims) == value, text


def on(name: str, **more: Any) -> Any:
    """An instance where a well-known service is on."""
    row = next(one for one in KNOWN if one.service == name)
    key = f"Accounts_OAuth_{row.setting}"
    settings = {key: True, f"{key}_id": "client", f"{key}_secret": SECRET, **more}
    if row.base_setting:
        settings.setdefault(row.base_setting, "https://own.example.com/")
    return settings


@pytest.mark.parametrize("name", [row.service for row in KNOWN])
def test_every_well_known_service_has_whole_addresses_and_needs_an_id(name: str) -> None:
    at: Any = At({}, on(name))
    found = find(at, name)
    assert (found.name, found.client_id, found.secret) == (name, "client", SECRET)
    for url in (found.authorize, found.token, found.identity or found.token):
        assert url.startswith("https://"), url
        assert "//" not in url.removeprefix("https://")
    at.settings |= {key: "" for key in at.settings if key.endswith("_id")}
    with pytest.raises(Exception, match="error-invalid-service"):
        find(at, name)


CLAIMS: dict[str, tuple[Json, Any, str, bool]] = {
    "google": ({"sub": "1", "email": "a@b.cc", "email_verified": True}, "1", "a@b.cc", True),
    "github": ({"id": 7, "login": "ann", "email": "public@b.cc"}, 7, "a@b.cc", True),
    "gitlab": ({"id": 7, "username": "ann", "email": "a@b.cc"}, 7, "a@b.cc", True),
    "facebook": ({"id": "7", "name": "Ann", "email": "a@b.cc"}, "7", "a@b.cc", True),
    "linkedin": ({"sub": "7", "email": "a@b.cc", "email_verified": False}, "7", "a@b.cc", False),
    "meteor-developer": (
        {"id": "7", "emails": [{"address": "a@b.cc", "verified": True, "primary": True}]},
        "7",
        "a@b.cc",
        True,
    ),
    "nextcloud": (
        {"ocs": {"data": {"id": "ann", "email": "a@b.cc", "displayname": "Ann"}}},
        "ann",
        "a@b.cc",
        True,
    ),
    "wordpress": ({"ID": 7, "email": "a@b.cc", "display_name": "Ann"}, 7, "a@b.cc", True),
}


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_what_well_known_services_say_is_understood(name: str) -> None:
    claims, wanted, email, verified = CLAIMS[name]
    at: Any = At({}, on(name, Accounts_OAuth_Wordpress_server_type="wordpress-com"))
    found = find(at, name)
    at.web = PlayedWeb({found.token: {"access_token": "x"}, found.identity: claims})
    if found.emails:
        listed = [{"email": "old@b.cc", "verified": True, "primary": False}]
        listed += [{"email": "a@b.cc", "verified": True, "primary": True}]
        at.web = PlayedWeb({found.token: {"access_token": "x"}, found.identity: claims,
                            found.emails: listed})  # fmt: skip
    identity = oauth_providers.of_code(at, found, "code", "https://x/y")
    assert (identity.id, identity.email, identity.verified) == (wanted, email, verified)


def test_wordpress_has_three_kinds_of_servers() -> None:
    kinds = {"wordpress-com": "https://public-api.wordpress.com/rest/v1/me",
             "wp-oauth-server": "https://own.example.com/oauth/me",
             "custom": "https://own.example.com/who"}  # fmt: skip
    for kind, identity in kinds.items():
        more = {"server_type": kind, "identity_path": "/who" if kind == "custom" else ""}
        named = {f"Accounts_OAuth_Wordpress_{key}": value for key, value in more.items()}
        at: Any = At({}, on("wordpress", **named))
        assert find(at, "wordpress").identity == identity
