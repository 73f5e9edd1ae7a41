"""Making channels and groups: what they are called, who is in them, what they start with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.people import direct, fails
from tests.support.rooms import group, members_of, said_in, stored_room, subscription_in
from tests.support.scene import changes, fresh, invoke, refused, snapshot, without
from tests.support.settings import setting
from tests.support.teams import team_of
from tests.support.workspace import Json, Workspace

SPECIAL = "UI_Allow_room_names_with_special_chars"


def test_a_new_group_is_private_and_has_its_members(workspace: Workspace) -> None:
    owner, member, outsider = (workspace.person() for _ in range(3))
    room = group(owner, member, readOnly=True, customFields={"a": 1})
    assert (room["t"], room["ro"], room["usersCount"]) == ("p", True, 2)
    assert room["customFields"] == {"a": 1}
    assert members_of(workspace, room["_id"]) == {owner.id, member.id}
    assert said_in(workspace, room["_id"]) == []
    name = [room["name"]]
    assert invoke(workspace, member, "getRoomIdByNameOrId", name) == {"result": room["_id"]}
    assert "error" in invoke(workspace, outsider, "getRoomIdByNameOrId", name)


@pytest.mark.parametrize(("family", "said"), [("channels", "Param"), ("groups", "Body param")])
def test_what_is_wrong_with_a_new_room_is_said(
    workspace: Workspace, family: str, said: str
) -> None:
    person = workspace.person()
    path = f"v1/{family}.create"
    fails(person.post(path, {}), f'{said} "name" is required')
    fails(person.post(path, {"name": ""}), f'{said} "name" is required')
    wrong: Json = {"name": fresh("c"), "members": "x"}
    fails(person.post(path, wrong), f'{said} "members" must be an array if provided')
    wrong = {"name": fresh("c"), "customFields": "x"}
    fails(person.post(path, wrong), f'{said} "customFields" must be an object if provided')


def test_channels_and_groups_share_their_names(workspace: Workspace) -> None:
    person = workspace.person()
    room = group(person)
    details = {"function": "RocketChat.getValidRoomName", "channel_name": room["name"]}
    for family in ("channels", "groups"):
        answer = person.post(f"v1/{family}.create", {"name": room["name"]})
        reason = f"A channel with name '{room['name']}' exists"
        fails(answer, reason, "error-duplicate-channel-name", details)


def test_a_name_that_the_workspace_keeps_for_itself_is_no_rooms(workspace: Workspace) -> None:
    answer = workspace.person().post("v1/channels.create", {"name": "Administrator"})
    details = {"function": "RocketChat.getValidRoomName", "channel_name": "Administrator"}
    reason = "Administrator is not a valid room name."
    fails(answer, reason, "error-invalid-room-name", details)


def test_with_special_characters_a_room_shows_its_name_and_has_a_plain_one(
    workspace: Workspace,
) -> None:
    person, number = workspace.person(), fresh("")
    with setting(workspace, SPECIAL, True):
        made = {
            shown: person.ok("POST", "v1/channels.create", {"name": shown})["channel"]
            for shown in (f"Ünïted Straße {number}!", f"Ελ {number}", f"{number} a/b#c")
        }
    names = {shown: room["name"] for shown, room in made.items()}
    assert list(names.values()) == [
        f"United-Strasse-{number}",
        f"395-3bb-{number}",
        f"{number}-a-b-c",
    ]
    assert all(room["fname"] == shown for shown, room in made.items())


def test_with_special_characters_the_shown_name_is_given_once_and_plain_ones_are_numbered(
    workspace: Workspace,
) -> None:
    person, name = workspace.person(), fresh("n")
    with setting(workspace, SPECIAL, True):
        first = person.ok("POST", "v1/channels.create", {"name": f"{name} a"})["channel"]
        second = person.ok("POST", "v1/channels.create", {"name": f"{name}-a"})["channel"]
        again = person.post("v1/channels.create", {"name": f"{name} a"})
    assert (first["name"], second["name"]) == (f"{name}-a", f"{name}-a-1")
    details = {"function": "RocketChat.getValidRoomName", "channel_name": f"{name}-a"}
    reason = f"A channel with name '{name}-a' exists"
    fails(again, reason, "error-duplicate-channel-name", details)


def test_a_pattern_that_is_none_leaves_the_usual_one(workspace: Workspace) -> None:
    person = workspace.person()
    with setting(workspace, "UTF8_Channel_Names_Validation", "[0-9"):
        workspace.channel(person)
        assert person.post("v1/channels.create", {"name": "a b"}).status_code == 400
    with setting(workspace, "UTF8_Channel_Names_Validation", "[0-9a-zé ]+"):
        workspace.channel(person, name=f"é {fresh('')}")


def test_private_groups_are_encrypted_from_the_start_where_the_workspace_says_so(
    workspace: Workspace,
) -> None:
    """[Groups] /groups.create E2E enabled by default should create the encrypted room by default"""
    person = workspace.person()
    with setting(workspace, "E2E_Enabled_Default_PrivateRooms", True):
        assert group(person)["encrypted"] is False
        with setting(workspace, "E2E_Enable", True):
            assert group(person)["encrypted"] is True
            assert workspace.channel(person)["encrypted"] is False
            assert group(person, extraData={"encrypted": False})["encrypted"] is False


def test_an_encrypted_group_takes_plain_messages_only_where_the_workspace_says_so(
    workspace: Workspace,
) -> None:
    """[Groups] /groups.create validate E2E rooms: un-encrypted messages, error or allowed"""
    person = workspace.person()
    with setting(workspace, "E2E_Enable", True):
        room = group(person, extraData={"encrypted": True})
        sent = {"message": {"rid": room["_id"], "msg": "plain"}}
        with setting(workspace, "E2E_Allow_Unencrypted_Messages", False):
            assert person.post("v1/chat.sendMessage", sent).status_code == 400
        with setting(workspace, "E2E_Allow_Unencrypted_Messages", True):
            person.ok("POST", "v1/chat.sendMessage", sent)


def test_a_broadcast_room_is_read_only(workspace: Workspace) -> None:
    room = workspace.channel(workspace.person(), extraData={"broadcast": True})
    assert (room["broadcast"], room["ro"]) == (True, True)


def test_only_who_may_add_to_a_team_makes_a_room_in_it(workspace: Workspace) -> None:
    owner, outsider = workspace.person(), workspace.person()
    team = owner.ok("POST", "v1/teams.create", {"name": fresh("t"), "type": 0})["team"]
    given = {"name": fresh("c"), "extraData": {"teamId": team["_id"]}}
    before = snapshot(workspace)
    answer = outsider.post("v1/channels.create", given)
    refused(answer, 403, {"success": False, "error": "unauthorized"})
    assert not changes(workspace, before)
    room = owner.ok("POST", "v1/channels.create", given)["channel"]
    assert stored_room(workspace, room["_id"])["teamId"] == team["_id"]


def test_what_someone_prefers_holds_in_a_room_they_come_to(workspace: Workspace) -> None:
    person, owner = workspace.person(), workspace.person()
    data = {"desktopNotifications": "nothing", "emailNotificationMode": "default"}
    person.ok("POST", "v1/users.setPreferences", {"userId": person.id, "data": data})
    joined, invited = workspace.channel(owner), workspace.channel(owner)
    made = workspace.channel(owner, person)
    person.ok("POST", "v1/channels.join", {"roomId": joined["_id"]})
    owner.ok("POST", "v1/channels.invite", {"roomId": invited["_id"], "userId": person.id})
    for room in (joined, invited, made):
        row = subscription_in(person, room["_id"]) or {}
        assert (row["desktopNotifications"], row["desktopPrefOrigin"]) == ("nothing", "user")
        assert "emailNotifications" not in row


def test_without_the_permission_nobody_makes_a_group(workspace: Workspace) -> None:
    person = workspace.person()
    before = snapshot(workspace)
    with without(workspace, "create-p", "user"):
        workspace.settle()
        before = snapshot(workspace)
        answer = person.post("v1/groups.create", {"name": fresh("p")})
        refused(answer, 403, {"success": False, "error": "unauthorized"})
        assert not changes(workspace, before)


def test_of_fifty_who_give_one_shown_name_at_once_one_does(workspace: Workspace) -> None:
    person, name = workspace.person(), f"{fresh('n')} a b"
    with setting(workspace, SPECIAL, True), ThreadPoolExecutor(10) as pool:
        tries = pool.map(lambda _: person.post("v1/channels.create", {"name": name}), range(50))
        codes = sorted(answer.status_code for answer in tries)
    assert codes == [200] + [400] * 49
    found = workspace.database["rocketchat_room"].count_documents({"fname": name})
    assert found == 1


def test_nobody_may_be_invited_to_a_direct_room(workspace: Workspace) -> None:
    one, other, third = (workspace.person() for _ in range(3))
    room = direct(workspace, one, other)
    data = {"rid": room["_id"], "users": [third.username]}
    error = invoke(workspace, one, "addUsersToRoom", [data])["error"]
    assert error["error"] == "error-cant-invite-for-direct-room"
    assert members_of(workspace, room["_id"]) == {one.id, other.id}


@pytest.mark.parametrize("family", ["channels", "groups"])
def test_members_of_teams_are_added_as_far_as_one_may_see_who_is_in_them(
    workspace: Workspace, family: str
) -> None:
    owner, ann, bea, cid, dan = (workspace.person() for _ in range(5))
    teams = [
        team_of(ann, members=[bea.username]),
        team_of(cid, private=True, members=[owner.username]),
        team_of(dan, private=True),
    ]
    given = {"name": fresh("n"), "teams": [*(team["name"] for team in teams), fresh("none")]}
    room = owner.ok("POST", f"v1/{family}.create", given)[family.removesuffix("s")]
    assert members_of(workspace, room["_id"]) == {one.id for one in (owner, ann, bea, cid)}
    assert stored_room(workspace, room["_id"])["usersCount"] == 4
    wrong = owner.post(f"v1/{family}.create", {"name": fresh("n"), "teams": "x"}).json()
    said = "Param" if family == "channels" else "Body param"
    assert wrong["error"] == f'{said} "teams" must be an array if provided'
    sees_all = {"name": fresh("n"), "teams": [teams[2]["name"]]}
    room = workspace.admin.ok("POST", f"v1/{family}.create", sees_all)[family.removesuffix("s")]
    assert members_of(workspace, room["_id"]) == {workspace.admin.id, dan.id}


def test_a_channel_made_in_a_team_is_told_of_there_and_a_group_is_not(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    team = team_of(owner)
    inside = {"extraData": {"teamId": team["_id"]}}
    channel = workspace.channel(owner, **inside)
    group(owner, **inside)
    expected = [("user-added-room-to-team", channel["name"], owner.username)]
    assert said_in(workspace, team["roomId"]) == expected
