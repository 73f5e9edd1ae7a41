"""What tests of lists of rooms share: channels and groups are asked alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.scene import fresh
from tests.support.workspace import Json, Person, Workspace

UNAUTHORIZED = {"success": False, "error": "unauthorized"}
KEYS = {"channels": "channel", "groups": "group"}
both = pytest.mark.parametrize("family", ["channels", "groups"])


def made(owner: Person, family: str, *members: Person, **more: Any) -> Json:
    given = {"name": fresh("r"), "members": [one.username for one in members], **more}
    room: Json = owner.ok("POST", f"v1/{family}.create", given)[KEYS[family]]
    return room


def change(workspace: Workspace, name: str, match: Json, **fields: Any) -> None:
    workspace.database[name].update_one(match, {"$set": fields})


def usernames(rows: list[Json]) -> list[str]:
    return [row["username"] for row in rows]
