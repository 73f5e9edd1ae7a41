"""Contrail as an OAuth server: letting an app in, and what it gets for it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import pytest

from contrail.domain.workspace import TEST_ADMIN
from tests.support.doors_oauth import new_app
from tests.support.grants import (
    BACK,
    CHARSET,
    bearer,
    code_for,
    decide,
    exchanged,
    refreshed,
    refused,
    sent_back,
    tokens_of,
)
from tests.support.workspace import Json, Person, Workspace


def test_an_app_is_created_authorized_given_tokens_and_refreshes_them(
    workspace: Workspace,
) -> None:
    """As Rocket.Chat's own suite goes through it, step by step."""
    given = {"name": "api-test", "redirectUri": f"http://test.com,{BACK}", "active": True}
    app = workspace.admin.ok("POST", "v1/oauth-apps.create", given)["application"]
    assert given.items() <= app.items()
    query = {"scope": "user", "response_type": "token,code", "response_mode": "form_post"}
    back = sent_back(decide(workspace.admin, app, query={**query, "state": "xus2t6ix57g"}))
    assert back["state"] == "xus2t6ix57g"

    first = exchanged(workspace, app, back["code"])
    assert first.headers["Content-Type"] == CHARSET
    assert first.headers["Cache-Control"] == "no-store"
    assert {"token_type": "Bearer", "expires_in": 3600}.items() <= first.json().items()

    second = refreshed(workspace, app, first.json()["refresh_token"])
    assert (second.status_code, second.headers["Content-Type"]) == (200, CHARSET)
    assert set(second.json()) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert second.json()["access_token"] != first.json()["access_token"]

    old = bearer(workspace, "/oauth/userinfo", first.json()["access_token"])
    assert old.status_code == 401
    info = bearer(workspace, "/oauth/userinfo", second.json()["access_token"])
    assert (info.status_code, info.headers["Content-Type"]) == (200, CHARSET)
    assert info.json()["sub"] == TEST_ADMIN
    for path in ("v1/me", f"v1/users.info?username={TEST_ADMIN}"):
        answer = bearer(workspace, path, second.json()["access_token"])
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
    assert workspace.admin.post("v1/oauth-apps.delete", {"appId": app["_id"]}).json() is True


def test_user_info_has_what_clients_of_openid_read(person: Person, app: Json) -> None:
    access = tokens_of(person, app)["access_token"]
    info = bearer(person.workspace, "/oauth/userinfo", access).json()
    assert info.pop("updated_at").endswith("Z")
    assert info == {
        "sub": person.id,
        "name": person.username.title(),
        "email": f"{person.username}@example.com",
        "email_verified": False,
        "department": "",
        "birthdate": "",
        "preffered_username": person.username,
        "preferred_username": person.username,
        "picture": f"http://localhost:3000/avatar/{person.username}",
    }


def test_who_has_no_token_is_told_nothing_of_anyone(workspace: Workspace) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "x"}):
        answer = workspace.http("GET", "/oauth/userinfo", headers=headers)
        assert answer.status_code == 401
        assert answer.text in ("No token", "Invalid Token")


@pytest.mark.parametrize(
    "query",
    ["access_token[$ne]=null", "access_token[$exists]=true", "access_token[$gt]=",
     "access_token[$regex]=.*", "access_token=invalid-token",
     "access_token=a&access_token=b"],
)  # fmt: skip
def test_no_query_passes_for_a_token(workspace: Workspace, query: str) -> None:
    answer = workspace.http("GET", f"v1/me?{query}")
    assert answer.status_code == 401
    assert answer.json()["message"] == "You must be logged in to do this."


def test_a_token_in_the_query_is_taken_as_older_apps_send_it(person: Person, app: Json) -> None:
    access = tokens_of(person, app)["access_token"]
    answer = person.workspace.http("GET", "v1/me", params={"access_token": access})
    assert answer.json()["_id"] == person.id


def test_a_login_comes_before_an_apps_token(person: Person, app: Json) -> None:
    access = tokens_of(person, app)["access_token"]
    other = person.workspace.person()
    headers = {**other.headers, "Authorization": f"Bearer {access}"}
    assert person.workspace.http("GET", "v1/me", headers=headers).json()["_id"] == other.id


def test_a_code_is_good_once_and_what_it_gave_ends_when_it_comes_again(
    person: Person, app: Json
) -> None:
    workspace, code = person.workspace, code_for(person, app)
    first = exchanged(workspace, app, code)
    refused(exchanged(workspace, app, code), 400, "invalid_grant")
    assert bearer(workspace, "v1/me", first.json()["access_token"]).status_code == 401


def test_a_refresh_token_is_good_once(person: Person, app: Json) -> None:
    refresh = tokens_of(person, app)["refresh_token"]
    assert refreshed(person.workspace, app, refresh).status_code == 200
    refused(refreshed(person.workspace, app, refresh), 400, "invalid_grant")


def test_a_code_and_a_token_are_their_apps_alone(person: Person, app: Json) -> None:
    workspace = person.workspace
    other = workspace.admin.ok("POST", "v1/oauth-apps.create", new_app(redirectUri=BACK))
    code, tokens = code_for(person, app), tokens_of(person, app)
    refused(exchanged(workspace, other["application"], code), 400, "invalid_grant")
    refresh = tokens["refresh_token"]
    refused(refreshed(workspace, other["application"], refresh), 400, "invalid_grant")
    form = {"client_id": other["application"]["clientId"], "token": tokens["access_token"]}
    form["client_secret"] = other["application"]["clientSecret"]
    assert workspace.http("POST", "/oauth/revoke", data=form).status_code == 200
    assert bearer(workspace, "v1/me", tokens["access_token"]).status_code == 200
    assert exchanged(workspace, app, code).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"code": "wrong"}, 400, "invalid_grant"),
        ({"code": None}, 400, "invalid_request"),
        ({"redirect_uri": f"{BACK}/"}, 400, "invalid_request"),
        ({"redirect_uri": None}, 400, "invalid_request"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"code_verifier": "x" * 43}, 400, "invalid_grant"),
    ],
)
def test_a_wrong_exchange_gets_no_token(
    person: Person, app: Json, wrong: Json, status: int, error: str
) -> None:
    code = code_for(person, app)
    tokens = person.workspace.database["rocketchat_oauth_access_tokens"]
    before = tokens.count_documents({})
    refused(exchanged(person.workspace, app, **{"code": code, **wrong}), status, error)
    assert tokens.count_documents({}) == before


def test_an_app_may_say_who_it_is_in_the_header(person: Person, app: Json) -> None:
    form = {"grant_type": "authorization_code", "code": code_for(person, app), "redirect_uri": BACK}
    auth = (app["clientId"], app["clientSecret"])
    wrong = person.workspace.http("POST", "/oauth/token", data=form, auth=(auth[0], "wrong"))
    refused(wrong, 401, "invalid_client")
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")
    answer = person.workspace.http("POST", "/oauth/token", data=form, auth=auth)
    assert answer.status_code == 200, answer.text


def test_an_app_may_send_json_or_a_query_instead_of_a_form(person: Person, app: Json) -> None:
    for how in ("json", "params"):
        form = {"grant_type": "authorization_code", "code": code_for(person, app)}
        form |= {"redirect_uri": BACK, "client_id": app["clientId"]}
        given: Any = {how: {**form, "client_secret": app["clientSecret"]}}
        answer = person.workspace.http("POST", "/oauth/token", **given)
        assert answer.status_code == 200, answer.text


def test_people_are_sent_to_an_address_of_the_app_and_nowhere_else(
    person: Person, app: Json
) -> None:
    foreign = ("https://evil.example", f"{BACK}/", f"{BACK}.evil.example", "HTTP://asd.com",
               f"{BACK}?x=1", f"{BACK}#x", "javascript:alert(1)", f"http://test.com,{BACK}",
               "http://user@asd.com")  # fmt: skip
    for uri in foreign:
        answer = decide(person, app, redirect_uri=uri)
        refused(answer, 400, "invalid_client")
        assert "Location" not in answer.headers
        query = {"client_id": app["clientId"], "redirect_uri": uri, "response_type": "code"}
        asked = person.workspace.http(
            "GET", "/oauth/authorize", params=query, allow_redirects=False
        )
        assert asked.headers["Location"] == "/oauth/error/invalid_redirect_uri"
    back = decide(person, app, redirect_uri=None).headers["Location"]
    assert back.startswith("http://test.com?code="), "the first, where none is asked for"


def test_what_was_wrong_with_the_request_is_told_the_app_with_its_state(
    person: Person, app: Json
) -> None:
    for wrong, error in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ):
        back = sent_back(decide(person, app, state="s 1&", **wrong))
        assert (back["error"], back["state"]) == (error, "s 1&")
        assert "code" not in back


def test_nobody_is_let_in_who_was_not_asked(person: Person, app: Json) -> None:
    denied = decide(person, app, allow="no")
    refused(denied, 401, "access_denied")
    for more, said in (({"token": None}, "No token"), ({"token": "x"}, "Invalid token")):
        answer = decide(person, app, **more)
        assert (answer.status_code, answer.text) == (401, said)
    refused(decide(person, app, client_id="nobody"), 400, "invalid_client")
    refused(decide(person, app, client_id=None), 400, "invalid_request")
    person.ok("POST", "v1/logout")
    assert decide(person, app).text == "Invalid token"


def test_a_code_with_a_challenge_needs_its_verifier(person: Person, app: Json) -> None:
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
    for wrong in (None, "wrong", challenge):
        code = code_for(person, app, **pkce)
        refused(exchanged(person.workspace, app, code, code_verifier=wrong), 400, "invalid_grant")
    code = code_for(person, app, **pkce)
    answer = exchanged(person.workspace, app, code, code_verifier=verifier)
    assert answer.status_code == 200, answer.text
