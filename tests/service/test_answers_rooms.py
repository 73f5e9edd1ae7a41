"""Reading rooms: histories, what changed since, and marking as read."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from contrail.shapes.wirejson import parse_date
from tests.support.scene import changes, invoke, refused, snapshot
from tests.support.workspace import Json, Person, Workspace

FAR = ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")


class Talk:
    """A channel of `owner` and `reader` with five messages, `0` to `4`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.owner, self.reader = workspace.person(), workspace.person()
        self.rid = workspace.channel(self.owner, self.reader)["_id"]
        self.sent = [self.say(str(number)) for number in range(5)]

    def say(self, text: str, **more: Any) -> Json:
        message = {"rid": self.rid, "msg": text, **more}
        sent: Json = self.owner.ok("POST", "v1/chat.sendMessage", {"message": message})["message"]
        return sent

    def texts(self, path: str, **given: Any) -> list[str]:
        rows = self.reader.ok("GET", f"v1/channels.{path}", {"roomId": self.rid, **given})
        return [row["msg"] for row in rows["messages"]]

    def subscription(self, person: Person) -> Json:
        rows = person.ok("GET", "v1/subscriptions.get")["update"]
        found: Json = next(row for row in rows if row["rid"] == self.rid)
        return found

    def set_subscription(self, **fields: Any) -> None:
        match = {"rid": self.rid, "u._id": self.reader.id}
        self.workspace.database["rocketchat_subscription"].update_one(match, {"$set": fields})


@pytest.fixture
def talk(workspace: Workspace) -> Talk:
    return Talk(workspace)


def _date(message: Json) -> datetime:
    found = parse_date(message["ts"])
    assert found is not None
    return found


def test_messages_come_newest_first_page_by_page(talk: Talk) -> None:
    assert talk.texts("messages") == ["4", "3", "2", "1", "0"]
    assert talk.texts("messages", sort='{"ts":1}') == ["0", "1", "2", "3", "4"]
    assert talk.texts("messages", count=2, offset=1) == ["3", "2"]
    assert talk.texts("messages", count=2, offset=1, sort='{"ts":1}') == ["1", "2"]
    body = talk.reader.ok("GET", "v1/channels.messages", {"roomId": talk.rid, "count": 2})
    assert (body["count"], body["offset"], body["total"]) == (2, 0, 5)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"msg": 1}, {"_id", "msg"}),
        ({"msg": 1, "_id": 0}, {"msg"}),
        ({"_id": 1}, {"_id"}),
    ],
)
def test_messages_show_the_fields_asked_for(talk: Talk, fields: Json, shown: Any) -> None:
    given = {"roomId": talk.rid, "fields": json.dumps(fields)}
    rows = talk.reader.ok("GET", "v1/channels.messages", given)["messages"]
    assert {key for row in rows for key in row} == shown


@pytest.mark.parametrize("fields", [{"msg": 0}, {"_id": 0}, {"msg": 0, "_id": 0}])
def test_messages_may_leave_fields_out(talk: Talk, fields: Json) -> None:
    given = {"roomId": talk.rid, "fields": json.dumps(fields)}
    (row, *_) = talk.reader.ok("GET", "v1/channels.messages", given)["messages"]
    assert {"rid", "ts", "u"} <= set(row)
    assert not set(fields) & set(row)


def test_messages_are_found_by_who_is_mentioned_or_starred_them_or_that_are_pinned(
    talk: Talk,
) -> None:
    messages = talk.workspace.database["rocketchat_message"]
    for message, fields in zip(
        talk.sent,
        (
            {"mentions": [{"_id": "123"}]},
            {"mentions": [{"_id": "abc"}]},
            {"starred": [{"_id": talk.reader.id}, {"_id": "someone"}]},
            {"pinned": True},
            {"tmid": "x"},
        ),
        strict=True,
    ):
        messages.update_one({"_id": message["_id"]}, {"$set": fields})
    assert talk.texts("messages", mentionIds="123") == ["0"]
    assert talk.texts("messages", mentionIds="123,abc") == ["1", "0"]
    assert talk.texts("messages", mentionIds='["abc"]') == ["1"]
    assert talk.texts("messages", **{"mentionIds[]": ["123", "abc"]}) == ["1", "0"]
    assert talk.texts("messages", starredIds=talk.reader.id) == ["2"]
    assert talk.texts("messages", pinned="true") == ["3"]
    assert talk.texts("messages", query='{"tmid":{"$exists":false}}') == ["3", "2", "1", "0"]
    body = talk.reader.ok("GET", "v1/channels.messages", {"roomId": talk.rid, "pinned": "true"})
    assert (body["count"], body["total"]) == (1, 1)
    stars = talk.reader.ok("GET", "v1/channels.messages", {"roomId": talk.rid})["messages"][2]
    assert stars["starred"] == [{"_id": talk.reader.id}]  # one's own alone


def test_history_goes_from_oldest_to_latest(talk: Talk) -> None:
    first, last = talk.sent[1]["ts"], talk.sent[3]["ts"]
    assert talk.texts("history") == ["4", "3", "2", "1", "0"]
    assert talk.texts("history", sort='{"ts":1}') == ["0", "1", "2", "3", "4"]
    assert talk.texts("history", oldest=first, latest=last) == ["2"]
    assert talk.texts("history", oldest=first, latest=last, inclusive="true") == ["3", "2", "1"]
    assert talk.texts("history", latest=last, count=1) == ["2"]
    assert talk.texts("history", oldest=FAR[0], latest=FAR[1]) == ["4", "3", "2", "1", "0"]
    for inclusive in ("true", "false"):
        assert talk.texts("history", oldest=FAR[1], inclusive=inclusive) == []
        assert talk.texts("history", latest=FAR[0], inclusive=inclusive) == []


def test_history_counts_what_lies_before_the_page(talk: Talk) -> None:
    given = {"roomId": talk.rid, "unreads": "true", "oldest": talk.sent[0]["ts"], "count": 2}
    body = talk.reader.ok("GET", "v1/channels.history", given)
    assert [row["msg"] for row in body["messages"]] == ["4", "3"]
    assert (body["unreadNotLoaded"], body["firstUnread"]["msg"]) == (2, "1")


def test_history_shows_replies_only_when_asked_for_them(talk: Talk) -> None:
    parent = talk.sent[0]["_id"]
    talk.say("reply", tmid=parent)
    talk.say("shown", tmid=parent, tshow=True)
    assert talk.texts("history", count=2) == ["shown", "4"]
    assert talk.texts("history", count=2, showThreadMessages="true") == ["shown", "reply"]


@pytest.mark.parametrize("name", ["latest", "oldest"])
def test_history_takes_dates_alone(talk: Talk, name: str) -> None:
    body = {"success": False, "error": "Invalid date [error-invalid-date]"}
    body["errorType"] = "error-invalid-date"
    for wrong in ("yesterday", "{}", "2016-02-30"):
        answer = talk.reader.get("v1/channels.history", roomId=talk.rid, **{name: wrong})
        refused(answer, 400, body)


def test_over_ddp_the_history_is_the_same(talk: Talk) -> None:
    def texts(**options: Any) -> list[str]:
        given = [{"rid": talk.rid, **options}]
        result = invoke(talk.workspace, talk.reader, "getChannelHistory", given)["result"]
        return [row["msg"] for row in result["messages"]]

    assert texts() == ["4", "3", "2", "1", "0"]
    oldest, latest = _date(talk.sent[1]), _date(talk.sent[3])
    assert texts(oldest=oldest, latest=latest) == ["2"]
    assert texts(oldest=oldest, latest=latest, inclusive=True) == ["3", "2", "1"]
    assert texts(offset=1, count=2) == ["3", "2"]
    options = {"rid": talk.rid, "unreads": True, "oldest": _date(talk.sent[0]), "count": 2}
    result = invoke(talk.workspace, talk.reader, "getChannelHistory", [options])["result"]
    assert (result["unreadNotLoaded"], result["firstUnread"]["msg"]) == (2, "1")


@pytest.mark.parametrize("path", ["rooms.get", "subscriptions.get"])
def test_only_what_changed_since_is_listed(talk: Talk, path: str) -> None:
    key = "_id" if path == "rooms.get" else "rid"

    def rooms(**given: Any) -> list[str]:
        return [row[key] for row in talk.reader.ok("GET", f"v1/{path}", given)["update"]]

    assert set(rooms()) == {"GENERAL", talk.rid}
    last = _date(talk.sent[-1]) + timedelta(seconds=1)
    assert rooms(updatedSince=last.isoformat()) == []
    assert rooms(updatedSince="2016-12-14") == rooms()
    assert rooms(updatedSince=talk.sent[-2]["ts"]) == [talk.rid]
    code = "error-updatedSince-param-invalid"
    body = {"success": False, "errorType": code}
    body["error"] = f'The "updatedSince" query parameter must be a valid date. [{code}]'
    refused(talk.reader.get(f"v1/{path}", updatedSince="soon"), 400, body)
    method = path.replace(".", "/")
    synced = invoke(talk.workspace, talk.reader, method, [_date(talk.sent[-2])])["result"]
    assert ([row[key] for row in synced["update"]], synced["remove"]) == ([talk.rid], [])


def test_without_a_login_there_is_nothing_to_list(talk: Talk) -> None:
    for method in ("rooms/get", "subscriptions/get"):
        assert invoke(talk.workspace, None, method, []) == {"result": []}


@pytest.mark.parametrize("kind", ["c", "p", "d"])
@pytest.mark.parametrize("name", ["rid", "roomId"])
def test_reading_a_room_takes_its_marks_away(talk: Talk, kind: str, name: str) -> None:
    rooms = talk.workspace.database["rocketchat_room"]
    rooms.update_one({"_id": talk.rid}, {"$set": {"t": kind}})
    talk.set_subscription(unread=3, userMentions=1, groupMentions=2, alert=True, t=kind)
    assert talk.subscription(talk.reader)["alert"] is True
    talk.reader.ok("POST", "v1/subscriptions.read", {name: talk.rid})
    row = talk.subscription(talk.reader)
    marks = ("alert", "unread", "userMentions", "groupMentions")
    assert [row[mark] for mark in marks] == [False, 0, 0, 0]
    assert row["ls"] >= talk.sent[-1]["ts"]
    talk.say("news")
    assert talk.subscription(talk.reader)["alert"] is True
    assert talk.subscription(talk.owner)["alert"] is False  # one's own messages are no news


@pytest.mark.parametrize("threads", [True, False])
def test_threads_are_read_when_asked_for(talk: Talk, threads: bool) -> None:
    talk.set_subscription(tunread=["a"], tunreadUser=["b"], tunreadGroup=["c"])
    given = {"rid": talk.rid, "readThreads": threads}
    talk.reader.ok("POST", "v1/subscriptions.read", given)
    marks = {"tunread", "tunreadUser", "tunreadGroup"} & set(talk.subscription(talk.reader))
    assert bool(marks) is not threads


@pytest.mark.parametrize(
    "given", [{}, {"rid": "", "roomId": ""}, {"rid": "RID", "roomId": "another"}]
)
def test_exactly_one_room_is_read(talk: Talk, given: Json) -> None:
    given = {key: talk.rid if value == "RID" else value for key, value in given.items()}
    error = "must have required property 'rid'\n must have required property 'roomId'\n"
    error += " must match a schema in anyOf [invalid-params]"
    before = snapshot(talk.workspace)
    body = {"success": False, "error": error, "errorType": "invalid-params"}
    refused(talk.reader.post("v1/subscriptions.read", given), 400, body)
    assert not changes(talk.workspace, before)
    talk.reader.ok("POST", "v1/subscriptions.read", {"rid": talk.rid, "roomId": talk.rid})
