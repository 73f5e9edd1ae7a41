"""Tokens that an app got from a provider itself: whose they are, and for whom they were made."""

from __future__ import annotations

import hmac
from typing import Any

import pytest
from jwt.utils import base64url_encode

from contrail.domain import oauth_providers
from contrail.domain.oauth_claims import Identity
from contrail.domain.oauth_providers import NotIdentified
from contrail.domain.oauth_services import Service
from tests.support.openid import ISSUER, SECRET, At, Json, provider, service, signed

VICTIM = {"id": "victim", "email": "victim@example.com", "email_verified": True}
"""What the identity path says of an access token, as some do: without a subject."""


def shown(answers: Json, id_token: str, access: str = "access", of: Service | None = None) -> Any:
    at: Any = At(answers)
    identity: Identity = oauth_providers.of_tokens(at, of or service(), access, id_token)
    return identity, at.web.asked


def introspecting(answers: Json, **told: Any) -> Json:
    """The provider can also be asked for whom a token was made."""
    known = f"{ISSUER}/.well-known/openid-configuration"
    url = f"{ISSUER}/introspect"
    return {**answers, known: {**answers[known], "introspection_endpoint": url}, url: told}


def test_ones_own_id_token_and_somebody_elses_access_token_log_nobody_in() -> None:
    """Another app that the victim uses has such an access token."""
    answers = provider("", me=VICTIM)
    with pytest.raises(NotIdentified):
        shown(answers, signed())
    for told in ({"active": True, "client_id": "other"}, {"active": False}, {}):
        with pytest.raises(NotIdentified):
            shown(introspecting(answers, **told), signed())
    with pytest.raises(NotIdentified):
        shown(provider("", me={**VICTIM, "sub": "victim"}), signed())


def test_an_access_token_that_was_made_for_this_workspace_says_who_it_is() -> None:
    answers = introspecting(provider("", me=VICTIM), active=True, client_id="client")
    assert shown(answers, signed())[0].id == "victim"
    assert shown(answers, "")[0].id == "victim"


def test_where_both_tokens_name_the_same_person_nothing_more_is_asked() -> None:
    answers = introspecting(provider("", me={"sub": "ann", "name": "Ann"}), active=False)
    identity, asked = shown(answers, signed())
    assert (identity.id, identity.name) == ("ann", "Ann")
    assert all("introspect" not in one.url for one in asked)
    assert shown(answers, signed(), "")[0].email == "ann@example.com"


def signed_with_nothing() -> str:
    header, body = (part for part in signed(SECRET, "HS256").split(".")[:2])
    digest = hmac.digest(b"", f"{header}.{body}".encode(), "sha256")
    return f"{header}.{body}.{base64url_encode(digest).decode()}"


def test_a_shared_secret_signs_nothing_where_there_is_none_or_the_provider_has_keys() -> None:
    answers = provider("")
    assert shown(answers, signed(SECRET, "HS256"))[0].id == "ann"
    with pytest.raises(NotIdentified):
        shown(answers, signed_with_nothing(), of=service(secret=""))
    keyed = service(keys=f"{ISSUER}/keys")
    assert shown(answers, signed(), of=keyed)[0].id == "ann"
    for token in (signed(SECRET, "HS256"), signed_with_nothing()):
        with pytest.raises(NotIdentified):
            shown(answers, token, of=keyed)
