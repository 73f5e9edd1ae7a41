"""`changePassword`, with which clients of Meteor's accounts change one's own password."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.strict import BOSS
from tests.support.workspace import Person, Workspace

NEW = "another one 1"


def digested(password: str) -> dict[str, str]:
    return {"digest": hashlib.sha256(password.encode()).hexdigest(), "algorithm": "sha-256"}


def logs_in(person: Person, password: str) -> bool:
    given = {"user": person.username, "password": password}
    return person.workspace.http("POST", "v1/login", json=given).status_code == 200


@pytest.mark.parametrize("shape", [str, digested])
def test_who_knows_their_password_gets_another_and_other_logins_end(
    workspace: Workspace, shape: Callable[[str], Any]
) -> None:
    person = workspace.person()
    other = workspace.login(person.username, "secret")
    answer = invoke(workspace, person, "changePassword", [shape("secret"), shape(NEW)])
    assert answer["result"] == {"passwordChanged": True}
    assert logs_in(person, NEW)
    assert not logs_in(person, "secret")
    assert person.get("v1/me").status_code == 200
    assert other.get("v1/me").status_code == 401


def test_a_wrong_old_password_changes_nothing(workspace: Workspace) -> None:
    person = workspace.person()
    error = invoke(workspace, person, "changePassword", ["wrong", NEW])["error"]
    assert (error["error"], error["reason"]) == (403, "Incorrect password")
    error = invoke(workspace, person, "changePassword", ["secret", "secret"])["error"]
    assert error["error"] == "error-password-same-as-current"
    assert logs_in(person, "secret")


def test_guesses_count_as_failed_logins(new_workspace: Callable[..., Workspace]) -> None:
    limit = {"Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User": "3"}
    workspace = new_workspace(test_mode=False, overwrites=limit, **BOSS)
    boss = workspace.login("boss", "secret")
    codes = [
        invoke(workspace, boss, "changePassword", ["wrong", NEW])["error"]["error"]
        for _ in range(4)
    ]
    assert codes == [403, 403, 403, "error-login-blocked-for-user"]


def test_it_needs_the_setting_and_keeps_to_the_policy(workspace: Workspace) -> None:
    person = workspace.person()
    with setting(workspace, "Accounts_AllowPasswordChange", False):
        error = invoke(workspace, person, "changePassword", ["secret", NEW])["error"]
    assert error["error"] == "error-not-allowed"
    error = invoke(workspace, person, "changePassword", ["secret", "  "])["error"]
    assert error["error"] == "error-password-policy-not-met"
    assert logs_in(person, "secret")


def test_the_web_client_cleans_up_after_a_logout(workspace: Workspace) -> None:
    answer = invoke(workspace, None, "logoutCleanUp", [{"_id": "someone", "username": "someone"}])
    assert "error" not in answer
