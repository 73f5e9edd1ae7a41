"""Archiving rooms, and deleting them with all that is in them."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.domain import ownership
from contrail.domain.system_messages import Saying, say
from contrail.shapes.caller import Caller
from tests.support.ddp import Ddp
from tests.support.people import direct, fails, said
from tests.support.rooms import (
    change,
    fault,
    give_role,
    group,
    members_of,
    room_of,
    said_in,
    stored_room,
    subscription_in,
)
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.workspace import Json, Person, Workspace

every_family = pytest.mark.parametrize("family", ["channels", "groups"])


def _room(family: str, owner: Person, *members: Person) -> Json:
    room: Json
    room = (
        owner.workspace.channel(owner, *members) if family == "channels" else group(owner, *members)
    )
    return room


@every_family
def test_an_archived_room_is_closed_until_it_is_brought_back(
    workspace: Workspace, family: str
) -> None:
    admin, member = workspace.admin, workspace.person()
    room = _room(family, admin, member)
    given = {"roomId": room["_id"]}
    admin.ok("POST", f"v1/{family}.archive", given)
    row = subscription_in(member, room["_id"]) or {}
    assert (row["archived"], row["open"], row["alert"]) == (True, False, False)
    assert stored_room(workspace, room["_id"])["archived"] is True
    kind = "channel" if family == "channels" else "private group"
    again = admin.post(f"v1/{family}.archive", given)
    fails(again, f"The {kind}, {room['name']}, is archived", "error-room-archived")
    message = {"message": {"rid": room["_id"], "msg": "hi"}}
    assert member.post("v1/chat.sendMessage", message).status_code == 400
    admin.ok("POST", f"v1/{family}.unarchive", given)
    row = subscription_in(member, room["_id"]) or {}
    assert (row["archived"], row["open"]) == (False, True)
    member.ok("POST", "v1/chat.sendMessage", message)
    name = admin.username
    expected = [("room-archived", "", name), ("room-unarchived", "", name)]
    assert said_in(workspace, room["_id"]) == expected


def test_a_channel_that_is_not_archived_is_not_brought_back(workspace: Workspace) -> None:
    room = workspace.channel(workspace.admin)
    answer = workspace.admin.post("v1/channels.unarchive", {"roomId": room["_id"]})
    fails(answer, f"The channel, {room['name']}, is not archived")


def test_archiving_and_bringing_back_have_permissions_of_their_own(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    given = {"rid": rid, "action": "archive"}
    answer = member.post("v1/rooms.changeArchivationState", given)
    details = {"method": "archiveRoom"}
    fails(answer, "Not authorized", "error-not-authorized", details)
    owner.ok("POST", "v1/rooms.changeArchivationState", given)
    assert fault(owner, workspace, "unarchiveRoom", rid) == "error-not-authorized"
    given["action"] = "unarchive"
    workspace.admin.ok("POST", "v1/rooms.changeArchivationState", given)
    assert stored_room(workspace, rid)["archived"] is False
    answer = owner.post("v1/rooms.changeArchivationState", {**given, "rid": "no-room"})
    details = {"method": "unarchiveRoom"}
    fails(answer, "Invalid room", "error-invalid-room", details)


def test_a_direct_room_is_not_archived(workspace: Workspace) -> None:
    room = direct(workspace, workspace.person(), workspace.person())
    code = fault(workspace.admin, workspace, "archiveRoom", room["_id"])
    assert code == "error-direct-message-room"


@every_family
def test_a_deleted_room_is_gone_with_all_that_was_in_it(workspace: Workspace, family: str) -> None:
    """delete should delete group; /channels.info; should return group not found"""
    owner, member = workspace.person(), workspace.person()
    room = _room(family, owner, member)
    said(member, room, "hi")
    given = {"roomId": room["_id"]}
    answer = member.post(f"v1/{family}.delete", given)
    fails(answer, "Not allowed", "error-not-allowed", {"method": "eraseRoom"})
    owner.ok("POST", f"v1/{family}.delete", given)
    assert room_of(workspace, room["_id"]) is None
    assert members_of(workspace, room["_id"]) == set()
    found = workspace.database["rocketchat_message"].count_documents({"rid": room["_id"]})
    assert found == 0
    again = owner.post(f"v1/{family}.delete", given)
    assert again.json()["errorType"] == "error-room-not-found"


def test_deleting_by_id_names_a_room_that_exists(workspace: Workspace) -> None:
    """[Rooms] /rooms.delete: roomId not provided; when the request is correct; id doesn't exist"""
    admin = workspace.admin
    fails(admin.post("v1/rooms.delete", {}), "The 'roomId' param is required")
    answer = admin.post("v1/rooms.delete", {"roomId": "no-room"})
    fails(answer, "Invalid room", "error-invalid-room", {"method": "eraseRoom"})
    rid = group(workspace.person())["_id"]
    admin.ok("POST", "v1/rooms.delete", {"roomId": rid})
    assert room_of(workspace, rid) is None
    rid = workspace.channel(admin)["_id"]
    assert invoke(workspace, admin, "eraseRoom", [rid]) == {"result": True}


def test_a_teams_main_room_is_not_deleted_alone(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    change(workspace, rid, teamId="some-team", teamMain=True)
    before = snapshot(workspace)
    answer = owner.post("v1/rooms.delete", {"roomId": rid})
    reason = "Cannot delete a team channel"
    fails(answer, reason, "error-cannot-delete-team-channel", {"method": "eraseRoom"})
    assert not changes(workspace, before)


def test_a_team_is_told_of_a_room_it_lost(workspace: Workspace) -> None:
    owner = workspace.person()
    main, room = workspace.channel(owner), workspace.channel(owner)
    team = {"_id": fresh("t"), "name": fresh("t"), "type": 0, "roomId": main["_id"]}
    workspace.database["rocketchat_team"].insert_one(team)
    change(workspace, main["_id"], teamId=team["_id"], teamMain=True)
    change(workspace, room["_id"], teamId=team["_id"])
    owner.ok("POST", "v1/rooms.delete", {"roomId": room["_id"]})
    expected = ("user-deleted-room-from-team", room["name"], owner.username)
    assert said_in(workspace, main["_id"]) == [expected]


async def test_members_hear_that_a_room_is_gone_and_nobody_listens_there_any_more(
    workspace: Workspace,
) -> None:
    owner, member, outsider = (workspace.person() for _ in range(3))
    rid, notify = workspace.channel(owner, member)["_id"], "stream-notify-user"
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as looking:
        await client.connect()
        await client.resume(member.token)
        for event in ("rooms-changed", "subscriptions-changed"):
            await client.sub(notify, f"{member.id}/{event}", False)
        await looking.connect()
        await looking.resume(outsider.token)
        await looking.sub("stream-room-messages", rid, False)
        owner.ok("POST", "v1/channels.delete", {"roomId": rid})
        assert workspace.runtime.connections.occupied(f"room:{rid}") == []
        action, row = await client.event(notify, f"{member.id}/subscriptions-changed")
        assert (action, row["rid"]) == ("removed", rid)
        assert await client.event(notify, f"{member.id}/rooms-changed") == [
            "removed",
            {"_id": rid},
        ]


def test_ending_a_room_again_finishes_what_was_left(workspace: Workspace) -> None:
    """What a process that died left behind goes, and doing it once more does no harm."""
    owner, member = workspace.person(), workspace.person()
    room = workspace.channel(owner, member)
    said(owner, room, "hi")
    at = workspace.runtime.instances["rooms"]
    at.store.copies.empty_room(room["_id"])
    for _ in range(2):
        ownership.end(at, Caller(), room["_id"])
        assert room_of(workspace, room["_id"]) is None
        assert members_of(workspace, room["_id"]) == set()
    give_role(owner, room["_id"], "owner")
    assert subscription_in(owner, room["_id"]) is None


def test_what_is_sent_while_a_room_ends_goes_with_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = workspace.person()
    room = workspace.channel(owner)
    messaging, rooms = (workspace.runtime.instances[name] for name in ("messaging", "rooms"))
    insert = messaging.store.messages.insert

    def end_then_insert(*given: Any) -> None:
        owner.ok("POST", "v1/rooms.delete", {"roomId": room["_id"]})
        insert(*given)

    with monkeypatch.context() as patch:
        patch.setattr(messaging.store.messages, "insert", end_then_insert)
        answer = owner.post("v1/chat.sendMessage", {"message": {"rid": room["_id"], "msg": "hi"}})
    fails(answer, "error-invalid-room")
    messages = workspace.database["rocketchat_message"]
    assert messages.count_documents({"rid": room["_id"]}) == 0
    other, insert_all = workspace.channel(owner), rooms.store.messages.insert_all

    def end_then_say(*given: Any) -> None:
        ownership.end(rooms, Caller(uid=owner.id), other["_id"])
        insert_all(*given)

    with monkeypatch.context() as patch:
        patch.setattr(rooms.store.messages, "insert_all", end_then_say)
        say(rooms, other["_id"], [Saying("uj", "x", {"_id": owner.id})], correlation_id="")
    assert messages.count_documents({"rid": other["_id"]}) == 0
