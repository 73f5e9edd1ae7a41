"""Paths that lead nowhere."""

from __future__ import annotations

import pytest

from tests.support.scene import refused
from tests.support.workspace import Workspace


@pytest.mark.parametrize(
    "path",
    [
        "v1/nothing.here",
        "v1/users.info/more",
        "v1/users.infos",
        "v1/method.call",
        "v1/method.call/",
        "v1/Me",
        "v1/",
        "v1/me%2f..",
        "v2/me",
        "",
        "/none/v1/me",
    ],
)
def test_an_unknown_endpoint_is_answered_404(workspace: Workspace, path: str) -> None:
    person = workspace.person()
    for verb in ("GET", "POST"):
        answer = workspace.http(verb, path, headers=person.headers)
        refused(answer, 404, {"success": False, "error": "API endpoint not found"})
