"""Rate limits, as they are outside of TEST_MODE: of the REST API and of DDP methods."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from contrail.shapes.rows import Limit
from infra.tables import tables
from tests.support.counting import Calls
from tests.support.ddp import Ddp
from tests.support.scene import fresh, invoke
from tests.support.workspace import Json, Person, Workspace

Make = Callable[..., Workspace]
HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


class Limited:
    """A workspace outside of TEST_MODE with an admin and two people."""

    def __init__(self, make: Make, **overwrites: str) -> None:
        free = {"Rate_Limiter_Limit_RegisterUser": "50", **overwrites}
        boss = {"admin_username": "boss", "admin_pass": "secret"}
        self.workspace = make(test_mode=False, overwrites=free, **boss)
        self.boss = self.workspace.login("boss", "secret")
        self.one, self.other = self._person(), self._person()

    def _person(self) -> Person:
        name = fresh("u")
        given = {"username": name, "name": name, "email": f"{name}@example.com", "pass": "secret"}
        answer = self.workspace.http("POST", "v1/users.register", json=given)
        assert answer.status_code == 200, answer.text
        return self.workspace.login(name, "secret")


def quota(answer: requests.Response) -> tuple[str | None, ...]:
    return tuple(answer.headers.get(name) for name in HEADERS)


def error_of(outcome: Json) -> Any:
    return outcome.get("error", {}).get("error")


def test_an_endpoint_answers_ten_calls_a_minute_to_each_user(new_workspace: Make) -> None:
    limited = Limited(new_workspace)
    for left in range(9, -1, -1):
        answer = limited.one.get("v1/roles.list")
        assert answer.status_code == 200
        calls, remaining, reset = quota(answer)
        assert (calls, remaining) == ("10", str(left))
        assert reset is not None
        assert 0 < int(reset) - time.time() * 1000 <= 61_000
    refused = limited.one.get("v1/roles.list")
    assert refused.status_code == 429
    assert quota(refused)[:2] == ("10", "0")
    body = refused.json()
    seconds = -(-body["details"]["timeToReset"] // 1000)
    assert 0 < seconds <= 60
    assert body == {
        "success": False,
        "error": "Error, too many requests. Please slow down. You must wait "
        f"{seconds} seconds before trying this endpoint again. [error-too-many-requests]",
        "errorType": "error-too-many-requests",
        "details": body["details"],
    }
    assert limited.one.get("v1/permissions.listAll").status_code == 200
    assert limited.other.get("v1/roles.list").status_code == 200
    for _ in range(12):
        answer = limited.boss.get("v1/roles.list")
        assert (answer.status_code, quota(answer)) == (200, (None, None, None))


def test_a_refused_call_counts_and_is_told_of(new_workspace: Make) -> None:
    limited = Limited(new_workspace)
    answer = limited.one.post("v1/permissions.update", {"permissions": []})
    assert answer.status_code == 400
    assert quota(answer)[:2] == ("10", "9")


def test_the_settings_decide_from_the_next_call_on(new_workspace: Make) -> None:
    limited = Limited(new_workspace)

    def put(name: str, value: Any) -> None:
        changes = [{"_id": name, "value": value}]
        outcome = invoke(limited.workspace, limited.boss, "saveSettings", [changes])
        assert outcome == {"result": True}

    put("API_Enable_Rate_Limiter_Limit_Calls_Default", 2)
    answers = [limited.one.get("v1/roles.list") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert quota(answers[0])[:2] == ("2", "1")
    put("API_Enable_Rate_Limiter", False)
    for _ in range(12):
        answer = limited.one.get("v1/roles.list")
        assert (answer.status_code, quota(answer)) == (200, (None, None, None))


def test_registering_has_a_limit_of_its_own_by_address(new_workspace: Make) -> None:
    workspace = new_workspace(test_mode=False)

    def register() -> requests.Response:
        name = fresh("u")
        given = {"username": name, "name": name, "email": f"{name}@example.com", "pass": "secret"}
        return workspace.http("POST", "v1/users.register", json=given)

    first, second = register(), register()
    assert (first.status_code, quota(first)[:2]) == (200, ("1", "0"))
    assert second.status_code == 429
    assert workspace.database["users"].count_documents({"type": "user"}) == 1


def test_paths_without_a_version_are_not_limited(new_workspace: Make) -> None:
    workspace = new_workspace(test_mode=False)
    for _ in range(12):
        answer = workspace.http("GET", "info")
        assert (answer.status_code, quota(answer)) == (200, (None, None, None))


def test_test_mode_lifts_all(workspace: Workspace) -> None:
    person = workspace.person()
    for _ in range(12):
        answer = person.get("v1/roles.list")
        assert (answer.status_code, quota(answer)) == (200, (None, None, None))


def test_a_call_is_one_write_where_there_is_a_limit(
    new_workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = Limited(new_workspace)
    calls = Calls(monkeypatch)
    calls.watch(limited.workspace.runtime._limits, "hit")
    limited.one.ok("GET", "v1/roles.list")
    assert calls.count["hit"] == 1
    invoke(limited.workspace, limited.one, "getUserRoles", [])
    assert calls.count["hit"] == 2
    limited.boss.ok("GET", "v1/roles.list")
    assert calls.count["hit"] == 2


def test_a_method_over_rest_runs_twenty_times_in_ten_seconds(new_workspace: Make) -> None:
    limited = Limited(new_workspace)
    errors = [
        error_of(invoke(limited.workspace, limited.one, "getUserRoles", [])) for _ in range(21)
    ]
    assert errors == [None] * 20 + ["too-many-requests"]
    assert "result" in invoke(limited.workspace, limited.one, "rooms/get", [])
    assert "result" in invoke(limited.workspace, limited.other, "getUserRoles", [])


async def test_a_method_runs_ten_times_on_a_connection(new_workspace: Make) -> None:
    limited = Limited(new_workspace)
    async with Ddp(limited.workspace.ws_url) as client, Ddp(limited.workspace.ws_url) as second:
        for one in (client, second):
            await one.connect()
            await one.resume(limited.one.token)
        outcomes = [await client.call("getUserRoles") for _ in range(11)]
        assert [error_of(outcome) for outcome in outcomes] == [None] * 10 + ["too-many-requests"]
        error = outcomes[-1]["error"]
        wait = error["details"]["timeToReset"]
        assert 0 < wait <= 10_000
        assert error["reason"] == (
            "Error, too many requests. Please slow down. You must wait "
            f"{-(-wait // 1000)} seconds before trying again."
        )
        assert error_of(await client.call("rooms/get")) is None
        assert error_of(await second.call("getUserRoles")) is None


async def test_each_ddp_rule_can_be_switched_off(new_workspace: Make) -> None:
    off = {"DDP_Rate_Limit_Connection_By_Method_Enabled": "false"}
    limited = Limited(new_workspace, DDP_Rate_Limit_User_By_Method_Requests_Allowed="12", **off)
    async with Ddp(limited.workspace.ws_url) as client:
        await client.connect()
        await client.resume(limited.one.token)
        errors = [error_of(await client.call("getUserRoles")) for _ in range(13)]
    assert errors == [None] * 12 + ["too-many-requests"]


async def test_typing_may_be_told_four_times_as_often(new_workspace: Make) -> None:
    limited = Limited(new_workspace, DDP_Rate_Limit_Connection_By_Method_Requests_Allowed="2")
    async with Ddp(limited.workspace.ws_url) as client:
        await client.connect()
        await client.resume(limited.one.token)
        typing = ["GENERAL/typing", limited.one.username, True]
        errors = [error_of(await client.call("stream-notify-room", *typing)) for _ in range(9)]
    assert errors == [None] * 8 + ["too-many-requests"]


async def test_a_method_with_a_limit_of_its_own_has_no_other_by_name(new_workspace: Make) -> None:
    """Whoever may send many messages sends as many as a connection may call anything."""
    limited = Limited(new_workspace)
    async with Ddp(limited.workspace.ws_url) as client:
        await client.connect()
        await client.resume(limited.boss.token)
        sent = [
            await client.call("sendMessage", {"rid": "GENERAL", "msg": f"number {number}"})
            for number in range(25)
        ]
    assert [error_of(outcome) for outcome in sent] == [None] * 25


def test_methods_with_limits_of_their_own_have_rocket_chats() -> None:
    free = "send-many-messages"
    documented = {
        "sendMessage": Limit(5, 1000, unless=free),
        "createDirectMessage": Limit(10, 60_000, unless=free),
        "setUserStatus": Limit(1, 1000),
        "setUsername": Limit(1, 1000),
        "followMessage": Limit(5, 5000),
        "unfollowMessage": Limit(5, 5000),
        "setAvatarFromService": Limit(1, 5000),
        "resetAvatar": Limit(1, 60_000),
        "userSetUtcOffset": Limit(1, 60_000),
        "getRoomById": Limit(10, 60_000),
        "spotlight": Limit(100, 100_000),
        "browseChannels": Limit(100, 100_000),
        "sendSMTPTestEmail": Limit(1, 1000),
        "autoTranslate.getSupportedLanguages": Limit(5, 60_000),
    }
    ours = {"sendConfirmationEmail": Limit(5, 60_000)}
    rows = [row for table in tables().values() for row in table.methods]
    assert {row.name: row.limit for row in rows if row.limit} == documented | ours
