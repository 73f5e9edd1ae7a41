"""Invite links: making, listing, using and removing them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import fails
from tests.support.scene import changes, fresh, invoke, snapshot
from tests.support.settings import setting
from tests.support.teams import room_of, said_in, stored_room, team_of
from tests.support.workspace import Json, Person, Workspace

EXPIRED = ("The invite token has expired.", "error-invite-expired")
INVALID = ("The invite token is invalid.", "error-invalid-token")
NOT_AUTHORIZED = ("", "not_authorized")


def _invite(person: Person, rid: str, **more: Any) -> Json:
    return person.ok("POST", "v1/findOrCreateInvite", {"rid": rid, "days": 1, "maxUses": 10} | more)


def _use(person: Person, token: str) -> Any:
    return person.post("v1/useInviteToken", {"token": token})


def _valid(workspace: Workspace, token: str) -> bool:
    answer = workspace.http("POST", "v1/validateInviteToken", json={"token": token})
    assert answer.status_code == 200
    valid: bool = answer.json()["valid"]
    return valid


def test_an_invite_that_is_good_is_returned_again(workspace: Workspace) -> None:
    admin = workspace.admin
    made = _invite(admin, "GENERAL")
    assert (made["days"], made["maxUses"], made["rid"]) == (1, 10, "GENERAL")
    assert 6 <= len(made["_id"]) <= 10
    assert made["uses"] == 0
    assert _invite(admin, "GENERAL")["_id"] == made["_id"]
    assert _invite(admin, "GENERAL", days=7)["_id"] != made["_id"]
    assert _invite(admin, "GENERAL", maxUses=0)["_id"] != made["_id"]
    invites, now = workspace.database["rocketchat_invites"], workspace.runtime.clock.now()
    for spent in ({"expires": now}, {"uses": 10}):
        invites.update_one({"_id": made["_id"]}, {"$set": spent})
        again = _invite(admin, "GENERAL")
        assert again["_id"] != made["_id"]
        made = again
    listed = admin.get("v1/listInvites").json()
    assert made["_id"] in [one["_id"] for one in listed]


def test_an_invites_link_leads_to_the_workspace_or_by_the_page_that_opens_apps(
    workspace: Workspace,
) -> None:
    owner = workspace.person()
    rid = room_of(owner)
    made = _invite(owner, rid)
    start = "https://go.rocket.chat/invite?host="
    assert made["url"].startswith(start)
    assert made["url"].endswith(f"&path=invite%2F{made['_id']}&secure=no")
    with setting(workspace, "Accounts_Registration_InviteUrlType", "direct"):
        assert _invite(owner, rid)["url"].endswith(f"/invite/{made['_id']}")


@pytest.mark.parametrize("private", [True, False])
def test_who_knows_an_invite_joins_its_room(workspace: Workspace, private: bool) -> None:
    owner, person = workspace.person(), workspace.person()
    rid = room_of(owner, private=private)
    token, name = _invite(owner, rid)["_id"], (stored_room(workspace, rid) or {})["name"]
    assert _valid(workspace, token)
    expected = {"rid": rid, "fname": name, "name": name, "t": "p" if private else "c"}
    for _ in range(2):
        assert _use(person, token).json() == {"room": expected, "success": True}
    assert said_in(workspace, rid) == [("uj", person.username)]
    stored = workspace.database["rocketchat_invites"].find_one({"_id": token}) or {}
    assert stored["uses"] == 1, "counted once for who came"
    _use(owner, token)
    assert (stored_room(workspace, rid) or {})["usersCount"] == 2


def test_an_invite_is_used_no_more_often_than_it_says(workspace: Workspace) -> None:
    owner, people = workspace.person(), [workspace.person() for _ in range(8)]
    rid = room_of(owner, private=True)
    token = _invite(owner, rid, maxUses=5)["_id"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda person: _use(person, token), people))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [400] * 3
    assert (stored_room(workspace, rid) or {})["usersCount"] == 6
    details = {"method": "validateInviteToken", "field": "maxUses"}
    fails(next(one for one in answers if one.status_code == 400), *EXPIRED, details)
    assert not _valid(workspace, token)


def test_of_two_uses_by_one_person_at_once_one_counts(workspace: Workspace) -> None:
    owner, person = workspace.person(), workspace.person()
    rid = room_of(owner)
    token = _invite(owner, rid)["_id"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: _use(person, token), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    stored = workspace.database["rocketchat_invites"].find_one({"_id": token}) or {}
    assert (stored["uses"], (stored_room(workspace, rid) or {})["usersCount"]) == (1, 2)


def test_an_invite_ends_with_its_days_and_with_its_room(workspace: Workspace) -> None:
    owner, person = workspace.person(), workspace.person()
    rid = room_of(owner)
    made = _invite(owner, rid)
    invites, details = workspace.database["rocketchat_invites"], {"method": "validateInviteToken"}
    past = workspace.runtime.clock.now() - timedelta(seconds=1)
    invites.update_one({"_id": made["_id"]}, {"$set": {"expires": past}})
    fails(_use(person, made["_id"]), *EXPIRED, {**details, "field": "expires"})
    assert not _valid(workspace, made["_id"])
    fresh_one = _invite(owner, rid, days=0)
    assert (fresh_one["expires"], _valid(workspace, fresh_one["_id"])) == (None, True)
    owner.ok("POST", "v1/channels.delete", {"roomId": rid})
    answer = _use(person, fresh_one["_id"])
    fails(answer, INVALID[0], "error-invalid-room", {**details, "field": "rid"})
    for token in ("invalid", ""):
        fails(_use(person, token), *INVALID, {**details, "field": "token"})
        assert not _valid(workspace, token)


def test_what_an_invite_may_be_limited_to(workspace: Workspace) -> None:
    owner = workspace.person()
    rid, path = room_of(owner), "v1/findOrCreateInvite"
    before = snapshot(workspace)
    reason = "Invite should expire in 1, 7, 15 or 30 days, or send 0 to never expire."
    answer = owner.post(path, {"rid": rid, "days": 2, "maxUses": 0})
    fails(answer, reason, "invalid-number-of-days")
    reason = "Invite should be valid for 1, 5, 10, 25, 50, 100 or infinite (0) uses."
    answer = owner.post(path, {"rid": rid, "days": 0, "maxUses": 2})
    fails(answer, reason, "invalid-number-of-uses")
    details = {"method": "findOrCreateInvite", "field": "rid"}
    for elsewhere in (rid, "missing"):
        answer = workspace.admin.post(path, {"rid": elsewhere, "days": 1, "maxUses": 0})
        fails(answer, "The rid field is invalid", "error-invalid-room", details)
    assert not changes(workspace, before)


def test_invites_are_made_by_owners_and_managed_by_admins(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    made = _invite(owner, rid)
    before = snapshot(workspace)
    given = {"rid": rid, "days": 1, "maxUses": 10}
    fails(member.post("v1/findOrCreateInvite", given), *NOT_AUTHORIZED)
    for person in (owner, member):
        fails(person.get("v1/listInvites"), *NOT_AUTHORIZED)
        fails(_remove(person, made["_id"]), *NOT_AUTHORIZED)
    assert not changes(workspace, before)


def _remove(person: Person, invite_id: str) -> Any:
    path = f"v1/removeInvite/{invite_id}"
    return person.workspace.http("DELETE", path, headers=person.headers)


def test_an_invite_is_removed_once(workspace: Workspace) -> None:
    owner, admin = workspace.person(), workspace.admin
    token = _invite(owner, room_of(owner))["_id"]
    answer = _remove(admin, token)
    assert (answer.status_code, answer.json()) == (200, True)
    assert not _valid(workspace, token)
    error = ("Invalid Invitation _id", "invalid-invitation-id", {"method": "removeInvite"})
    for gone in (token, "never-there"):
        fails(_remove(admin, gone), *error)


async def test_who_makes_an_invite_hears_of_it(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = room_of(owner)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(owner.token)
        await client.sub("stream-notify-user", f"{owner.id}/updateInvites", False)
        made = _invite(owner, rid)
        (told,) = await client.event("stream-notify-user", f"{owner.id}/updateInvites")
    assert told["invite"]["_id"] == made["_id"]


def test_people_are_invited_to_the_workspace_by_who_may(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(overwrites={"SMTP_Host": "localhost"})
    asked: list[str] = []
    instance = workspace.runtime.instances["rooms"]

    def enqueue(queue: str, body: str, **_: Any) -> None:
        asked.append(f"{queue} {json.loads(body)['kind']} {json.loads(body)['to']}")

    given = {"emails": ["ann@example.com", "no address", "ann@example.com", "b@example.org"]}
    path = "v1/sendInvitationEmail"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instance.bus, "enqueue", enqueue)
        fails(workspace.person().post(path, given), "Not allowed [error-not-allowed]")
        assert asked == []
        workspace.admin.ok("POST", path, given)
    assert asked == [f"mails invitation {to}" for to in ("ann@example.com", "b@example.org")]
    answer = workspace.admin.post(path, {})
    fails(answer, "must have required property 'emails'", "invalid-params")


def test_a_teams_name_is_no_username(workspace: Workspace) -> None:
    team, person = team_of(workspace.person()), workspace.person()
    answer = person.get("v1/users.checkUsernameAvailability", username=team["name"])
    assert answer.json()["result"] is False


def test_of_many_who_ask_for_an_invite_at_once_all_get_the_same(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = room_of(owner)
    invites = workspace.database["rocketchat_invites"]
    for _ in range(2):
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: _invite(owner, rid)["_id"], range(8)))
        assert len(set(made)) == 1
        invites.update_one({"_id": made[0]}, {"$set": {"uses": 10}})
    assert invites.count_documents({"rid": rid}) == 2
    # What an imported workspace has made is as good.
    other = room_of(owner)
    first = _invite(owner, other)["_id"]
    invites.update_one({"_id": first}, {"$unset": {"_contrail": ""}})
    assert _invite(owner, other)["_id"] == first


def test_who_has_no_username_comes_in_once_they_have_one(workspace: Workspace) -> None:
    owner, person = workspace.person(), workspace.person()
    rid = room_of(owner, private=True)
    token = _invite(owner, rid)["_id"]
    users = workspace.database["users"]
    users.update_one({"_id": person.id}, {"$unset": {"username": "", "_contrail.username": ""}})
    for _ in range(2):
        assert _use(person, token).json()["room"]["rid"] == rid
    stored = workspace.database["rocketchat_invites"].find_one({"_id": token}) or {}
    assert stored["uses"] == 1
    assert rid not in [row["rid"] for row in person.ok("GET", "v1/subscriptions.get")["update"]]
    name = fresh("named")
    assert invoke(workspace, person, "setUsername", [name])["result"] == name
    assert rid in [row["rid"] for row in person.ok("GET", "v1/subscriptions.get")["update"]]
    assert ("uj", name) in said_in(workspace, rid)
