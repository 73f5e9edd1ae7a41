"""A new name reaches every copy of it, and everyone who should hear of it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from functions.account.sweeping import finish_renamings
from tests.support.ddp import Ddp
from tests.support.people import direct, edited, fails, own, said, stored
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.workspace import Person, Workspace


def _prepare(workspace: Workspace) -> tuple[Any, ...]:
    person, other, third = (workspace.person() for _ in range(3))
    room = workspace.channel(person, other)
    pair, group = direct(workspace, person, other), direct(workspace, person, other, third)
    mine = said(person, room, "mine")["_id"]
    named = said(other, room, f"hi @{person.username}, not @{person.username}x")["_id"]
    workspace.settle()
    messages = workspace.database["rocketchat_message"]
    mentions = [{"_id": person.id, "username": person.username}, {"_id": "x", "username": "x"}]
    messages.update_one({"_id": named}, {"$set": {"mentions": mentions}})
    editor = {"_id": person.id, "username": person.username}
    messages.update_one({"_id": named}, {"$set": {"editedBy": editor}})
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"_id": room["_id"]}, {"$set": {"muted": [person.username]}})
    return person, other, room, pair, group, mine, named


def _check(workspace: Workspace, person: Person, name: str, parts: tuple[Any, ...]) -> None:
    other, room, pair, group, mine, named = parts
    messages = workspace.database["rocketchat_message"]
    rows = workspace.database["rocketchat_subscription"]
    rooms = workspace.database["rocketchat_room"]
    assert (messages.find_one({"_id": mine}) or {})["u"]["username"] == name
    message = messages.find_one({"_id": named}) or {}
    assert message["msg"] == f"hi @{name}, not @{person.username}x"
    assert [one["username"] for one in message["mentions"]] == [name, "x"]
    assert message["editedBy"]["username"] == name
    found = rooms.find_one({"_id": room["_id"]}) or {}
    assert (found["u"]["username"], found["muted"]) == (name, [name])
    assert name in (rooms.find_one({"_id": pair["_id"]}) or {})["usernames"]
    assert {row["u"]["username"] for row in rows.find({"u._id": person.id})} == {name}
    row = rows.find_one({"rid": pair["_id"], "u._id": other["_id"]}) or {}
    assert (row["name"], row["fname"]) == (name, "New Name")
    row = rows.find_one({"rid": group["_id"], "u._id": other["_id"]}) or {}
    assert name in row["name"].split(",")
    assert "renamed" not in stored(workspace, person.id)["_contrail"]


def test_a_new_name_reaches_every_copy(workspace: Workspace) -> None:
    person, other, *rest = _prepare(workspace)
    name = fresh("u")
    assert edited(workspace, person.id, username=name, name="New Name").status_code == 200
    _check(workspace, person, name, ({"_id": other.id}, *rest))


@pytest.mark.parametrize("step", ["rename_author", "rename_mentions", "rename_in_subscriptions"])
def test_a_renaming_that_died_half_way_is_finished(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    person, other, *rest = _prepare(workspace)
    name, account = fresh("u"), workspace.runtime.instances["account"]
    with monkeypatch.context() as patch:
        patch.setattr(account.store.copies, step, lambda *_: 1 / 0)
        answer = edited(workspace, person.id, username=name, name="New Name")
        assert answer.status_code == 500
    assert stored(workspace, person.id)["username"] == name
    mark = stored(workspace, person.id)["_contrail"]["renamed"]
    finish_renamings(Caller(), NoInput(), account)
    assert stored(workspace, person.id)["_contrail"]["renamed"] == mark, "it may be at work yet"
    old = mark["at"].replace(year=mark["at"].year - 1)
    change = {"$set": {"_contrail.renamed.at": old}}
    workspace.database["users"].update_one({"_id": person.id}, change)
    finish_renamings(Caller(), NoInput(), account)
    _check(workspace, person, name, ({"_id": other.id}, *rest))


def test_of_many_who_take_one_name_at_once_one_gets_it(workspace: Workspace) -> None:
    people, name = [workspace.person() for _ in range(6)], fresh("u")
    names = [name, name.upper(), name.title()] * 2
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda who, wish: own(who, username=wish), people, names))
    lost = [answer.json()["errorType"] for answer in answers if answer.status_code != 200]
    assert len(lost) == 5
    assert set(lost) <= {"error-field-unavailable", "error-could-not-save-identity"}


def test_the_case_of_ones_name_is_ones_own(workspace: Workspace) -> None:
    person = workspace.person()
    assert own(person, username=person.username.upper()).status_code == 200
    assert stored(workspace, person.id)["username"] == person.username.upper()


async def test_everyone_hears_of_a_new_name_and_one_hears_of_oneself(
    workspace: Workspace,
) -> None:
    person, other = workspace.person(), workspace.person()
    direct(workspace, person, other)
    logged, own_data = "stream-notify-logged", f"{person.id}/userData"
    changed = f"{other.id}/subscriptions-changed"
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as mine:
        for one, who in ((client, other), (mine, person)):
            await one.connect()
            await one.resume(who.token)
        # That both are online now is told there too.
        await asyncio.to_thread(workspace.settle)
        for name in ("Users:NameChanged", "Users:Deleted", "user-status", "updateCustomUserStatus"):
            assert (await client.sub(logged, name, False))["msg"] == "ready"
        await client.sub("stream-notify-user", changed, False)
        await mine.sub("stream-notify-user", own_data, False)
        assert own(person, bio="Mine", username=f"{person.username}2").status_code == 200
        (renamed,) = await client.event(logged, "Users:NameChanged")
        new = {"_id": person.id, "username": f"{person.username}2", "name": renamed["name"]}
        assert renamed == new
        action, row = await client.event("stream-notify-user", changed)
        assert (action, row["name"]) == ("updated", f"{person.username}2")
        (data,) = await mine.event("stream-notify-user", own_data)
        assert (data["type"], data["id"], data["diff"]["bio"]) == ("updated", person.id, "Mine")
        assert invoke(workspace, person, "setUserStatus", ["busy", "Text"]) == {}
        ((status,),) = [await client.event(logged, "user-status")]
        assert status[:4] == [person.id, f"{person.username}2", 3, "Text"]
        events = await mine.until_events("stream-notify-user", own_data, 2)
        assert events[-1][0]["diff"] == {"status": "busy", "statusText": "Text"}
        name = fresh("s")
        made = workspace.admin.ok("POST", "v1/custom-user-status.create", {"name": name})
        (told,) = await client.event(logged, "updateCustomUserStatus")
        assert told["userStatusData"]["_id"] == made["customUserStatus"]["_id"]
        with setting(workspace, "Message_ErasureType", "Unlink"):
            workspace.admin.ok("POST", "v1/users.delete", {"userId": person.id})
        (gone,) = await client.event(logged, "Users:Deleted")
        replaced = {"_id": "rocket.cat", "username": "rocket.cat", "alias": "Removed User"}
        assert gone == {
            "userId": person.id,
            "messageErasureType": "Unlink",
            "replaceByUser": replaced,
        }


async def test_no_password_goes_out_with_what_changed(workspace: Workspace) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as mine:
        await mine.connect()
        await mine.resume(person.token)
        await asyncio.to_thread(workspace.settle)
        await mine.sub("stream-notify-user", f"{person.id}/userData", False)
        given = {"bio": "New", "newPassword": "another"}
        proof = {"twoFactorMethod": "password"}
        proof["twoFactorCode"] = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        answer = await mine.call("saveUserProfile", given, {}, proof)
        assert answer["result"] is True
        (data,) = await mine.event("stream-notify-user", f"{person.id}/userData")
        assert data["diff"]["bio"] == "New"
        assert not [key for key in data["diff"] if "service" in key]
        assert "$2b$" not in str(mine.frames)


def test_usernames_suggested_and_free(workspace: Workspace) -> None:
    wish = fresh("test-")
    person = workspace.person(name=wish)

    def suggested() -> str:
        return str(person.ok("GET", "v1/users.getUsernameSuggestion")["result"])

    assert suggested() == wish
    assert invoke(workspace, person, "getUsernameSuggestion", []) == {"result": wish}
    taken = workspace.person()
    assert own(taken, username=wish).status_code == 200
    assert suggested().startswith(f"{wish}-")
    path = "v1/users.checkUsernameAvailability"
    for name, free in ((fresh("u"), True), (person.username, True), (wish.upper(), False)):
        assert person.ok("GET", path, {"username": name})["result"] is free
        found = invoke(workspace, person, "checkUsernameAvailability", [name])
        assert found == {"result": free}
    details = {"method": "checkUsernameAvailability", "field": "system"}
    reason = "system is blocked and can't be used!"
    fails(person.get(path, username="system"), reason, "error-blocked-username", details)
