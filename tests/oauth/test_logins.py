"""Logging in through an OpenID provider, which runs in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from contrail.shapes.ids import random_id
from tests.support.logins import (
    add_service,
    configure,
    credential,
    ddp_login,
    log_in,
    rest_login,
    started,
)
from tests.support.people import stored
from tests.support.provider import (
    CLIENT,
    ROOT,
    SECRET,
    Browser,
    Provider,
    app_tokens,
    authorize_url,
    client_of,
    query_of,
    state_of,
    told,
)
from tests.support.scene import fresh
from tests.support.workspace import Json, Workspace

CANCELLED = 0x8ACDC2F


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    clients = [
        client_of(name, name)
        for name in (CLIENT, "merging", "basic", "other", "badkey", "usernames", "withdrawn")
    ]
    clients[2]["token_endpoint_auth_method"] = "client_secret_basic"
    made = Provider(clients, pkce=(CLIENT,))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def workspace(mongo_uri: str, provider: Provider) -> Iterator[Workspace]:
    """It may reach the provider, and nothing else on this machine."""
    made = Workspace(mongo_uri, allowed_private_hosts=provider.host)
    add_service(made, provider, CLIENT)
    yield made
    made.stop()


def newcomer(provider: Provider, **more: Any) -> tuple[str, Json]:
    name = fresh("n")
    claims = {"name": name.title(), "email": f"{name}@example.com", "email_verified": True}
    claims |= {"preferred_username": name, **more}
    return provider.meet(**claims), claims


def user_of(workspace: Workspace, answer: requests.Response) -> Json:
    assert answer.status_code == 200, answer.text
    return stored(workspace, answer.json()["data"]["userId"])


def refused(answer: requests.Response, error: Any) -> Json:
    assert answer.status_code == 401, answer.text
    body: Json = answer.json()
    assert (body["status"], body["error"]) == ("error", error)
    return body


async def test_from_start_over_the_provider_and_back_to_a_login_with_a_new_account(
    workspace: Workspace, provider: Provider
) -> None:
    """With PKCE, which this client of the provider has to use, and a nonce."""
    account, claims = newcomer(provider)
    token = random_id(43)
    browser = Browser(workspace, account)
    page = browser.open(f"{ROOT}/_oauth/{CLIENT}?{urlencode({'state': state_of(token)})}")
    asked = query_of(browser.visited[1])
    assert browser.visited[1].startswith(f"{provider.url}/auth?")
    assert asked["code_challenge_method"] == "S256"
    assert {"code_challenge", "nonce", "state"} <= set(asked)
    assert asked["redirect_uri"] == f"{ROOT}/_oauth/{CLIENT}"
    config = told(page)
    assert (config["style"], config["credentialToken"]) == ("popup", token)
    given = {"credentialToken": token, "credentialSecret": config["credentialSecret"]}

    result = (await ddp_login(workspace, oauth=given))["result"]
    assert (result["type"], set(result)) == ("oauth", {"id", "token", "tokenExpires", "type"})
    user = stored(workspace, result["id"])
    assert (user["username"], user["name"]) == (claims["preferred_username"], claims["name"])
    assert user["emails"] == [{"address": claims["email"], "verified": True}]
    assert (user["roles"], user["active"]) == (["user"], True)
    assert user["services"][CLIENT]["id"] == account
    subscriptions = workspace.database["rocketchat_subscription"]
    assert subscriptions.find_one({"rid": "GENERAL", "u._id": user["_id"]}), "default rooms"
    headers = {"X-User-Id": result["id"], "X-Auth-Token": result["token"]}
    me = workspace.http("GET", "v1/me", headers=headers).json()
    assert (me["_id"], CLIENT in me["services"]) == (user["_id"], False)

    again = (await ddp_login(workspace, oauth=given))["error"]
    assert (again["error"], again["reason"]) == (CANCELLED, "No matching login attempt found")


def test_who_comes_again_is_the_same_and_what_changed_is_kept(
    workspace: Workspace, provider: Provider
) -> None:
    account, claims = newcomer(provider)
    first = user_of(workspace, log_in(workspace, CLIENT, account))
    provider.meet(sub=account, **{**claims, "name": "Renamed", "preferred_username": "x"})
    again = user_of(workspace, log_in(workspace, CLIENT, account))
    assert again["_id"] == first["_id"]
    assert again["services"][CLIENT]["name"] == "Renamed"
    assert (again["username"], again["name"]) == (first["username"], first["name"])


def test_nothing_of_the_providers_tokens_is_kept(workspace: Workspace, provider: Provider) -> None:
    user = user_of(workspace, log_in(workspace, CLIENT, newcomer(provider)[0]))
    kept = {"id", "email", "name"}
    assert set(user["services"][CLIENT]) == kept
    pending = workspace.database["meteor_oauth_pendingCredentials"]
    assert "ccess" not in str(list(pending.find({})))


def test_a_client_that_starts_the_login_itself_gets_there_without_pkce(
    workspace: Workspace, provider: Provider
) -> None:
    """As unmodified ones do: by the address that they make of the service's configuration."""
    service = add_service(workspace, provider, "basic", token_sent_via="header")
    found = workspace.http("GET", "v1/service.configurations").json()["configurations"]
    known = next(one for one in found if one["service"] == service)
    assert known["serverURL"] + known["authorizePath"] == f"{provider.url}/auth"
    account, _ = newcomer(provider)
    url = authorize_url(provider, known["clientId"], service, state_of(random_id(43)))
    config = told(Browser(workspace, account).open(url))
    given = {key: config[key] for key in ("credentialToken", "credentialSecret")}
    assert user_of(workspace, rest_login(workspace, oauth=given))["services"][service]


def test_a_secret_is_good_for_its_token_alone(workspace: Workspace, provider: Provider) -> None:
    one, other = (credential(workspace, CLIENT, newcomer(provider)[0]) for _ in range(2))
    for wrong in (
        {**one, "credentialSecret": other["credentialSecret"]},
        {**one, "credentialToken": other["credentialToken"]},
        {**one, "credentialSecret": ""},
    ):
        refused(rest_login(workspace, oauth=wrong), CANCELLED)
    for given in (one, other):
        assert rest_login(workspace, oauth=given).status_code == 200


def test_a_code_and_a_state_are_good_once(workspace: Workspace, provider: Provider) -> None:
    browser = Browser(workspace, newcomer(provider)[0])
    state = urlencode({"state": state_of(random_id(43))})
    assert "credentialSecret" in told(browser.open(f"{ROOT}/_oauth/{CLIENT}?{state}"))
    back = browser.visited[-1]
    assert "credentialSecret" not in told(browser.open(back)), "the provider refuses the code"


@pytest.mark.parametrize("state", ["", "x", "e30=", "bnVsbA==", "a.b.c", "eyJ.x.y", "%ff", "\0"])
def test_a_state_that_no_client_makes_is_refused(workspace: Workspace, state: str) -> None:
    for more in ({}, {"code": "x"}, {"error": "access_denied"}):
        answer = workspace.http("GET", f"/_oauth/{CLIENT}", params={"state": state, **more})
        assert (answer.status_code, answer.headers["X-Frame-Options"]) == (400, "DENY")
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_state_that_was_signed_is_neither_altered_nor_anothers(
    workspace: Workspace, provider: Provider
) -> None:
    service = add_service(workspace, provider, "other")
    answers = [
        workspace.http("GET", f"/_oauth/{name}", params={"state": state_of(random_id(43))},
                       allow_redirects=False)
        for name in (CLIENT, service)
    ]  # fmt: skip
    own, others = (query_of(answer.headers["Location"])["state"] for answer in answers)
    cut = own[:-5] + ("AAAAA" if not own.endswith("AAAAA") else "BBBBB")
    for state in (others, cut):
        answer = workspace.http("GET", f"/_oauth/{CLIENT}", params={"state": state, "code": "x"})
        assert answer.status_code == 400


def test_whoever_is_unknown_or_off_is_not_gone_to(workspace: Workspace) -> None:
    for name in ("nobody", "google", "password", "x/y", "%24where"):
        answer = workspace.http("GET", f"/_oauth/{name}", params={"state": state_of("x" * 43)})
        assert answer.status_code in (400, 404)


@pytest.mark.parametrize(
    ("url", "back"),
    [
        (f"{ROOT}/home?x=1", f"{ROOT}/home?x=1"),
        ("https://evil.example/", ROOT),
        (f"{ROOT}.evil.example/", ROOT),
        ("http://localhost:3000@evil.example/", ROOT),
        ("javascript:alert(1)", ROOT),
        ("//evil.example", ROOT),
        (f"{ROOT}\\@evil.example", ROOT),
        (None, ROOT),
    ],
)
def test_people_are_sent_back_to_this_workspace_alone(
    workspace: Workspace, provider: Provider, url: str | None, back: str
) -> None:
    answer = workspace.http(
        "GET",
        f"/_oauth/{CLIENT}",
        params={"state": state_of("x" * 43, "redirect", redirectUrl=url), "error": "denied"},
    )
    config = told(answer)
    assert (config["redirectUrl"], "credentialSecret" in config) == (back, False)


def test_the_app_on_phones_is_handed_what_it_needs(
    workspace: Workspace, provider: Provider
) -> None:
    account, _ = newcomer(provider)
    token = random_id(43)
    given = state_of(token, "redirect", redirectUrl="rocketchat://auth", isCordova=True)
    config = told(started(workspace, CLIENT, account, given))
    url = config["redirectUrl"]
    assert url.startswith("rocketchat://auth?")
    found = query_of(url)
    assert (found["type"], found["host"], found["credentialToken"]) == ("oauth", ROOT, token)
    answer = rest_login(
        workspace,
        oauth={"credentialToken": token, "credentialSecret": found["credentialSecret"]},
    )
    assert answer.status_code == 200
    popup = told(started(workspace, CLIENT, account, state_of(random_id(43), isCordova=True)))
    assert (popup["inApp"], popup["style"]) == (True, "popup")


def test_a_code_of_another_client_or_with_a_wrong_secret_logs_nobody_in(
    workspace: Workspace, provider: Provider
) -> None:
    service = add_service(workspace, provider, "badkey")
    configure(workspace, service, secret=SECRET[::-1])
    config = told(started(workspace, service, newcomer(provider)[0], state_of(random_id(43))))
    assert "credentialSecret" not in config


def test_what_an_app_holds_logs_in_if_it_was_made_for_this_workspace(
    workspace: Workspace, provider: Provider
) -> None:
    """An access token alone or with its ID token; none of another client of the provider."""
    account, claims = newcomer(provider)
    own = app_tokens(provider, CLIENT, account)
    user = user_of(
        workspace,
        rest_login(workspace, serviceName=CLIENT, accessToken=own["access_token"], expiresIn=200),
    )
    assert user["username"] == claims["preferred_username"]
    both = {"accessToken": own["access_token"], "idToken": own["id_token"]}
    assert user_of(workspace, rest_login(workspace, serviceName=CLIENT, **both)) == stored(
        workspace, user["_id"]
    )
    foreign = app_tokens(provider, "withdrawn", account)
    mixed = app_tokens(provider, CLIENT, newcomer(provider)[0])
    for given in (
        {"accessToken": foreign["access_token"]},
        {"accessToken": foreign["access_token"], "idToken": foreign["id_token"]},
        {"accessToken": mixed["access_token"], "idToken": own["id_token"]},
        {"accessToken": "x"},
        {"accessToken": own["access_token"], "idToken": altered(own["id_token"])},
        {},
    ):
        refused(rest_login(workspace, serviceName=CLIENT, **given), 403)
    refused(rest_login(workspace, serviceName="nobody", accessToken="x"), "error-invalid-service")


def altered(token: str) -> str:
    head, claims, signature = token.split(".")
    other = "A" if signature[10] != "A" else "B"
    return f"{head}.{claims}.{signature[:10]}{other}{signature[11:]}"
