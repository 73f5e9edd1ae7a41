"""OAuth apps as admins register them, and the page on which people decide about one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from contrail.domain.workspace import TEST_ADMIN
from tests.support.counting import Commands
from tests.support.doors_oauth import REDIRECT, new_app
from tests.support.people import fails
from tests.support.scene import fresh, invoke
from tests.support.workspace import Json, Workspace

ONE_OF = "must match exactly one schema in oneOf"


def made(workspace: Workspace, **more: Any) -> Json:
    app: Json = workspace.admin.ok("POST", "v1/oauth-apps.create", new_app(**more))["application"]
    return app


def get(workspace: Workspace, query: str, *, plain: bool = False) -> Any:
    person = workspace.person() if plain else workspace.admin
    return workspace.http("GET", f"v1/oauth-apps.get?{query}", headers=person.headers)


def test_list_returns_an_array_of_oauth_apps(workspace: Workspace) -> None:
    app = made(workspace)
    listed = workspace.admin.ok("GET", "v1/oauth-apps.list")["oauthApps"]
    assert [one for one in listed if one["_id"] == app["_id"]] == [app]
    fails(workspace.person().get("v1/oauth-apps.list"), "error-not-allowed")


def test_create_makes_an_app_with_an_id_and_a_secret_of_its_own(workspace: Workspace) -> None:
    one, other = made(workspace), made(workspace)
    assert one["_createdBy"] == {"_id": TEST_ADMIN, "username": TEST_ADMIN}
    assert one["_createdAt"] == one["_updatedAt"]
    assert len(one["clientSecret"]) == 43
    assert all(one[key] != other[key] for key in ("_id", "clientId", "clientSecret"))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": ""}, "error-invalid-name"),
        ({"name": " "}, "error-invalid-name"),
        *(
            ({"redirectUri": uri}, "error-invalid-redirectUri")
            for uri in (
                *(
                    "",
                    " ",
                    ",\n",
                    "error",
                    "/back",
                    "//x.test",
                    "javascript:alert(1)",
                    "http://a#b",
                ),
                *("data:text/html,x", f"{REDIRECT},javascript:x", "http://a b", "http://a\\b"),
            )
        ),
    ],
)
def test_create_and_update_refuse_a_property_that_is_invalid(
    workspace: Workspace, wrong: Json, code: str
) -> None:
    app = made(workspace)
    words = code.removeprefix("error-invalid-")
    for path, method, more in (
        ("create", "addOAuthApp", {}),
        ("update", "updateOAuthApp", {"appId": app["_id"]}),
    ):
        answer = workspace.admin.post(f"v1/oauth-apps.{path}", {**new_app(), **more, **wrong})
        fails(answer, f"Invalid {words}", code, {"method": method})


def test_create_refuses_an_active_that_is_no_boolean(workspace: Workspace) -> None:
    answer = workspace.admin.post("v1/oauth-apps.create", new_app(active="anything"))
    fails(answer, "must be boolean", "invalid-params")


def test_update_changes_name_active_and_redirect_uri_by_id(workspace: Workspace) -> None:
    app = made(workspace)
    given = {"name": fresh("new"), "redirectUri": "http://localhost:3000", "active": False}
    changed = workspace.admin.ok("POST", "v1/oauth-apps.update", {**given, "appId": app["_id"]})
    assert given.items() <= changed.items()
    kept = ("_id", "clientId", "clientSecret", "_createdAt", "_createdBy")
    assert {key: changed[key] for key in kept} == {key: app[key] for key in kept}
    assert changed["_updatedBy"]["username"] == TEST_ADMIN
    answer = workspace.admin.post("v1/oauth-apps.update", {**given, "appId": "nobody"})
    details = {"method": "updateOAuthApp"}
    fails(answer, "Application not found", "error-application-not-found", details)


def test_several_redirect_uris_are_kept_with_commas_between_them(workspace: Workspace) -> None:
    app = made(workspace, redirectUri=" https://a.test/x ,\nhttps://b.test/y\n, myapp://back")
    assert app["redirectUri"] == "https://a.test/x,https://b.test/y,myapp://back"


def test_delete_by_id_answers_true_and_is_done_once(workspace: Workspace) -> None:
    app = made(workspace)
    assert workspace.admin.post("v1/oauth-apps.delete", {"appId": app["_id"]}).json() is True
    answer = workspace.admin.post("v1/oauth-apps.delete", {"appId": app["_id"]})
    details = {"method": "deleteOAuthApp"}
    fails(answer, "Application not found", "error-application-not-found", details)


def test_get_by_client_id_by_id_and_by_its_older_name(workspace: Workspace) -> None:
    app = made(workspace)
    queries = (f"clientId={app['clientId']}", f"_id={app['_id']}", f"appId={app['_id']}")
    for query in queries:
        assert get(workspace, query).json()["oauthApp"] == app
        shown = get(workspace, query, plain=True).json()["oauthApp"]
        assert shown == {key: value for key, value in app.items() if key != "clientSecret"}


def test_get_is_told_which_app_and_nothing_else(workspace: Workspace) -> None:
    made(workspace)
    for name in ("_id", "clientId", "appId"):
        fails(get(workspace, f'{name}={{ "$ne": "" }}'), "OAuth app not found.")
        body = get(workspace, f"{name}[$ne]=").json()
        assert body["errorType"] == "invalid-params"
        assert "must be string" in body["error"]
        assert body["error"].endswith(f"{ONE_OF} [invalid-params]")
    lines = "\n ".join(f"must have required property '{n}'" for n in ("_id", "clientId", "appId"))
    fails(get(workspace, "x=1"), f"{lines}\n {ONE_OF}", "invalid-params")


def test_methods_do_what_the_endpoints_do(workspace: Workspace) -> None:
    app = invoke(workspace, workspace.admin, "addOAuthApp", [new_app()])["result"]
    given = new_app(name="changed")
    changed = invoke(workspace, workspace.admin, "updateOAuthApp", [app["_id"], given])["result"]
    assert (changed["name"], changed["clientSecret"]) == ("changed", app["clientSecret"])
    assert invoke(workspace, workspace.admin, "deleteOAuthApp", [app["_id"]]) == {"result": True}
    error = invoke(workspace, workspace.admin, "deleteOAuthApp", [app["_id"]])["error"]
    assert (error["error"], error["reason"]) == (
        "error-application-not-found",
        "Application not found",
    )


def page(workspace: Workspace, **query: str) -> Any:
    return workspace.http("GET", "/oauth/authorize", params=query, allow_redirects=False)


def test_the_page_names_the_app_and_where_it_takes_people(workspace: Workspace) -> None:
    name = '<script>alert(1)</script>{{state}}"'
    app = made(workspace, name=name)
    state = "\"><script nonce='x'>alert(2)</script>{{nonce}}"
    answer = page(workspace, client_id=app["clientId"], redirect_uri=REDIRECT, state=state)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.findall(r"script-src 'nonce-([^']{20,})'", policy)[0]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert re.findall(r"<script[^>]*>", answer.text) == [f'<script nonce="{nonce}">']
    assert answer.text.count(nonce) == 2, "a value that looks like a placeholder is none"
    assert "app.example.com" in answer.text
    assert "alert(1)" in answer.text
    assert app["clientSecret"] not in answer.text


def test_the_page_is_another_each_time(workspace: Workspace) -> None:
    app = made(workspace)
    texts = {page(workspace, client_id=app["clientId"]).text for _ in range(2)}
    assert len(texts) == 2


def test_an_app_that_is_not_there_or_off_is_explained(workspace: Workspace) -> None:
    off = made(workspace, active=False)["clientId"]
    for query in ({}, {"client_id": "nobody"}, {"client_id": off}):
        answer = page(workspace, **query)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/oauth/error/404")
    for error in ("404", "invalid_redirect_uri", "<script>", "x/y"):
        shown = workspace.http("GET", f"/oauth/error/{error}")
        assert (shown.status_code, "<script" in shown.text) == (400, False)


def test_other_paths_and_verbs_are_answered_as_json(workspace: Workspace) -> None:
    for verb, path, status in (
        ("GET", "/oauth/token", 405),
        ("PUT", "/oauth/authorize", 405),
        ("GET", "/oauth/nothing", 404),
        ("GET", "/oauth", 404),
        ("GET", "/_oauth", 404),
        ("POST", "/api/oauth/token", 404),
    ):
        answer = workspace.http(verb, path)
        assert (answer.status_code, answer.json()["success"]) == (status, False), path


def test_an_apps_token_costs_three_commands_and_a_login_one_as_ever(
    new_workspace: Callable[..., Workspace],
) -> None:
    commands = Commands()
    workspace = new_workspace(listeners=(commands,))
    person, app = workspace.person(), made(workspace)
    decided = {"token": person.token, "client_id": app["clientId"], "allow": "yes"}
    decided |= {"response_type": "code"}
    back = workspace.http("POST", "/oauth/authorize", data=decided, allow_redirects=False)
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    form |= {"code": back.headers["Location"].partition("code=")[2]}
    form |= {"client_id": app["clientId"], "client_secret": app["clientSecret"]}
    access = workspace.http("POST", "/oauth/token", data=form).json()["access_token"]
    login = ["aggregate users"]
    grant = ["find rocketchat_oauth_access_tokens", "find rocketchat_oauth_apps"]
    for headers, cost in (
        (person.headers, login),
        ({"Authorization": f"Bearer {access}"}, [*grant, *login]),
    ):
        workspace.http("GET", "v1/permissions.listAll", headers=headers)
        commands.reset()
        assert workspace.http("GET", "v1/permissions.listAll", headers=headers).status_code == 200
        assert [one for one in commands.seen if "permissions" not in one] == cost
