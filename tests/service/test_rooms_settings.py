"""Changing one thing about a channel or a group, and what everyone in it sees of that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import fails
from tests.support.rooms import (
    group,
    said_in,
    stored_room,
    subscription_in,
)
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.workspace import Json, Person, Workspace

FAMILIES = {"channels": "The channel", "groups": "The private group"}
every_family = pytest.mark.parametrize("family", sorted(FAMILIES))


def _room(owner: Person, family: str, *members: Person) -> Json:
    made = owner.workspace.channel if family == "channels" else group
    return made(owner, *members)


def _save(person: Person, rid: str, **settings: Any) -> Json:
    return invoke(person.workspace, person, "saveRoomSettings", [rid, settings])


@every_family
def test_texts_are_set_said_and_emptied(workspace: Workspace, family: str) -> None:
    """setDescription, setTopic, setPurpose, setAnnouncement: a string, and an empty string"""
    owner = workspace.person()
    rid = _room(owner, family)["_id"]
    for name, field, said in (
        ("Topic", "topic", "room_changed_topic"),
        ("Description", "description", "room_changed_description"),
        ("Purpose", "description", "room_changed_description"),
        ("Announcement", "announcement", "room_changed_announcement"),
    ):
        for text in (f"a {name} <b>&</b>", ""):
            given = {"roomId": rid, name.lower(): text}
            answer = owner.ok("POST", f"v1/{family}.set{name}", given)
            assert answer == {name.lower(): text, "success": True}
            assert stored_room(workspace, rid)[field] == text
            assert said_in(workspace, rid)[-1] == (said, text, owner.username)


@every_family
@pytest.mark.parametrize(
    "name", ["Topic", "Description", "Purpose", "Announcement", "ReadOnly", "Type"]
)
def test_what_is_needed_is_asked_for(workspace: Workspace, family: str, name: str) -> None:
    owner = workspace.person()
    field = name[0].lower() + name[1:]
    answer = owner.post(f"v1/{family}.set{name}", {"roomId": _room(owner, family)["_id"]})
    fails(answer, f'The bodyParam "{field}" is required')


@every_family
def test_a_room_has_to_be_named(workspace: Workspace, family: str) -> None:
    code = "error-roomid-param-not-provided"
    if family == "groups":
        code = "error-room-param-not-provided"
    answer = workspace.person().post(f"v1/{family}.setTopic", {"topic": "x"})
    fails(answer, 'The parameter "roomId" or "roomName" is required', code)


def test_a_channel_refuses_what_stands_there_already(workspace: Workspace) -> None:
    owner = workspace.person()
    room = workspace.channel(owner, extraData={"topic": "T", "description": "D"})
    same = "is the same as what it would be changed to."
    for name, given, said in (
        ("setTopic", {"topic": "T"}, "topic"),
        ("setDescription", {"description": "D"}, "description"),
        ("setPurpose", {"purpose": "D"}, "purpose (description)"),
        ("setReadOnly", {"readOnly": False}, "read only setting"),
        ("setType", {"type": "c"}, "type"),
    ):
        answer = owner.post(f"v1/channels.{name}", {"roomId": room["_id"], **given})
        fails(answer, f"The channel {said} {same}")
    answer = owner.post("v1/channels.rename", {"roomId": room["_id"], "name": room["name"]})
    fails(answer, "The channel name is the same as what it would be renamed to.")
    assert said_in(workspace, room["_id"]) == []


@every_family
def test_a_new_name_shows_everywhere(workspace: Workspace, family: str) -> None:
    """[Groups] /groups.rename should return the group rename with an additional message"""
    owner, member = workspace.person(), workspace.person()
    room, name = _room(owner, family, member), fresh("n")
    answer = owner.ok("POST", f"v1/{family}.rename", {"roomId": room["_id"], "name": name})
    shown = answer[family[:-1]]
    assert (shown["name"], shown["fname"], shown["msgs"]) == (name, name, 0)
    assert stored_room(workspace, room["_id"])["msgs"] == 1
    for one in (owner, member):
        row = subscription_in(one, room["_id"]) or {}
        assert (row["name"], row["fname"]) == (name, name)
    assert said_in(workspace, room["_id"]) == [("r", name, owner.username)]
    fails(
        owner.post(f"v1/{family}.rename", {"roomId": room["_id"], "name": " "}),
        'The bodyParam "name" is required',
    )


def test_a_name_that_is_taken_or_no_name_changes_nothing(workspace: Workspace) -> None:
    owner = workspace.person()
    room, other = workspace.channel(owner), group(owner)
    before = snapshot(workspace)
    details = {"function": "RocketChat.getValidRoomName", "channel_name": other["name"]}
    given = {"roomId": room["_id"], "name": other["name"]}
    reason = f"A channel with name '{other['name']}' exists"
    answer = owner.post("v1/channels.rename", given)
    fails(answer, reason, "error-duplicate-channel-name", details)
    code = invoke(workspace, owner, "saveRoomSettings", [room["_id"], "roomName", "a b"])
    assert code["error"]["error"] == "error-invalid-room-name"
    assert not changes(workspace, before)


def test_of_fifty_rooms_that_take_one_name_at_once_one_gets_it(workspace: Workspace) -> None:
    owner, name = workspace.person(), fresh("n")
    rids = [workspace.channel(owner)["_id"] for _ in range(50)]
    with ThreadPoolExecutor(10) as pool:
        tries = pool.map(
            lambda rid: owner.post("v1/channels.rename", {"roomId": rid, "name": name}), rids
        )
        codes = [answer.status_code for answer in tries]
    assert sorted(codes) == [200] + [400] * 49
    rows = list(workspace.database["rocketchat_subscription"].find({"name": name}))
    assert [row["rid"] for row in rows] == [rids[codes.index(200)]]


@every_family
def test_read_only_is_set_and_ended(workspace: Workspace, family: str) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = _room(owner, family, member)["_id"]
    sent = {"message": {"rid": rid, "msg": "hi"}}
    for read_only, said in ((True, "room-set-read-only"), (False, "room-removed-read-only")):
        given = {"roomId": rid, "readOnly": read_only}
        answer = owner.ok("POST", f"v1/{family}.setReadOnly", given)
        assert answer[family[:-1]]["ro"] is read_only
        assert said_in(workspace, rid)[-1] == (said, "", owner.username)
        code = 400 if read_only else 200
        assert member.post("v1/chat.sendMessage", sent).status_code == code
        again = owner.post(f"v1/{family}.setReadOnly", given)
        same = "read only setting is the same as what it would be changed to."
        fails(again, f"{FAMILIES[family]} {same}")


@every_family
def test_a_room_changes_its_type(workspace: Workspace, family: str) -> None:
    """setType should change the type public channel to private, and of the group to a channel"""
    owner, member, outsider = (workspace.person() for _ in range(3))
    room = _room(owner, family, member)
    kind = "p" if family == "channels" else "c"
    given = {"roomId": room["_id"], "type": kind}
    assert owner.ok("POST", f"v1/{family}.setType", given)[family[:-1]]["t"] == kind
    assert (subscription_in(member, room["_id"]) or {})["t"] == kind
    text = "Private Group" if kind == "p" else "Channel"
    assert said_in(workspace, room["_id"]) == [("room_changed_privacy", text, owner.username)]
    seen = invoke(workspace, outsider, "getRoomIdByNameOrId", [room["_id"]])
    assert ("result" in seen) == (kind == "c")
    wrong = _save(owner, room["_id"], roomType="x")["error"]
    assert wrong["error"] == "error-invalid-room-type"


async def test_who_looked_in_from_outside_hears_nothing_of_a_room_made_private(
    workspace: Workspace,
) -> None:
    owner, outsider = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(outsider.token)
        await client.sub("stream-room-messages", rid, False)
        owner.ok("POST", "v1/channels.setType", {"roomId": rid, "type": "p"})
        owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "secret"}})
        workspace.settle()
        await client.call("rooms/get")
        assert "secret" not in str(client.frames)


@every_family
@pytest.mark.parametrize("fields", [{"a": 1}, {"a": {"b": [1]}, "c": {"d": {"e": "f"}}}, {}])
def test_custom_fields_are_set_whole(workspace: Workspace, family: str, fields: Json) -> None:
    """setCustomFields: one nested field, multiple nested fields, empty object"""
    owner = workspace.person()
    rid = _room(owner, family)["_id"]
    given = {"roomId": rid, "customFields": {"old": 1}}
    owner.ok("POST", f"v1/{family}.setCustomFields", given)
    given = {"roomId": rid, "customFields": fields}
    room = owner.ok("POST", f"v1/{family}.setCustomFields", given)[family[:-1]]
    assert room["customFields"] == fields
    assert (subscription_in(owner, rid) or {})["customFields"] == fields


@every_family
def test_custom_fields_are_an_object(workspace: Workspace, family: str) -> None:
    """setCustomFields: set customFields as a string -> should return 400"""
    owner = workspace.person()
    given = {"roomId": _room(owner, family)["_id"], "customFields": "x"}
    answer = owner.post(f"v1/{family}.setCustomFields", given)
    fails(answer, 'The bodyParam "customFields" is required with a type like object.')


def test_a_join_code_is_asked_for_and_never_shown(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    given = {"roomId": rid, "joinCode": "c0de-Secret"}
    room = owner.ok("POST", "v1/channels.setJoinCode", given)["channel"]
    assert room["joinCodeRequired"] is True
    assert "c0de-Secret" not in str(room)
    details = {"method": "joinRoom"}
    answer = other.post("v1/channels.join", {"roomId": rid})
    fails(answer, "Code required", "error-code-required", details)
    answer = other.post("v1/channels.join", {"roomId": rid, "joinCode": "x"})
    fails(answer, "Invalid Room Password", "error-code-invalid", details)
    other.ok("POST", "v1/channels.join", {"roomId": rid, "joinCode": "c0de-Secret"})
    _save(owner, rid, joinCode="")
    assert "joinCode" not in stored_room(workspace, rid)
    workspace.person().ok("POST", "v1/channels.join", {"roomId": rid})
    fails(
        owner.post("v1/channels.setJoinCode", {"roomId": rid, "joinCode": " "}),
        'The bodyParam "joinCode" is required',
    )
