"""One's own place in a room: what one has read, hides, likes, and wants to hear of."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.shapes.ids import random_id
from contrail.shapes.wirejson import iso_date
from tests.support.people import fails, said
from tests.support.scene import changes, invoke, refused, snapshot
from tests.support.workspace import Json, Person, Workspace

UNREADING = {"method": "unreadMessages", "action": "Unread_messages"}


class Pair:
    """A channel of two."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.one, self.two = workspace.person(), workspace.person()
        self.room = workspace.channel(self.one, self.two)
        self.rid = self.room["_id"]
        self.given = {"roomId": self.rid}
        self.two.ok("POST", "v1/subscriptions.read", {"rid": self.rid})

    def own(self, person: Person) -> Json:
        row: Json = person.ok("GET", "v1/subscriptions.getOne", self.given)["subscription"]
        return row


@pytest.fixture
def pair(workspace: Workspace) -> Pair:
    return Pair(workspace)


def test_one_subscription_is_ones_own_and_null_outside(pair: Pair) -> None:
    row = pair.own(pair.two)
    (listed,) = (
        one
        for one in pair.two.ok("GET", "v1/subscriptions.get")["update"]
        if one["rid"] == pair.rid
    )
    assert row == listed
    outsider = pair.workspace.person()
    answer = outsider.ok("GET", "v1/subscriptions.getOne", pair.given)
    assert answer == {"subscription": None, "success": True}


def test_a_room_stays_read_for_who_writes_in_it(pair: Pair) -> None:
    said(pair.two, pair.room, "mine")
    row = pair.own(pair.two)
    assert (row["alert"], row["unread"]) == (False, 0)
    assert pair.own(pair.one)["alert"] is True


def test_reading_on_one_device_holds_on_the_other_at_once(pair: Pair) -> None:
    said(pair.one, pair.room, "news")
    assert pair.own(pair.two)["alert"] is True
    other = pair.workspace.login(pair.two.username, "secret")
    other.ok("POST", "v1/subscriptions.read", {"rid": pair.rid})
    assert pair.own(pair.two)["alert"] is False
    said(pair.two, pair.room, "mine")
    said(pair.two, pair.room, "mine too")
    assert pair.own(pair.two)["alert"] is False


def test_a_hidden_room_comes_back_when_someone_else_writes(pair: Pair) -> None:
    said(pair.one, pair.room, "never read")
    pair.two.ok("POST", "v1/channels.close", pair.given)
    row = pair.own(pair.two)
    assert (row["open"], row["alert"]) == (False, False), "hidden, though it was never read"
    said(pair.two, pair.room, "own words")
    assert pair.own(pair.two)["open"] is False
    invoke(pair.workspace, pair.two, "toggleFavorite", [pair.rid, True])
    said(pair.one, pair.room, "news")
    row = pair.own(pair.two)
    assert (row["open"], row["alert"]) == (True, True)
    pair.two.ok("POST", "v1/channels.close", pair.given)
    assert pair.own(pair.two)["open"] is False


def test_opening_and_hiding_tell_what_is_so_already(pair: Pair) -> None:
    name = pair.room["name"]
    fails(
        pair.two.post("v1/channels.open", pair.given),
        f"The channel, {name}, is already open to the sender",
    )
    assert invoke(pair.workspace, pair.two, "openRoom", [pair.rid]) == {"result": 0}
    assert invoke(pair.workspace, pair.two, "hideRoom", [pair.rid]) == {"result": 1}
    assert invoke(pair.workspace, pair.two, "hideRoom", [pair.rid]) == {"result": 0}
    fails(
        pair.two.post("v1/channels.close", pair.given),
        f"The channel, {name}, is already closed to the sender",
    )
    outsider = pair.workspace.person()
    error = f'The user/callee is not in the channel "{name}".'
    fails(outsider.post("v1/channels.open", pair.given), error)


def test_unread_from_a_message_on_or_from_the_last(pair: Pair) -> None:
    first, second = (said(pair.one, pair.room, text) for text in ("first", "second"))
    for given, ls in (
        ({"firstUnreadMessage": {"_id": first["_id"]}}, first["ts"]),
        (pair.given, second["ts"]),
    ):
        pair.two.ok("POST", "v1/subscriptions.read", {"rid": pair.rid})
        pair.two.ok("POST", "v1/subscriptions.unread", given)
        row = pair.own(pair.two)
        assert (row["alert"], row["ls"]) == (True, ls)
    pair.two.ok("POST", "v1/subscriptions.read", {"rid": pair.rid})
    assert invoke(pair.workspace, pair.two, "unreadMessages", [{"_id": first["_id"]}]) == {}
    assert pair.own(pair.two)["ls"] == first["ts"]


def test_what_cannot_be_unread_is_refused(pair: Pair) -> None:
    mine = said(pair.two, pair.room, "mine")
    before = snapshot(pair.workspace)
    for message in (mine["_id"], "no-such-message"):
        answer = pair.two.post("v1/subscriptions.unread", {"firstUnreadMessage": {"_id": message}})
        fails(answer, "Not allowed", "error-action-not-allowed", UNREADING)
    text = "must have required property 'roomId'\n must have required property "
    text += "'firstUnreadMessage'\n must match a schema in anyOf"
    fails(pair.two.post("v1/subscriptions.unread", {}), text, "invalid-params")
    assert not changes(pair.workspace, before)
    empty = pair.workspace.channel(pair.two)
    answer = pair.two.post("v1/subscriptions.unread", {"roomId": empty["_id"]})
    reason = "There are no messages to mark unread"
    fails(answer, reason, "error-no-message-for-unread", UNREADING)


@pytest.mark.parametrize("by", ["roomId", "roomName"])
def test_a_room_becomes_a_favourite_and_stops_being_one(pair: Pair, by: str) -> None:
    place = {by: pair.rid if by == "roomId" else pair.room["name"]}
    for on in (True, False):
        pair.two.ok("POST", "v1/rooms.favorite", {**place, "favorite": on})
        assert pair.own(pair.two)["f"] is on
    assert invoke(pair.workspace, pair.two, "toggleFavorite", [pair.rid]) == {"result": 1}
    assert pair.own(pair.two)["f"] is True
    outsider = pair.workspace.person()
    answer = outsider.post("v1/rooms.favorite", {**place, "favorite": True})
    reason, details = "You must be part of a room to favorite it", {"method": "toggleFavorite"}
    fails(answer, reason, "error-invalid-subscription", details)


def test_all_notification_choices_are_saved_or_none(pair: Pair) -> None:
    wanted = {"disableNotifications": "0", "hideUnreadStatus": "1", "unreadAlert": "nothing"}
    wanted |= {"muteGroupMentions": "1", "hideMentionStatus": "0"}
    wanted |= {"desktopNotifications": "nothing", "mobilePushNotifications": "mentions"}
    wanted |= {"emailNotifications": "all", "audioNotificationValue": "beep"}
    given = {**pair.given, "notifications": wanted}
    pair.two.ok("POST", "v1/rooms.saveNotification", given)
    row, on = pair.own(pair.two), {"0": False, "1": True}
    assert {name: on.get(value, value) for name, value in wanted.items()}.items() <= row.items()
    assert (row["desktopPrefOrigin"], row["emailPrefOrigin"]) == ("subscription", "subscription")
    details = {"method": "saveNotificationSettings"}
    for wrong, reason in (
        ({"desktopNotifications": "loud"}, "Invalid settings value"),
        ({"open": "0"}, "Invalid settings field"),
    ):
        notifications = {"emailNotifications": "nothing", **wrong}
        answer = pair.two.post(
            "v1/rooms.saveNotification", {**pair.given, "notifications": notifications}
        )
        fails(answer, reason, "error-invalid-settings", details)
    assert pair.own(pair.two) == row


def test_the_default_choice_follows_the_person_then_the_workspace(pair: Pair) -> None:
    person = pair.two

    def choose(value: str) -> Json:
        params = [pair.rid, "desktopNotifications", value]
        outcome = invoke(pair.workspace, person, "saveNotificationSettings", params)
        assert outcome == {"result": True}
        return pair.own(person)

    assert choose("nothing")["desktopNotifications"] == "nothing"
    assert not {"desktopNotifications", "desktopPrefOrigin"} & set(choose("default"))
    data = {"desktopNotifications": "mentions"}
    person.ok("POST", "v1/users.setPreferences", {"userId": person.id, "data": data})
    row = choose("default")
    assert (row["desktopNotifications"], row["desktopPrefOrigin"]) == ("mentions", "user")


def test_a_person_is_ignored_in_one_room_and_heard_again(pair: Pair) -> None:
    given: Json = {"rid": pair.rid, "userId": pair.one.id}
    pair.two.ok("GET", "v1/chat.ignoreUser", given)
    assert pair.own(pair.two)["ignored"] == [pair.one.id]
    pair.two.ok("GET", "v1/chat.ignoreUser", {**given, "ignore": "false"})
    assert pair.own(pair.two)["ignored"] == []
    assert invoke(pair.workspace, pair.two, "ignoreUser", [given]) == {"result": True}
    assert pair.own(pair.two)["ignored"] == [pair.one.id]
    stranger = pair.workspace.person()
    answer = pair.two.get("v1/chat.ignoreUser", rid=pair.rid, userId=stranger.id)
    details = {"method": "ignoreUser"}
    fails(answer, "Invalid subscription", "error-invalid-subscription", details)


def test_who_left_is_told_so_by_what_changed_since(pair: Pair) -> None:
    own, since = pair.own(pair.two), iso_date(pair.workspace.runtime.clock.now())
    pair.two.ok("POST", "v1/channels.leave", pair.given)

    def removed(path: str) -> list[str]:
        body = pair.two.ok("GET", path, {"updatedSince": since})
        return [row["_id"] for row in body["remove"]]

    assert removed("v1/subscriptions.get") == [own["_id"]]
    assert removed("v1/rooms.get") == [pair.rid]
    pair.two.ok("POST", "v1/channels.join", pair.given)
    assert removed("v1/subscriptions.get") == [own["_id"]]
    assert removed("v1/rooms.get") == [], "back in it"
    pair.one.ok("POST", "v1/channels.delete", pair.given)
    assert removed("v1/rooms.get") == [pair.rid]


def test_nobody_gets_at_subscriptions_without_a_login(workspace: Workspace) -> None:
    message = "You must be logged in to do this."
    body: Any = {"success": False, "status": "error", "message": message}
    refused(workspace.http("GET", "v1/subscriptions.getOne", params={"roomId": "x"}), 401, body)


def test_a_count_skips_who_read_the_room_meanwhile(pair: Pair) -> None:
    """The order in which a message is counted and read must not matter."""
    counters, clock = (
        pair.workspace.runtime.instances["rooms"].store.counters,
        pair.workspace.runtime.clock,
    )
    by = {"unread": 1, "userMentions": 1}
    message = {"_id": random_id(), "rid": pair.rid, "ts": clock.now()}
    counters.count(message, {"$in": [pair.two.id]}, by, clock.now())
    counters.count(message, {"$in": [pair.two.id]}, by, clock.now())
    row = pair.own(pair.two)
    assert (row["unread"], row["userMentions"], row["alert"]) == (1, 1, True)
    pair.two.ok("POST", "v1/subscriptions.read", {"rid": pair.rid})
    counters.count({**message, "_id": random_id()}, {"$in": [pair.two.id]}, by, clock.now())
    row = pair.own(pair.two)
    assert (row["unread"], row["userMentions"], row["alert"]) == (0, 0, False)
