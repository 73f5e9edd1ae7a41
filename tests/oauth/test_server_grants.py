"""What people granted to an app: how it ends, how it is kept, and what an import brings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contrail.domain.tokens import hash_token
from contrail.store.oauth_grants import OAuthGrants
from tests.support.grants import (
    BACK,
    bearer,
    code_for,
    decide,
    exchanged,
    refreshed,
    refused,
    tokens_of,
)
from tests.support.scene import fresh
from tests.support.workspace import Json, Person, Workspace


def test_revoking_either_token_ends_both(person: Person, app: Json) -> None:
    for which in ("access_token", "refresh_token"):
        tokens = tokens_of(person, app)
        client = {"client_id": app["clientId"], "client_secret": app["clientSecret"]}
        wrong = {**client, "client_secret": "wrong", "token": tokens[which]}
        refused(person.workspace.http("POST", "/oauth/revoke", data=wrong), 401, "invalid_client")
        refused(person.workspace.http("POST", "/oauth/revoke", data=client), 400, "invalid_request")
        for _ in range(2):
            form = {**client, "token": tokens[which]}
            assert person.workspace.http("POST", "/oauth/revoke", data=form).status_code == 200
        assert bearer(person.workspace, "v1/me", tokens["access_token"]).status_code == 401
        again = refreshed(person.workspace, app, tokens["refresh_token"])
        refused(again, 400, "invalid_grant")


def test_an_app_that_is_turned_off_or_deleted_is_let_in_no_more(person: Person, app: Json) -> None:
    workspace, tokens = person.workspace, tokens_of(person, app)
    code = code_for(person, app)
    off = {"appId": app["_id"], "name": "off", "redirectUri": BACK, "active": False}
    workspace.admin.ok("POST", "v1/oauth-apps.update", off)
    assert bearer(workspace, "v1/me", tokens["access_token"]).status_code == 401
    refused(exchanged(workspace, app, code), 401, "invalid_client")
    refused(decide(person, app), 400, "invalid_client")
    workspace.admin.ok("POST", "v1/oauth-apps.update", {**off, "active": True})
    assert bearer(workspace, "v1/me", tokens["access_token"]).status_code == 200
    workspace.admin.post("v1/oauth-apps.delete", {"appId": app["_id"]})
    left = workspace.database["rocketchat_oauth_access_tokens"]
    assert left.count_documents({"clientId": app["clientId"]}) == 0


def test_who_is_deactivated_or_gone_has_let_nobody_in(workspace: Workspace, app: Json) -> None:
    person = workspace.person()
    tokens, code = tokens_of(person, app), code_for(person, app)
    given = {"activeStatus": False, "userId": person.id}
    workspace.admin.ok("POST", "v1/users.setActiveStatus", given)
    for path in ("v1/me", "/oauth/userinfo"):
        assert bearer(workspace, path, tokens["access_token"]).status_code == 401
    refused(exchanged(workspace, app, code), 400, "invalid_grant")
    refused(refreshed(workspace, app, tokens["refresh_token"]), 400, "invalid_grant")


def test_tokens_and_codes_end_in_time(person: Person, app: Json) -> None:
    database, now = person.workspace.database, person.workspace.runtime.clock.now()
    mine = {"userId": person.id}
    tokens, code = tokens_of(person, app), code_for(person, app)
    past = {"$set": {"expires": now - timedelta(seconds=1)}}
    database["rocketchat_oauth_access_tokens"].update_many(mine, past)
    database["rocketchat_oauth_auth_codes"].update_many(mine, past)
    for path in ("v1/me", "/oauth/userinfo"):
        assert bearer(person.workspace, path, tokens["access_token"]).status_code == 401
    refused(exchanged(person.workspace, app, code), 400, "invalid_grant")
    older = {"$set": {"refreshTokenExpiresAt": now - timedelta(seconds=1)}}
    database["rocketchat_oauth_access_tokens"].update_many(mine, older)
    refused(refreshed(person.workspace, app, tokens["refresh_token"]), 400, "invalid_grant")


def test_what_has_ended_is_forgotten(person: Person, app: Json) -> None:
    database, now = person.workspace.database, person.workspace.runtime.clock.now()
    tokens_of(person, app)
    code_for(person, app)
    mine, ended = {"userId": person.id}, now - timedelta(seconds=1)
    for name in ("rocketchat_oauth_access_tokens", "rocketchat_oauth_auth_codes"):
        database[name].update_many(mine, {"$set": {"expires": ended}})
    person.workspace.runtime.rpc.handlers["oauth"]({"schedule": "forget-grants"})
    assert database["rocketchat_oauth_auth_codes"].count_documents(mine) == 0
    kept = database["rocketchat_oauth_access_tokens"]
    assert kept.count_documents(mine) == 1, "it can be renewed"
    kept.update_many(mine, {"$set": {"refreshTokenExpiresAt": ended}})
    person.workspace.runtime.rpc.handlers["oauth"]({"schedule": "forget-grants"})
    assert kept.count_documents(mine) == 0


def test_nothing_stored_can_be_used_as_a_token(person: Person, app: Json) -> None:
    workspace, tokens = person.workspace, tokens_of(person, app)
    code = code_for(person, app)
    rows = [
        *workspace.database["rocketchat_oauth_access_tokens"].find({"userId": person.id}),
        *workspace.database["rocketchat_oauth_auth_codes"].find({"userId": person.id}),
    ]
    stored = str(rows)
    for secret in (tokens["access_token"], tokens["refresh_token"], code):
        assert secret not in stored
    assert bearer(workspace, "v1/me", hash_token(tokens["access_token"])).status_code == 401
    refused(refreshed(workspace, app, hash_token(tokens["refresh_token"])), 400, "invalid_grant")


def test_tokens_of_an_imported_workspace_go_on(person: Person, app: Json) -> None:
    """As Rocket.Chat stores them: the tokens themselves, in one collection or two."""
    workspace, now = person.workspace, person.workspace.runtime.clock.now()
    names = {name: fresh("imported") for name in ("access", "refresh", "older")}
    grant = {"clientId": app["clientId"], "userId": person.id}
    later = now + timedelta(hours=1)
    workspace.database["rocketchat_oauth_access_tokens"].insert_one(
        {"_id": fresh("t"), **grant, "accessToken": names["access"], "expires": later,
         "refreshToken": names["refresh"], "refreshTokenExpiresAt": later}
    )  # fmt: skip
    workspace.database["rocketchat_oauth_refresh_tokens"].insert_one(
        {"_id": fresh("t"), **grant, "refreshToken": names["older"], "expires": later}
    )
    assert bearer(workspace, "v1/me", names["access"]).json()["_id"] == person.id
    for name in ("refresh", "older"):
        answer = refreshed(workspace, app, names[name])
        assert answer.status_code == 200, answer.text
        access = answer.json()["access_token"]
        assert bearer(workspace, "v1/me", access).json()["_id"] == person.id
        refused(refreshed(workspace, app, names[name]), 400, "invalid_grant")
    assert bearer(workspace, "v1/me", names["access"]).status_code == 401


@pytest.mark.parametrize("moment", ["before", "after"])
def test_of_a_code_that_comes_again_while_it_is_exchanged_nobody_keeps_tokens(
    person: Person, app: Json, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Between taking it and storing what it gives, or right after that."""
    workspace, code, add = person.workspace, code_for(person, app), OAuthGrants.add
    late: list[Any] = []

    def between(self: OAuthGrants, grant: Json) -> None:
        if moment == "after":
            add(self, grant)
        late.append(exchanged(workspace, app, code))
        if moment == "before":
            add(self, grant)

    monkeypatch.setattr(OAuthGrants, "add", between)
    refused(exchanged(workspace, app, code), 400, "invalid_grant")
    refused(late[0], 400, "invalid_grant")
    kept = workspace.database["rocketchat_oauth_access_tokens"]
    assert kept.count_documents({"userId": person.id}) == 0
