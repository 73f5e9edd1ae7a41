"""Settings that everyone may read, and where their values come from."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.scene import invoke
from tests.support.workspace import Json, Workspace


def _public(workspace: Workspace, **given: Any) -> Json:
    answer = workspace.http("GET", "v1/settings.public", params=given)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def _ids(workspace: Workspace, **given: Any) -> list[str]:
    return [row["_id"] for row in _public(workspace, **given)["settings"]]


def test_public_settings_are_all_that_anyone_sees(workspace: Workspace) -> None:
    stored = list(workspace.database["rocketchat_settings"].find())
    public = {row["_id"] for row in stored if row["public"] and not row["hidden"]}
    assert 0 < len(public) < len(stored)
    body = _public(workspace, count=0)
    assert {row["_id"] for row in body["settings"]} == public
    assert body["total"] == body["count"] == len(public)
    synced = invoke(workspace, None, "public-settings/get", [])["result"]
    assert {row["_id"] for row in synced} == public
    for row in (*body["settings"], *synced):
        assert set(row) <= {
            *("_id", "value", "enterprise", "invalidValue", "modules"),
            *("editor", "properties", "requiredOnWizard", "type", "_updatedAt"),
        }


def test_a_closed_setting_is_not_shown_to_who_names_it(workspace: Workspace) -> None:
    closed = "Accounts_RegistrationForm_SecretURL"
    assert _ids(workspace, _id=closed) == []
    assert _ids(workspace, query=json.dumps({"_id": closed})) == []
    assert workspace.admin.ok("GET", "v1/settings.public", {"_id": closed})["settings"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"_id": "Site_Url,Site_Name"},
        {"_id": ",Site_Url,,Site_Name,Nothing"},
        {"query": '{"_id":{"$in":["Site_Url","Site_Name","Nothing"]}}', "count": 3},
    ],
)
def test_clients_ask_for_the_settings_they_need(workspace: Workspace, given: Json) -> None:
    body = _public(workspace, **given)
    named = {row["_id"]: row["value"] for row in body["settings"]}
    assert set(named) == {"Site_Url", "Site_Name"}
    assert (body["total"], body["count"], body["offset"]) == (2, 2, 0)
    assert named["Site_Url"] == workspace.runtime.environment.root_url
    assert _ids(workspace, query='{"_id":{"$in":[]}}') == []


def test_settings_come_sorted_page_by_page(workspace: Workspace) -> None:
    every = _ids(workspace, count=0)
    assert every == sorted(every)
    assert _ids(workspace, count=0, sort='{"_id":-1}') == every[::-1]
    assert _ids(workspace, count=5, offset=3) == every[3:8]
    assert _public(workspace, count=5, offset=3)["total"] == len(every)


def test_what_changed_since_is_synchronised(workspace: Workspace) -> None:
    settings, now = workspace.database["rocketchat_settings"], workspace.runtime.clock.now()
    assert invoke(workspace, None, "public-settings/get", [now])["result"]["update"] == []
    later = {"$set": {"_updatedAt": now + timedelta(seconds=1)}}
    settings.update_one({"_id": "Site_Name"}, later)
    synced = invoke(workspace, None, "public-settings/get", [now])["result"]
    settings.update_one({"_id": "Site_Name"}, {"$set": {"_updatedAt": now}})
    assert [row["_id"] for row in synced["update"]] == ["Site_Name"]
    assert synced["remove"] == []


def test_the_environment_overwrites_settings(new_workspace: Callable[..., Workspace]) -> None:
    values = {"Site_Name": "Ours", "Accounts_AllowAnonymousRead": "true", "No_Such_Setting": "x"}
    workspace = new_workspace(overwrites=values)
    wanted = "Site_Name,Accounts_AllowAnonymousRead,No_Such_Setting"
    shown = {row["_id"]: row["value"] for row in _public(workspace, _id=wanted)["settings"]}
    assert shown == {"Site_Name": "Ours", "Accounts_AllowAnonymousRead": True}
