"""What people write about a room has an end, and so has what they may name at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.rooms import group
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.teams import team_of
from tests.support.workspace import Workspace

LONG = "x" * 100_001
LARGE = {"field": "x" * 20_001}
MANY = ["someone"] * 10_001
CASES: list[tuple[str, dict[str, Any]]] = [
    ("rooms.saveRoomSettings", {"roomTopic": LONG}),
    ("rooms.saveRoomSettings", {"roomAnnouncement": LONG}),
    ("rooms.saveRoomSettings", {"roomAnnouncement": {"message": "m", **LARGE}}),
    ("rooms.saveRoomSettings", {"roomCustomFields": LARGE}),
    ("rooms.saveRoomSettings", {"streamingOptions": LARGE}),
    ("rooms.saveRoomSettings", {"systemMessages": ["uj"] * 101}),
    ("rooms.saveRoomSettings", {"sidepanel": LARGE}),
    ("groups.setCustomFields", {"customFields": LARGE}),
    ("rooms.createDiscussion", {"t_name": "About", "topic": LONG}),
    ("groups.create", {"extraData": {"topic": LONG}}),
    ("groups.create", {"extraData": {"description": LONG}}),
    ("groups.create", {"customFields": LARGE}),
    ("groups.create", {"members": MANY}),
    ("groups.create", {"teams": MANY}),
    ("channels.create", {"extraData": {"topic": LONG}}),
    ("channels.create", {"customFields": LARGE}),
    ("teams.create", {"type": 0, "room": {"customFields": LARGE}}),
    ("teams.create", {"type": 0, "room": {"extraData": {"topic": LONG}}}),
]


@pytest.mark.parametrize(("path", "given"), CASES)
def test_what_has_no_end_is_refused(workspace: Workspace, path: str, given: dict[str, Any]) -> None:
    owner = workspace.person()
    rid = group(owner)["_id"]
    before = snapshot(workspace)
    named = {"roomId": rid, "rid": rid, "prid": rid, "name": fresh("n")}
    assert owner.post(f"v1/{path}", {**named, **given}).status_code == 400
    assert not changes(workspace, before)


def test_the_same_over_ddp_and_in_direct_rooms(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = owner.ok("POST", "v1/im.create", {"username": other.username})["room"]["_id"]
    before = snapshot(workspace)
    given = {"roomId": rid, "topic": LONG}
    assert workspace.admin.post("v1/im.setTopic", given).status_code == 400
    asked = [fresh("n"), [], False, LARGE, {}]
    error = invoke(workspace, owner, "createPrivateGroup", asked)["error"]
    assert error["sanitizedError"]["error"] == 400
    assert not changes(workspace, before)


@pytest.mark.parametrize("path", ["channels.create", "groups.create"])
def test_what_cannot_be_encrypted_is_not_made(workspace: Workspace, path: str) -> None:
    """Encryption is off here, and no channel has it."""
    owner = workspace.person()
    before = snapshot(workspace)
    given = {"name": fresh("n"), "extraData": {"encrypted": True}}
    answer = owner.post(f"v1/{path}", given).json()
    assert answer["errorType"] == "error-action-not-allowed"
    assert not changes(workspace, before)
    room = owner.ok("POST", f"v1/{path}", {**given, "extraData": {"encrypted": False}})
    assert room[path.removesuffix("s.create")]["encrypted"] is False


def test_what_fits_is_kept(workspace: Workspace) -> None:
    owner = workspace.person()
    team = team_of(owner, room={"customFields": {"a": {"b": 1}}, "extraData": {"topic": "t"}})
    rooms = workspace.database["rocketchat_room"]
    room = rooms.find_one({"_id": team["roomId"]}) or {}
    assert (room["customFields"], room["topic"]) == ({"a": {"b": 1}}, "t")
