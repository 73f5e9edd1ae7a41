"""What settings of each type may hold, over REST and DDP alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.scene import changes, invoke, snapshot
from tests.support.settings import put, save, setting, value_of
from tests.support.workspace import Workspace

BOOLEAN, WHOLE, SPAN = "UI_DisplayRoles", "Message_MaxAllowedSize", "RetentionPolicy_TTL_Channels"
SELECT, MULTI, TEXT = "Accounts_Directory_DefaultView", "Livechat_hide_system_messages", "Site_Name"
COLOR, PICK = "CAS_button_label_color", "SlackBridge_Out_Channels"


def _json_code(workspace: Workspace) -> str:
    match = {"type": "code", "code": "application/json", "hidden": False}
    row = workspace.database["rocketchat_settings"].find_one(match)
    assert row is not None
    return str(row["_id"])


GOOD: list[tuple[str, Any]] = [
    (BOOLEAN, True),
    (WHOLE, 5000),
    (WHOLE, 5000.0),
    (SPAN, 2592000000),
    (SELECT, "users"),
    (MULTI, ["uj"]),
    (MULTI, []),
    (TEXT, ""),
    (COLOR, "#000000"),
    (PICK, ""),
    (PICK, [{"_id": "GENERAL", "name": "general"}]),
]
WRONG: list[tuple[str, Any]] = [
    (BOOLEAN, "true"),
    (BOOLEAN, 1),
    (WHOLE, "5000"),
    (WHOLE, True),
    (SPAN, "1"),
    (SELECT, 1),
    (MULTI, "uj"),
    (MULTI, [1]),
    (TEXT, 12),
    (TEXT, None),
    (TEXT, ["a"]),
    (COLOR, 0),
    (PICK, "general"),
    ("CROWD_Test_Connection", "anything"),
    (TEXT, "x" * 100_001),
]
REFUSED: list[tuple[str, Any, str]] = [
    (WHOLE, float("nan"), "NaN"),
    (WHOLE, float("inf"), "Infinity"),
    (WHOLE, float("-inf"), "-Infinity"),
    (WHOLE, 1.5, "1.5"),
    (WHOLE, 1e300, "1e+300"),
    (SPAN, float("nan"), "NaN"),
    (SELECT, "everything", "everything"),
    (MULTI, ["uj", "nothing"], "['uj', 'nothing']"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_value_of_the_settings_type_is_kept(workspace: Workspace, name: str, value: Any) -> None:
    with setting(workspace, name, value):
        assert value_of(workspace, name) == value
        assert isinstance(value_of(workspace, name), type(value)) or name == WHOLE
        shown = workspace.admin.ok("GET", f"v1/settings/{name}")
        assert (shown["_id"], shown.get("value")) == (name, shown.get("value"))
        assert save(workspace, workspace.admin, (name, value)) == {"result": True}
        one = invoke(workspace, workspace.admin, "saveSetting", [name, value, None])
        assert one == {"result": True}


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_of_another_type_is_refused(workspace: Workspace, name: str, value: Any) -> None:
    admin = workspace.admin
    before = snapshot(workspace)
    answer = admin.post(f"v1/settings/{name}", {"value": value})
    assert (answer.status_code, answer.json()["errorType"]) == (400, "invalid-params")
    for outcome in (
        save(workspace, workspace.admin, (BOOLEAN, False), (name, value)),
        invoke(workspace, workspace.admin, "saveSetting", [name, value, None]),
    ):
        assert outcome["error"]["errorType"] == "Match.Error"
        assert outcome["error"]["sanitizedError"]["error"] == 400
    assert not changes(workspace, before)


@pytest.mark.parametrize(("name", "value", "written"), REFUSED)
def test_save_settings_should_return_an_error_when_trying_to_save_a_nan_or_infinity(
    workspace: Workspace, name: str, value: Any, written: str
) -> None:
    """Meteor.methods saveSettings, "NaN", "Infinity" and "-Infinity" among them."""
    admin = workspace.admin
    before = snapshot(workspace)
    outcome = save(workspace, admin, (BOOLEAN, False), (name, value))
    assert outcome["error"]["error"] == f"Invalid setting value {written}"
    assert outcome["error"]["details"] == {"method": "saveSettings"}
    one = invoke(workspace, workspace.admin, "saveSetting", [name, value, None])
    assert one["error"]["error"] == f"Invalid setting value {written}"
    assert not changes(workspace, before)


def test_code_that_is_json_must_be_json(workspace: Workspace) -> None:
    name = _json_code(workspace)
    with setting(workspace, name, '{"a": 1}'):
        assert value_of(workspace, name) == '{"a": 1}'
    outcome = save(workspace, workspace.admin, (name, "{a: 1}"))
    assert outcome["error"]["errorType"] == "Match.Error"


def test_a_color_keeps_its_editor(workspace: Workspace) -> None:
    given = {"value": "@primary", "editor": "expression"}
    before = workspace.database["rocketchat_settings"].find_one({"_id": COLOR})
    assert before is not None
    workspace.admin.ok("POST", f"v1/settings/{COLOR}", given)
    row = workspace.database["rocketchat_settings"].find_one({"_id": COLOR})
    assert row is not None
    assert (row["value"], row["editor"]) == ("@primary", "expression")
    answer = workspace.admin.post(f"v1/settings/{COLOR}", {**given, "editor": "brush"})
    assert answer.status_code == 400
    put(workspace, COLOR, before["value"])
