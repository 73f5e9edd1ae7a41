"""Settings of a workspace that several tests share: changed for a while, then put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.scene import invoke
from tests.support.workspace import Json, Person, Workspace


@contextmanager
def setting(workspace: Workspace, name: str, value: Any) -> Iterator[None]:
    """While it lasts the setting has this value, everywhere."""
    before = value_of(workspace, name)
    put(workspace, name, value)
    try:
        yield
    finally:
        put(workspace, name, before)


def value_of(workspace: Workspace, name: str) -> Any:
    """As it is stored."""
    row = workspace.database["rocketchat_settings"].find_one({"_id": name})
    assert row is not None, f"there is no setting {name}"
    return row["value"]


def save(workspace: Workspace, person: Person, *values: tuple[str, Any]) -> Json:
    """Several at once, over `saveSettings`: its outcome."""
    params = [{"_id": name, "value": value} for name, value in values]
    return invoke(workspace, person, "saveSettings", [params])


def put(workspace: Workspace, name: str, value: Any) -> None:
    """As an admin does it."""
    workspace.admin.ok("POST", f"v1/settings/{name}", {"value": value})
