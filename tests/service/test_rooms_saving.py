"""Saving several settings of a room, all or none; those that need more than to be its owner."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import direct, fails
from tests.support.rooms import (
    change,
    fault,
    give_role,
    group,
    said_in,
    stored_room,
    subscription_in,
)
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace


def _save(person: Person, rid: str, **settings: Any) -> Json:
    return invoke(person.workspace, person, "saveRoomSettings", [rid, settings])


def test_a_discussions_name_may_have_spaces(workspace: Workspace) -> None:
    """[Rooms] rooms.saveRoomSettings should be able to update the discussion name with spaces"""
    owner = workspace.person()
    room = group(owner)
    change(workspace, room["_id"], prid="some-room", fname="before")
    name = f"{fresh('d')} with spaces"
    owner.ok("POST", "v1/rooms.saveRoomSettings", {"rid": room["_id"], "roomName": name})
    stored = stored_room(workspace, room["_id"])
    assert (stored["fname"], stored["name"]) == (name, room["name"])
    assert (subscription_in(owner, room["_id"]) or {})["fname"] == name


def test_a_default_room_is_the_administrations_choice(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    answer = owner.post("v1/channels.setDefault", {"roomId": rid, "default": True})
    details = {"method": "saveRoomSettings", "action": "Viewing_room_administration"}
    reason = "Viewing room administration is not allowed"
    fails(answer, reason, "error-action-not-allowed", details)
    admin = workspace.admin
    try:
        room = admin.ok("POST", "v1/channels.setDefault", {"roomId": rid, "default": "true"})
        assert room["channel"]["default"] is True
        assert subscription_in(workspace.person(), rid) is not None
        again = admin.post("v1/channels.setDefault", {"roomId": rid, "default": True})
        assert again.json() == {
            "success": False,
            "error": "The channel default setting is the same as what it would be changed to.",
            "errorType": "error-channels-setdefault-missing-default-param",
        }
    finally:
        change(workspace, rid, default=False)


def test_a_default_room_may_start_as_a_favorite(workspace: Workspace) -> None:
    """[Rooms] rooms.saveRoomSettings should mark a room as favorite, not when no default room"""
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    for default in (True, False):
        favorite = {"favorite": True, "defaultValue": default}
        owner.ok("POST", "v1/rooms.saveRoomSettings", {"rid": rid, "favorite": favorite})
        assert stored_room(workspace, rid).get("favorite") == (True if default else None)


def test_encryption_is_switched_where_the_workspace_has_it(workspace: Workspace) -> None:
    """[Groups] /groups.setEncrypted: no boolean param; encrypted; unencrypted"""
    owner, member = workspace.person(), workspace.person()
    room = group(owner, member)
    given: Json = {"roomId": room["_id"], "encrypted": "x"}
    fails(owner.post("v1/groups.setEncrypted", given), 'The bodyParam "encrypted" is required')
    given["encrypted"] = True
    details = {"method": "saveRoomSettings", "action": "Change_Room_Encrypted"}
    reason = "Only groups or direct channels can enable encryption"
    answer = owner.post("v1/groups.setEncrypted", given)
    fails(answer, reason, "error-action-not-allowed", details)
    with setting(workspace, "E2E_Enable", True):
        for on, said in ((True, "room_e2e_enabled"), (False, "room_e2e_disabled")):
            room = owner.ok("POST", "v1/groups.setEncrypted", {**given, "encrypted": on})["group"]
            assert room["encrypted"] is on
            assert said_in(workspace, room["_id"])[-1] == (said, owner.username, owner.username)
        give_role(member, room["_id"], "moderator")
        answer = member.post("v1/groups.setEncrypted", given)
        reason = "You do not have permission to toggle E2E encryption"
        fails(answer, reason, "error-action-not-allowed", details)
        channel = workspace.channel(owner)["_id"]
        assert "error" in _save(owner, channel, encrypted=True)


def test_in_a_direct_room_all_that_can_be_set_is_encryption(workspace: Workspace) -> None:
    one, other, outsider = (workspace.person() for _ in range(3))
    rid = direct(workspace, one, other)["_id"]
    with setting(workspace, "E2E_Enable", True):
        assert _save(one, rid, encrypted=True, roomTopic="x")["result"]["rid"] == rid
        assert "error" in _save(outsider, rid, encrypted=False)
    stored = stored_room(workspace, rid)
    assert (stored["encrypted"], stored.get("topic")) == (True, None)
    assert _save(one, rid, roomTopic="x")["error"]["error"] == "error-action-not-allowed"


def test_several_settings_are_saved_together(workspace: Workspace) -> None:
    owner = workspace.person()
    room, name = workspace.channel(owner), fresh("n")
    settings = {
        "roomName": name,
        "roomTopic": "T",
        "roomAnnouncement": {"message": "A", "color": "red"},
        "roomDescription": "D",
        "readOnly": True,
        "reactWhenReadOnly": True,
        "systemMessages": ["uj", "ul"],
        "streamingOptions": {"id": "x", "type": "call"},
        "joinCode": "x",
    }
    outcome = _save(owner, room["_id"], **settings)
    assert outcome == {"result": {"result": True, "rid": room["_id"]}}
    stored = stored_room(workspace, room["_id"])
    wanted = {"name": name, "topic": "T", "announcement": "A", "description": "D", "ro": True}
    wanted |= {"announcementDetails": {"color": "red"}, "reactWhenReadOnly": True}
    wanted |= {"sysMes": ["uj", "ul"], "streamingOptions": settings["streamingOptions"]}
    assert {key: stored[key] for key in wanted} == wanted
    assert [kind for kind, _, _ in said_in(workspace, room["_id"])] == [
        "r",
        "room_changed_topic",
        "room_changed_announcement",
        "room_changed_description",
        "room-set-read-only",
        "room-allowed-reacting",
    ]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"default": True}, "error-action-not-allowed"),
        ({"featured": True}, "error-action-not-allowed"),
        ({"roomName": "a b"}, "error-invalid-room-name"),
        ({"roomType": "d"}, "error-invalid-room-type"),
        ({"retentionMaxAge": 3}, "error-action-not-allowed"),
        ({"retentionMaxAge": "soon"}, "error-invalid-settings"),
        ({"encrypted": True}, "error-action-not-allowed"),
        ({"sidepanel": {"items": []}}, "error-action-not-allowed"),
        ({"roomAnnouncement": {"message": 1}}, "error-invalid-settings"),
        ({"roomAvatar": "data:"}, "error-invalid-image"),
        ({"_id": "x"}, "error-invalid-settings"),
        ({"readOnly": "yes"}, 400),
        ({"systemMessages": [1]}, 400),
    ],
)
def test_one_setting_that_cannot_be_and_none_is_saved(
    workspace: Workspace, wrong: Json, code: str
) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    before = snapshot(workspace)
    error = _save(owner, rid, roomTopic="T", **wrong)["error"]
    assert error.get("error", (error.get("sanitizedError") or {}).get("error")) == code
    rest = owner.post("v1/rooms.saveRoomSettings", {"rid": rid, "roomTopic": "T", **wrong})
    assert rest.status_code == 400
    assert not changes(workspace, before)


def test_only_who_may_edit_saves_settings(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    answer = member.post("v1/channels.setTopic", {"roomId": rid, "topic": "T"})
    details = {"method": "saveRoomSettings", "action": "Editing_room"}
    fails(answer, "Editing room is not allowed", "error-action-not-allowed", details)
    give_role(member, rid, "moderator")
    member.ok("POST", "v1/channels.setTopic", {"roomId": rid, "topic": "T"})
    workspace.admin.ok("POST", "v1/rooms.saveRoomSettings", {"rid": rid, "roomTopic": "admin's"})
    assert fault(owner, workspace, "saveRoomSettings", "no-room", {}) == "error-invalid-room"


def test_a_broadcast_room_stays_read_only(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner, extraData={"broadcast": True})["_id"]
    error = _save(owner, rid, reactWhenReadOnly=True)["error"]
    reason = "Editing readOnly/reactWhenReadOnly are not allowed for broadcast rooms"
    assert (error["error"], error["reason"]) == ("error-action-not-allowed", reason)


def test_how_long_messages_are_kept_is_set_with_a_permission_of_its_own(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    settings = {"retentionEnabled": True, "retentionOverrideGlobal": True, "retentionMaxAge": "7"}
    assert "error" in _save(owner, rid, **settings)
    assert "result" in _save(workspace.admin, rid, **settings, retentionFilesOnly=True)
    wanted = {"enabled": True, "overrideGlobal": True, "maxAge": 7, "filesOnly": True}
    assert stored_room(workspace, rid)["retention"] == wanted
    assert "result" in _save(owner, rid, **settings, roomTopic="unchanged beside it")


@pytest.mark.parametrize(
    "items", [["x"], ["channels", "x"], ["channels"] * 2, ["channels", "discussions", "x"]]
)
def test_a_teams_side_panel_lists_channels_and_discussions(
    workspace: Workspace, items: list[str]
) -> None:
    """[Rooms] rooms.saveRoomSettings: team sidepanel with incorrect, with more than 2 items"""
    owner = workspace.person()
    rid = group(owner)["_id"]
    change(workspace, rid, teamId="some-team", teamMain=True)
    answer = owner.post("v1/rooms.saveRoomSettings", {"rid": rid, "sidepanel": {"items": items}})
    assert answer.json()["errorType"] == "error-invalid-sidepanel"
    given = {"rid": rid, "sidepanel": {"items": ["discussions", "channels"]}}
    owner.ok("POST", "v1/rooms.saveRoomSettings", given)
    assert stored_room(workspace, rid)["sidepanel"] == given["sidepanel"]


async def test_everyone_in_a_room_hears_of_its_new_name(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid, name = group(owner, member)["_id"], fresh("n")
    notify = "stream-notify-user"
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(member.token)
        for event in ("rooms-changed", "subscriptions-changed"):
            await client.sub(notify, f"{member.id}/{event}", False)
        await client.sub("stream-room-messages", rid, False)
        owner.ok("POST", "v1/groups.rename", {"roomId": rid, "name": name})
        action, row = await client.event(notify, f"{member.id}/subscriptions-changed")
        assert (action, row["name"], row["u"]["_id"]) == ("updated", name, member.id)
        action, room = await client.event(notify, f"{member.id}/rooms-changed")
        assert (action, room["name"]) == ("updated", name)
        (message,) = await client.event("stream-room-messages", rid)
        assert (message["t"], message["msg"]) == ("r", name)
