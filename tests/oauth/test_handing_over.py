"""Accounts that were made with a stranger's address, before the stranger comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contrail.store.external import External
from tests.support.grants import bearer, code_for, exchanged, refreshed, tokens_of
from tests.support.logins import (
    TAKEN,
    account,
    add_service,
    configure,
    log_in,
    of,
    opened,
    refused,
    rest_login,
)
from tests.support.people import stored
from tests.support.provider import Provider, client_of
from tests.support.scene import fresh
from tests.support.workspace import Json, Person, Workspace

CARELESS, CAREFUL = "careless", "careful"
"""Services: both merge, also with each other; neither says which addresses are verified."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider([client_of(name, name) for name in (CARELESS, CAREFUL, "named")])
    yield made
    made.stop()


@pytest.fixture(scope="module")
def workspace(mongo_uri: str, provider: Provider) -> Iterator[Workspace]:
    made = Workspace(mongo_uri, allowed_private_hosts=provider.host)
    for name in (CARELESS, CAREFUL):
        more = {"key_field": "email", "merge_users": True, "merge_users_distinct_services": True}
        add_service(made, provider, name, **more)
    yield made
    made.stop()


def test_a_squatter_from_another_service_keeps_no_way_in(
    workspace: Workspace, provider: Provider, app: Json
) -> None:
    email = f"{fresh('victim')}@example.com"
    theirs = account(provider, email=email, email_verified=False)
    answer = log_in(workspace, CARELESS, theirs)
    uid, token = opened(workspace, answer)["_id"], answer.json()["data"]["authToken"]
    squatter = Person(workspace, uid, token, "")
    personal = squatter.ok("POST", "v1/users.generatePersonalAccessToken", {"tokenName": "one"})
    granted, code = tokens_of(squatter, app), code_for(squatter, app)
    factor = {"enabled": True, "secret": "JBSWY3DPEHPK3PXP", "hashedBackup": []}
    more = {"services.totp": factor, "services.email2fa": {"enabled": True}}
    link = [{"hashedToken": "x", "address": email, "when": workspace.runtime.clock.now()}]
    more |= {"services.email.verificationTokens": link}
    workspace.database["users"].update_one({"_id": uid}, {"$set": more})

    mine = account(provider, email=email)
    user = opened(workspace, log_in(workspace, CAREFUL, mine))
    assert user["_id"] == uid
    assert set(user["services"]) == {CAREFUL, "resume"}
    assert user["_contrail"]["external"] == [f"{CAREFUL}:{mine}"]
    assert (user["emails"], "requirePasswordChange" in user) == (
        [{"address": email, "verified": True}],
        False,
    )
    for opener in (token, personal["token"]):
        assert Person(workspace, uid, opener, "").get("v1/me").status_code == 401
    assert bearer(workspace, "v1/me", granted["access_token"]).status_code == 401
    assert refreshed(workspace, app, granted["refresh_token"]).status_code == 400
    assert exchanged(workspace, app, code).status_code == 400
    refused(log_in(workspace, CARELESS, theirs), TAKEN)


def test_a_login_at_the_very_moment_of_handing_over_does_not_outlive_it(
    workspace: Workspace, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    squatter = workspace.person(verified=False)
    tokens: list[str] = []
    hand_over = External.hand_over

    def late(self: External, *given: Any) -> Any:
        tokens.append(workspace.login(squatter.username, "secret").token)
        return hand_over(self, *given)

    monkeypatch.setattr(External, "hand_over", late)
    user = opened(workspace, log_in(workspace, CAREFUL, of(squatter, provider)))
    assert (user["_id"], len(tokens)) == (squatter.id, 1)
    assert Person(workspace, squatter.id, tokens[0], "").get("v1/me").status_code == 401
    refused(rest_login(workspace, user=squatter.username, password="secret"), "Unauthorized")


def test_an_address_that_was_changed_meanwhile_hands_nothing_over(
    workspace: Workspace, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = workspace.person(verified=False)
    hand_over = External.hand_over

    def late(self: External, *given: Any) -> Any:
        change = {"$set": {"emails.0.address": f"{fresh('o')}@example.com"}}
        workspace.database["users"].update_one({"_id": person.id}, change)
        return hand_over(self, *given)

    monkeypatch.setattr(External, "hand_over", late)
    refused(log_in(workspace, CAREFUL, of(person, provider)), TAKEN)
    assert "password" in stored(workspace, person.id)["services"]
    person.ok("GET", "v1/me")


def test_no_name_that_people_choose_at_the_provider_opens_an_account(
    workspace: Workspace, provider: Provider
) -> None:
    """Where the settings name no field of usernames, the claim `username` alone is one."""
    more = {"username_field": "", "key_field": "username", "merge_users": True}
    service = add_service(workspace, provider, "named", **more)
    person = workspace.person()
    chosen = dict.fromkeys(("preferred_username", "nickname", "login"), person.username)
    user = opened(workspace, log_in(workspace, service, account(provider, **chosen)))
    assert user["_id"] != person.id
    assert service not in stored(workspace, person.id)["services"]
    configure(workspace, service, username_field="preferred_username")
    user = opened(workspace, log_in(workspace, service, account(provider, **chosen)))
    assert user["_id"] == person.id
