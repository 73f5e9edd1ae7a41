"""What tests of custom emoji do over and over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.pictures import (
    fetch,
    picture,
    post_form,
)
from tests.support.scene import fresh
from tests.support.workspace import Json, Workspace

CREATE, UPDATE, DELETE = (f"v1/emoji-custom.{verb}" for verb in ("create", "update", "delete"))
OLD = "Thu, 01 Jan 2015 00:00:00 GMT"
IN_USE = "Custom_Emoji_Error_Name_Or_Alias_Already_In_Use"


def create(workspace: Workspace, body: bytes | None = None, **fields: str) -> Any:
    files = {"emoji": body or picture()}
    return post_form(workspace.admin, CREATE, files, {"name": fresh("e"), **fields})


def made(workspace: Workspace, body: bytes | None = None, **fields: str) -> Json:
    """A new emoji."""
    fields = {"name": fresh("e"), **fields}
    answer = create(workspace, body, **fields)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    return found(workspace, fields["name"])


def listed(workspace: Workspace, **query: str) -> list[Json]:
    rows: list[Json] = workspace.admin.ok("GET", "v1/emoji-custom.list", query)["emojis"]["update"]
    return rows


def found(workspace: Workspace, name: str) -> Json:
    (row,) = [one for one in listed(workspace) if one["name"] == name]
    return row


def show(workspace: Workspace, file: str, **headers: str) -> Any:
    return fetch(None, workspace, f"/emoji-custom/{file}", **headers)


def fails(answer: Any, code: str) -> None:
    assert (answer.status_code, answer.json()["errorType"]) == (400, code)


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
