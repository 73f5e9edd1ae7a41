"""Who is in a team: adding, changing, removing, leaving; and the rooms that come along."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.people import fails, made
from tests.support.scene import changes, invoke, refused, snapshot
from tests.support.settings import setting
from tests.support.teams import enter, members_of, room_in, said_in, stored_room, team_of
from tests.support.workspace import Json, Person, Workspace

FORBIDDEN = {"success": False, "error": "unauthorized"}


def _member(team: Json, person: Person, *roles: str) -> Json:
    return {"teamId": team["_id"], "member": {"userId": person.id, "roles": list(roles)}}


def _is_in(person: Person, rid: str) -> bool:
    rows = person.ok("GET", "v1/subscriptions.get")["update"]
    return rid in [row["rid"] for row in rows]


def test_members_are_added_to_a_public_team(workspace: Workspace) -> None:
    owner, ann, bob = (workspace.person() for _ in range(3))
    team = team_of(owner)
    enter(owner, team, ann, bob, roles=("member",))
    rows = owner.ok("GET", "v1/teams.members", {"teamName": team["name"]})
    assert (rows["count"], rows["offset"], rows["total"]) == (3, 0, 3)
    row = next(one for one in rows["members"] if one["user"]["_id"] == ann.id)
    named = {"_id": ann.id, "username": ann.username, "name": ann.username.title()}
    assert row["user"] == {**named, "status": "offline"}
    assert row["roles"] == ["member"]
    assert row["createdBy"] == {"_id": owner.id, "username": owner.username}
    said = [("added-user-to-team", ann.username), ("added-user-to-team", bob.username)]
    assert sorted(said_in(workspace, team["roomId"])) == sorted(said)
    before = snapshot(workspace)
    enter(owner, team, ann, roles=("owner",))  # they stay as they are
    assert not changes(workspace, before)


def test_members_are_looked_up_by_name_and_status_and_by_page(workspace: Workspace) -> None:
    owner, ann, other = (workspace.person() for _ in range(3))
    team = team_of(owner, members=[ann.username])
    assert set(members_of(ann, team, username=ann.username[1:].upper())) == {ann.username}
    assert set(members_of(ann, team, name=ann.username.title())) == {ann.username}
    assert set(members_of(ann, team, **{"status[]": ["online", "busy"]})) == set()
    assert len(members_of(ann, team, status="offline")) == 2
    assert len(members_of(ann, team, count=1, offset=1)) == 1
    assert members_of(other, team) == {}
    assert len(members_of(workspace.admin, team)) == 2


def test_who_may_not_add_members_adds_none(workspace: Workspace) -> None:
    owner, ann, bob = (workspace.person() for _ in range(3))
    team = team_of(owner, members=[ann.username])
    given = {"teamId": team["_id"], "members": [{"userId": bob.id}]}
    before = snapshot(workspace)
    refused(ann.post("v1/teams.addMembers", given), 403, FORBIDDEN)
    refused(ann.post("v1/teams.updateMember", _member(team, ann, "owner")), 403, FORBIDDEN)
    removed = {"teamId": team["_id"], "userId": owner.id}
    refused(ann.post("v1/teams.removeMember", removed), 403, FORBIDDEN)
    nobody = {"teamId": team["_id"], "members": [{"userId": "nobody"}, {"userId": bob.id}]}
    fails(owner.post("v1/teams.addMembers", nobody), "invalid-user")
    assert not changes(workspace, before)


def test_a_members_roles_count_in_the_main_room_too(workspace: Workspace) -> None:
    owner, ann = workspace.person(), workspace.person()
    team = team_of(owner)
    enter(owner, team, ann, roles=("member", "moderator"))
    subscriptions = workspace.database["rocketchat_subscription"]

    def roles() -> list[str]:
        row = subscriptions.find_one({"rid": team["roomId"], "u._id": ann.id}) or {}
        return list(row.get("roles") or ())

    assert roles() == ["moderator"]
    owner.ok("POST", "v1/teams.updateMember", _member(team, ann, "member", "owner"))
    assert members_of(owner, team)[ann.username] == ["member", "owner"]
    assert roles() == ["owner"]
    ann.ok("POST", "v1/teams.updateMember", _member(team, owner))
    assert members_of(ann, team)[owner.username] == []
    error = "last-owner-can-not-be-removed"
    before = snapshot(workspace)
    fails(ann.post("v1/teams.updateMember", _member(team, ann)), error)
    assert not changes(workspace, before)
    fails(ann.post("v1/teams.updateMember", _member(team, workspace.person())), "invalid-user")


def test_a_role_given_in_the_main_room_counts_in_the_team(workspace: Workspace) -> None:
    owner, ann = workspace.person(), workspace.person()
    team = team_of(owner, members=[ann.username])
    given = {"roomId": team["roomId"], "userId": ann.id}
    owner.ok("POST", "v1/channels.addOwner", given)
    assert members_of(owner, team)[ann.username] == ["owner"]
    ann.ok("POST", "v1/channels.removeOwner", given)
    assert members_of(owner, team)[ann.username] == []
    owner.ok("POST", "v1/channels.addOwner", given)
    workspace.admin.ok("POST", "v1/users.delete", {"userId": owner.id, "confirmRelinquish": True})
    assert members_of(ann, team) == {ann.username: ["owner"]}


def test_a_moderator_of_a_team_makes_nobody_its_owner(workspace: Workspace) -> None:
    owner, moderator, ann = (workspace.person() for _ in range(3))
    team = team_of(owner)
    enter(owner, team, moderator, roles=("moderator",))
    enter(moderator, team, ann, roles=("member",))
    for person in (moderator, ann):
        answer = moderator.post("v1/teams.updateMember", _member(team, person, "owner"))
        refused(answer, 403, FORBIDDEN)
    refused(moderator.post("v1/teams.updateMember", _member(team, owner)), 403, FORBIDDEN)


def test_the_last_owner_is_not_removed_and_does_not_leave(workspace: Workspace) -> None:
    owner, ann = workspace.person(), workspace.person()
    team = team_of(owner, members=[ann.username])
    error = "last-owner-can-not-be-removed"
    before = snapshot(workspace)
    given = {"teamName": team["name"], "userId": owner.id}
    fails(workspace.admin.post("v1/teams.removeMember", given), error)
    fails(owner.post("v1/teams.leave", {"teamName": team["name"]}), error)
    assert not changes(workspace, before)


@pytest.mark.parametrize("path", ["leave", "removeMember"])
def test_nobody_leaves_no_rooms_at_all(workspace: Workspace, path: str) -> None:
    owner = workspace.person()
    given = {"teamId": team_of(owner)["_id"], "userId": owner.id, "rooms": []}
    error = "must NOT have fewer than 1 items"
    fails(owner.post(f"v1/teams.{path}", given), error, "invalid-params")


def test_a_member_is_removed_from_the_team_and_from_the_rooms_named(workspace: Workspace) -> None:
    owner, ann, bob = (workspace.person() for _ in range(3))
    team = team_of(owner)
    enter(owner, team, ann, bob, roles=("owner",))
    stays, goes = room_in(owner, team), room_in(owner, team)
    elsewhere = workspace.channel(owner)["_id"]
    for rid in (stays, goes, elsewhere):
        ann.ok("POST", "v1/channels.join", {"roomId": rid})
    given = {"teamId": team["_id"], "userId": ann.id, "rooms": [goes, elsewhere]}
    owner.ok("POST", "v1/teams.removeMember", given)
    assert set(members_of(owner, team)) == {owner.username, bob.username}
    assert [_is_in(ann, rid) for rid in (team["roomId"], goes, stays, elsewhere)] == [
        *(False, False, True, True)
    ]
    assert said_in(workspace, team["roomId"])[-1] == ("removed-user-from-team", ann.username)
    fails(owner.post("v1/teams.removeMember", given), "member-does-not-exist")
    nobody = {"teamId": team["_id"], "userId": "nobody"}
    fails(owner.post("v1/teams.removeMember", nobody), "invalid-user")


def test_leaving_removes_the_calling_user_from_the_team(workspace: Workspace) -> None:
    owner, ann = workspace.person(), workspace.person()
    team = team_of(owner)
    enter(owner, team, ann, roles=("member", "owner"))
    room = room_in(owner, team)
    owner.ok("POST", "v1/teams.leave", {"teamId": team["_id"], "rooms": [room]})
    assert members_of(ann, team) == {ann.username: ["member", "owner"]}
    assert not _is_in(owner, team["roomId"])
    assert not _is_in(owner, room)
    assert said_in(workspace, team["roomId"])[-1] == ("ult", owner.username)
    fails(owner.post("v1/teams.leave", {"teamId": team["_id"]}), "member-does-not-exist")


def test_who_comes_to_the_main_room_or_leaves_it_does_so_with_the_team(
    workspace: Workspace,
) -> None:
    owner, joins, invited = (workspace.person() for _ in range(3))
    team = team_of(owner)
    joins.ok("POST", "v1/channels.join", {"roomId": team["roomId"]})
    given = {"roomId": team["roomId"], "userId": invited.id}
    owner.ok("POST", "v1/channels.invite", given)
    people = {owner.username, joins.username, invited.username}
    assert set(members_of(owner, team)) == people
    said = [("ujt", joins.username), ("added-user-to-team", invited.username)]
    assert said_in(workspace, team["roomId"]) == said
    joins.ok("POST", "v1/channels.leave", {"roomId": team["roomId"]})
    owner.ok("POST", "v1/channels.kick", given)
    assert set(members_of(owner, team)) == {owner.username}


def test_members_come_to_the_rooms_that_a_team_joins_by_default(workspace: Workspace) -> None:
    owner, before, after = (workspace.person() for _ in range(3))
    team = team_of(owner, members=[before.username])
    rid = room_in(owner, team, private=True)
    given = {"roomId": rid, "isDefault": True}
    room = owner.ok("POST", "v1/teams.updateRoom", given)["room"]
    assert (room["teamId"], room["teamDefault"], room["usersCount"]) == (team["_id"], True, 2)
    enter(owner, team, after)
    assert _is_in(before, rid)
    assert _is_in(after, rid)
    assert (stored_room(workspace, rid) or {})["usersCount"] == 3


@pytest.mark.parametrize(("limit", "count"), [(2, 3), (1, 2)])
def test_a_room_takes_in_as_many_members_as_the_user_limit_says(
    workspace: Workspace, limit: int, count: int
) -> None:
    owner, ann, bob = (workspace.person() for _ in range(3))
    team = team_of(owner)
    enter(owner, team, ann, bob, roles=("member",))
    rid = room_in(owner, team)
    with setting(workspace, "API_User_Limit", limit):
        given = {"roomId": rid, "isDefault": True}
        room = owner.ok("POST", "v1/teams.updateRoom", given)["room"]
    assert room["usersCount"] == count


def test_who_is_taken_into_a_room_gets_the_notifications_they_prefer(workspace: Workspace) -> None:
    owner, ann = workspace.person(), workspace.person()
    invoke(workspace, ann, "saveUserPreferences", [{"emailNotificationMode": "nothing"}])
    team = team_of(owner)
    enter(owner, team, ann, roles=("member",))
    rid = room_in(owner, team)
    owner.ok("POST", "v1/teams.updateRoom", {"roomId": rid, "isDefault": True})
    rows = ann.ok("GET", "v1/subscriptions.get")["update"]
    row = next(one for one in rows if one["rid"] == rid)
    assert row["emailNotifications"] == "nothing"


def test_a_deleted_user_is_in_no_team(workspace: Workspace) -> None:
    owner, uid = workspace.person(), made(workspace)["_id"]
    team = team_of(owner, members=[uid])
    workspace.admin.ok("POST", "v1/users.delete", {"userId": uid})
    assert set(members_of(owner, team)) == {owner.username}
    members = workspace.database["rocketchat_team_member"]
    assert members.count_documents({"userId": uid}) == 0


def test_of_two_owners_who_leave_at_once_one_stays(workspace: Workspace) -> None:
    for _ in range(5):
        owners = [workspace.person(), workspace.person()]
        team = team_of(owners[0])
        enter(owners[0], team, owners[1], roles=("owner",))

        def leave(person: Person, team: Json = team) -> Any:
            return person.post("v1/teams.leave", {"teamId": team["_id"]})

        with ThreadPoolExecutor(2) as pool:
            codes = sorted(answer.status_code for answer in pool.map(leave, owners))
        assert codes == [200, 400]
        assert list(members_of(workspace.admin, team).values()) == [["owner"]]
