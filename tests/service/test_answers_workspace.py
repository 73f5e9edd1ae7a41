"""What a server says of itself: clients decide by it what they may use."""

from __future__ import annotations

import pytest

from tests.support.scene import refused, without
from tests.support.workspace import Workspace

both = pytest.mark.parametrize("path", ["info", "v1/info"])


@both
def test_anyone_learns_the_version_without_its_patch_level(workspace: Workspace, path: str) -> None:
    for person in (None, workspace.person()):
        headers = person.headers if person else {}
        answer = workspace.http("GET", path, headers=headers)
        refused(answer, 200, {"version": "6.12", "success": True})


@both
def test_the_build_is_shown_by_permission(workspace: Workspace, path: str) -> None:
    body = workspace.admin.ok("GET", path)
    assert (body["version"], body["info"]["version"]) == ("6.12", "6.12.0")
    assert set(body["info"]["build"]) >= {"arch", "platform"}
    with without(workspace, "get-server-info", "admin"):
        assert "info" not in workspace.admin.ok("GET", path)
