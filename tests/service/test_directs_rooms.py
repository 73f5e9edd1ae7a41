"""Direct rooms: made once for the same people, named after the others, opened, hidden and ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.people import edited, fails, own, said
from tests.support.scene import changes, invoke, refused, snapshot, without
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

UNAUTHORIZED = {"success": False, "error": "unauthorized"}
DETAILS = {"method": "createDirectMessage"}


def made(person: Person, *others: Person, **more: Any) -> Json:
    given = {"usernames": ",".join(one.username for one in others), **more}
    room: Json = person.ok("POST", "v1/im.create", given)["room"]
    return room


def subscription(person: Person, rid: str) -> Json:
    row: Json | None = person.ok("GET", "v1/subscriptions.getOne", {"roomId": rid})["subscription"]
    assert row is not None
    return row


def members(person: Person, rid: str, **given: Any) -> list[str]:
    rows = person.ok("GET", "v1/im.members", {"roomId": rid, **given})["members"]
    return sorted(row["username"] for row in rows)


def test_a_room_of_two_is_made_once_and_has_both_their_ids(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    room = made(one, two)
    rid = "".join(sorted((one.id, two.id)))
    assert room["rid"] == room["_id"] == rid
    assert sorted(room["usernames"]) == sorted((one.username, two.username))
    before = snapshot(workspace)
    assert made(two, one)["rid"] == made(one, two)["rid"] == rid
    assert made(one, two.__class__(workspace, two.id, two.token, two.username.upper()))
    assert [row for name, row in changes(workspace, before) if name == "rocketchat_room"] == []
    info = one.ok("GET", "v1/rooms.info", {"roomId": rid})["room"]
    assert (info["t"], info["usersCount"], info["msgs"]) == ("d", 2, 0)
    assert info["uids"] == sorted((one.id, two.id))


def test_who_makes_it_has_it_open_and_the_other_once_something_is_said(
    workspace: Workspace,
) -> None:
    one, two = workspace.person(), workspace.person()
    room = made(one, two)
    assert subscription(one, room["rid"])["open"] is True
    assert subscription(two, room["rid"])["open"] is False
    said(one, room, "hi")
    row = subscription(two, room["rid"])
    assert (row["open"], row["alert"]) == (True, True)


def test_a_direct_room_with_oneself_bears_ones_own_name(workspace: Workspace) -> None:
    person = workspace.person(name="Ann Own")
    room = made(person, person)
    row = subscription(person, room["rid"])
    assert (row["name"], row["fname"], row["open"]) == (person.username, "Ann Own", True)
    assert members(person, room["rid"]) == [person.username]
    said(person, room, "to myself")
    given = {"username": person.username}
    (message,) = person.ok("GET", "v1/im.messages", given)["messages"]
    assert message["msg"] == "to myself"
    with setting(workspace, "Message_AllowDirectMessagesToYourself", False):
        answer = person.post("v1/im.create", {"username": person.username})
        fails(answer, "Invalid user", "error-invalid-user", DETAILS)


def test_a_room_of_several_is_named_after_the_others_for_each(workspace: Workspace) -> None:
    people = [workspace.person(name=name) for name in ("Zed", "ann", "Bea")]
    zed, ann, bea = people
    room = made(zed, ann, bea)
    assert len(room["rid"]) == 17
    assert made(bea, ann, zed)["rid"] == room["rid"]
    assert made(zed, ann)["rid"] != room["rid"]
    names = {one.username: subscription(one, room["rid"]) for one in people}
    assert [names[one.username]["fname"] for one in people] == ["ann, Bea", "Bea, Zed", "ann, Zed"]
    assert names[zed.username]["name"] == f"{ann.username},{bea.username}"
    assert all(row["open"] for row in names.values())
    assert members(ann, room["rid"]) == sorted(one.username for one in people)


def test_the_names_of_direct_rooms_follow_their_people(workspace: Workspace) -> None:
    one, two, three = (workspace.person(name=name) for name in ("One", "Two", "Three"))
    pair, group, alone = made(one, two), made(one, two, three), made(two, two)
    assert own(two, name="Ada").status_code == 200
    assert subscription(one, pair["rid"])["fname"] == "Ada"
    assert subscription(one, group["rid"])["fname"] == "Ada, Three"
    assert subscription(two, alone["rid"])["fname"] == "Ada"
    renamed = f"{two.username}x"
    assert edited(workspace, two.id, username=renamed).status_code == 200
    assert subscription(one, pair["rid"])["name"] == renamed
    assert subscription(three, group["rid"])["name"] == f"{renamed},{one.username}"


def test_a_room_may_be_made_for_two_others(workspace: Workspace) -> None:
    maker, one, two = (workspace.person() for _ in range(3))
    room = made(maker, one, two, excludeSelf=True)
    assert sorted(room["usernames"]) == sorted((one.username, two.username))
    assert members(one, room["rid"]) == sorted((one.username, two.username))
    said(one, room, "between us")
    again = made(maker, one, two, excludeSelf=True)
    assert set(again) == {"_id", "rid", "t", "usernames"}, "nothing of what they said"
    refused(maker.post("v1/im.open", {"roomId": room["rid"]}), 403, UNAUTHORIZED)


def test_new_rooms_follow_what_one_prefers(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    data = {"emailNotificationMode": "nothing", "desktopNotifications": "mentions"}
    data |= {"pushNotifications": "mentions"}
    one.ok("POST", "v1/users.setPreferences", {"userId": one.id, "data": data})
    row = subscription(one, made(two, one)["rid"])
    wanted = {"emailNotifications": "nothing", "emailPrefOrigin": "user"}
    wanted |= {"desktopNotifications": "mentions", "desktopPrefOrigin": "user"}
    wanted |= {"mobilePushNotifications": "mentions", "mobilePrefOrigin": "user"}
    assert wanted.items() <= row.items()


def test_a_room_needs_people_that_exist_and_not_too_many(workspace: Workspace) -> None:
    person, others = workspace.person(), [workspace.person() for _ in range(3)]
    before = snapshot(workspace)
    for given in ({"username": "nobody.there"}, {"usernames": f"{others[0].username},nobody"}):
        fails(person.post("v1/im.create", given), "Invalid user", "error-invalid-user", DETAILS)
    error = invoke(workspace, person, "createDirectMessage", ["nobody.there"])["error"]
    assert error["error"] == "error-invalid-user"
    with setting(workspace, "DirectMesssage_maxUsers", 3):
        usernames = ",".join(one.username for one in others)
        reason = "You cannot add more than 3 users, including yourself to a direct message"
        code, details = "error-direct-message-max-user-exceeded", {"method": "createDirectRoom"}
        fails(person.post("v1/im.create", {"usernames": usernames}), reason, code, details)
    rooms = ("rocketchat_room", "rocketchat_subscription")
    assert [name for name, _ in changes(workspace, before) if name in rooms] == []


def test_who_may_make_none_still_gets_to_those_there_are(workspace: Workspace) -> None:
    one, two, three = (workspace.person() for _ in range(3))
    rid = made(one, two)["rid"]
    with without(workspace, "create-d", "user"):
        assert made(one, two)["rid"] == rid
        answer = one.post("v1/im.create", {"username": three.username})
        fails(answer, "Not allowed", "error-not-allowed", DETAILS)
        answer = three.post("v1/im.create", {"usernames": f"{one.username},{two.username}"})
        fails(answer, "Not allowed", "error-not-allowed", DETAILS)


@pytest.mark.parametrize("size", [2, 3])
def test_of_many_making_one_room_at_once_all_get_the_same(workspace: Workspace, size: int) -> None:
    people = [workspace.person() for _ in range(size)]

    def make(place: int) -> str:
        maker = people[place % size]
        return str(made(maker, *(one for one in people if one is not maker))["rid"])

    with ThreadPoolExecutor(6) as pool:
        rids = set(pool.map(make, range(12)))
    assert len(rids) == 1
    rows = workspace.database["rocketchat_subscription"].find({"rid": rids.pop()})
    assert sorted(row["u"]["_id"] for row in rows) == sorted(one.id for one in people)


def test_a_direct_room_is_hidden_and_shown(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    room = made(one, two)
    given = {"roomId": room["rid"]}
    one.ok("POST", "v1/im.close", given)
    assert subscription(one, room["rid"])["open"] is False
    error = f"The direct message room, {two.username}, is already closed to the sender"
    fails(one.post("v1/im.close", given), error)
    for _ in range(2):
        one.ok("POST", "v1/im.open", given)
        assert subscription(one, room["rid"])["open"] is True


def test_a_topic_is_set_and_taken_away_by_who_may_edit(workspace: Workspace) -> None:
    admin, person = workspace.admin, workspace.person()
    rid = made(admin, person)["rid"]
    for topic in ("A topic", ""):
        answer = admin.ok("POST", "v1/im.setTopic", {"roomId": rid, "topic": topic})
        assert answer["topic"] == topic
        shown = admin.ok("GET", "v1/rooms.info", {"roomId": rid})["room"]
        assert shown["topic"] == topic


def test_members_are_found_by_status_and_by_name(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    rid = made(one, two)["rid"]
    users = workspace.database["users"]
    users.update_one({"_id": two.id}, {"$set": {"status": "busy"}})
    assert members(one, rid) == sorted((one.username, two.username))
    assert members(one, rid, **{"status[]": ["busy"]}) == [two.username]
    assert members(one, rid, filter=one.username[2:]) == [one.username]


def test_counters_tell_what_one_has_not_read(workspace: Workspace) -> None:
    one, two, admin = workspace.person(), workspace.person(), workspace.admin
    room = made(one, two)
    said(one, room, "hi")
    given = {"roomId": room["rid"]}
    body = two.ok("GET", "v1/im.counters", given)
    assert (body["joined"], body["members"], body["msgs"]) == (True, 2, 1)
    refused(two.get("v1/im.counters", **given, userId=one.id), 403, UNAUTHORIZED)
    theirs = admin.ok("GET", "v1/im.counters", {**given, "userId": two.id})
    assert (theirs["joined"], theirs["unreads"]) == (True, body["unreads"])


def test_others_direct_messages_are_for_administrators_where_that_is_on(
    workspace: Workspace,
) -> None:
    one, two, admin = workspace.person(), workspace.person(), workspace.admin
    room = made(one, two)
    said(one, room, "private")
    path, given = "v1/im.messages.others", {"roomId": room["rid"]}
    details = {"route": "/api/v1/im.messages.others"}
    answer = admin.get(path, **given)
    fails(answer, "This endpoint is disabled", "error-endpoint-disabled", details)
    with setting(workspace, "API_Enable_Direct_Message_History_EndPoint", True):
        refused(one.get(path, **given), 403, UNAUTHORIZED)
        assert [row["msg"] for row in admin.ok("GET", path, given)["messages"]] == ["private"]
        answer = admin.get(path, roomId="GENERAL")
        text = "No direct message room found by the id of: GENERAL"
        fails(answer, text, "error-room-not-found")


def test_one_lists_ones_own_direct_rooms_and_an_administrator_all(workspace: Workspace) -> None:
    one, two, three = (workspace.person() for _ in range(3))
    room = made(one, two)
    said(one, room, "hello")
    for name in ("im", "dm"):
        (listed,) = one.ok("GET", f"v1/{name}.list")["ims"]
        assert (listed["_id"], listed["lastMessage"]["msg"]) == (room["rid"], "hello")
        assert three.ok("GET", f"v1/{name}.list")["ims"] == []
        every = workspace.admin.ok("GET", f"v1/{name}.list.everyone", {"count": 0})["ims"]
        assert room["rid"] in {row["_id"] for row in every}


def test_an_ended_direct_room_is_gone_for_both(workspace: Workspace) -> None:
    admin, person = workspace.admin, workspace.person()
    room = made(admin, person)
    said(admin, room, "hi")
    given = {"roomId": room["rid"]}
    answer = person.post("v1/im.delete", given)
    fails(answer, "Not allowed", "error-not-allowed", {"method": "eraseRoom"})
    admin.ok("POST", "v1/im.delete", {"username": person.username})
    refused(person.post("v1/im.open", given), 403, UNAUTHORIZED)
    for name in ("room", "subscription", "message"):
        key = "_id" if name == "room" else "rid"
        assert workspace.database[f"rocketchat_{name}"].count_documents({key: room["rid"]}) == 0
    assert subscription(person, made(person, admin)["rid"])["open"] is True


def test_a_direct_room_is_found_by_the_others_name(workspace: Workspace) -> None:
    one, two = workspace.person(), workspace.person()
    rid = made(one, two)["rid"]
    for name in (two.username, rid):
        found = invoke(workspace, one, "getRoomByTypeAndName", ["d", name])["result"]
        assert found["_id"] == rid
    third = workspace.person()
    answer = third.get("v1/im.messages", username=two.username)
    refused(
        answer,
        400,
        {"success": False, "error": "[invalid-channel]", "errorType": "invalid-channel"},
    )
    assert third.ok("GET", "v1/im.list")["ims"] == [], "reading makes none"
