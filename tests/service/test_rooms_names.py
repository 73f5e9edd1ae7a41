"""A room's name may be another room's id: whoever means the one never gets the other."""

from __future__ import annotations

import pytest

from tests.support.rooms import group
from tests.support.scene import fresh, invoke
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture
def twins(workspace: Workspace) -> tuple[Person, Json, Json]:
    """A private group, and a channel of someone else's that is called by the group's id."""
    owner, other = workspace.person(), workspace.person()
    secret = group(owner)
    return owner, secret, workspace.channel(other, owner, name=secret["_id"])


def test_an_id_wins_over_a_name(workspace: Workspace, twins: tuple[Person, Json, Json]) -> None:
    owner, secret, decoy = twins
    assert decoy["name"] == secret["_id"]
    for _ in range(3):
        sent = owner.ok("POST", "v1/chat.postMessage", {"channel": secret["_id"], "text": "hi"})
        assert sent["message"]["rid"] == secret["_id"]
    found = invoke(workspace, owner, "getRoomIdByNameOrId", [secret["_id"]])["result"]
    assert found == secret["_id"]


def test_a_name_is_never_an_id(workspace: Workspace, twins: tuple[Person, Json, Json]) -> None:
    owner, secret, decoy = twins
    shown = owner.ok("GET", "v1/rooms.info", {"roomName": secret["_id"]})["room"]
    assert shown["_id"] == decoy["_id"]
    answer = owner.get("v1/groups.info", roomName=secret["_id"])
    assert answer.status_code == 400
    other = workspace.person()
    assert other.get("v1/rooms.info", roomName=group(owner)["_id"]).status_code == 400
    assert other.get("v1/rooms.info", roomName=fresh("n")).status_code == 400
