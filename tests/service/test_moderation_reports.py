"""Reports of messages and people, and what moderators do about them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.people import fails
from tests.support.scene import invoke
from tests.support.talking import sent, stored
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture
def author(workspace: Workspace) -> Person:
    return workspace.person()


@pytest.fixture
def messages(workspace: Workspace, author: Person) -> list[Json]:
    rid = workspace.channel(author)["_id"]
    return [sent(author, rid, text) for text in ("rude", "ruder")]


def report(person: Person, message: Json, why: str = "it is rude") -> Any:
    given = {"messageId": message["_id"], "description": why}
    return person.post("v1/chat.reportMessage", given)


def listed(workspace: Workspace, path: str, **given: Any) -> Json:
    return workspace.admin.ok("GET", f"v1/moderation.{path}", given)


def test_reported_messages_are_grouped_by_their_author(
    workspace: Workspace, author: Person, messages: list[Json]
) -> None:
    reporter = workspace.person()
    for message in (*messages, messages[1]):
        assert report(reporter, message).json() == {"success": True}
    found = listed(workspace, "reportsByUsers", selector=author.username)
    (row,) = found["reports"]
    assert (row["userId"], row["count"], row["msgId"]) == (author.id, 3, messages[1]["_id"])
    assert (row["message"], row["isUserDeleted"], found["total"]) == ("ruder", False, 1)
    assert [room["_id"] for room in row["rooms"]] == [messages[0]["rid"]]
    history = listed(workspace, "user.reportedMessages", userId=author.id)
    assert history["user"]["_id"] == author.id
    assert {row["message"]["_id"] for row in history["messages"]} == {m["_id"] for m in messages}
    of_one = listed(workspace, "reports", msgId=messages[1]["_id"], count=1)
    assert (of_one["count"], of_one["total"]) == (1, 2)
    (one,) = of_one["reports"]
    assert (one["description"], one["reportedBy"]["_id"]) == ("it is rude", reporter.id)
    info = listed(workspace, "reportInfo", reportId=one["_id"])["report"]
    assert info["message"]["_id"] == messages[1]["_id"]
    for span in ({"latest": "2020-01-01"}, {"oldest": "2100-01-01"}):
        assert listed(workspace, "reportsByUsers", selector=author.username, **span)["total"] == 0


def test_dismissed_reports_are_listed_no_more(
    workspace: Workspace, author: Person, messages: list[Json]
) -> None:
    for message in messages:
        report(author, message)
    given: Json = {"msgId": messages[0]["_id"], "reason": "fine", "action": "None"}
    workspace.admin.ok("POST", "v1/moderation.dismissReports", given)
    assert listed(workspace, "reports", msgId=messages[0]["_id"])["total"] == 0
    rows = workspace.database["rocketchat_moderation_reports"]
    hidden = rows.find_one({"message._id": messages[0]["_id"]}) or {}
    assert (hidden["_hidden"], hidden["moderationInfo"]["reason"]) == (True, "fine")
    assert hidden["moderationInfo"]["moderatedBy"] == workspace.admin.id
    history = listed(workspace, "user.reportedMessages", userId=author.id)
    assert [row["message"]["_id"] for row in history["messages"]] == [messages[1]["_id"]]
    workspace.admin.ok("POST", "v1/moderation.dismissReports", {"userId": author.id})
    assert listed(workspace, "reportsByUsers", selector=author.username)["total"] == 0
    both = workspace.admin.post("v1/moderation.dismissReports", {**given, "userId": author.id})
    assert both.status_code == 400


def test_reported_messages_are_deleted_together(
    workspace: Workspace, author: Person, messages: list[Json]
) -> None:
    for message in messages:
        report(author, message)
    given = {"userId": author.id}
    workspace.admin.ok("POST", "v1/moderation.user.deleteReportedMessages", given)
    assert [stored(workspace, message["_id"]) for message in messages] == [None, None]
    again = workspace.admin.post("v1/moderation.user.deleteReportedMessages", given)
    fails(again, "No reported messages found for this user.")


def test_people_are_reported_and_their_reports_dismissed(
    workspace: Workspace, author: Person
) -> None:
    reporter = workspace.person()
    for why in ("spam", "more spam"):
        given = {"userId": author.id, "description": why}
        reporter.ok("POST", "v1/moderation.reportUser", given)
    (row,) = listed(workspace, "userReports", selector=author.username)["reports"]
    assert (row["reportedUser"]["_id"], row["count"]) == (author.id, 2)
    found = listed(workspace, "user.reportsByUserId", userId=author.id)
    assert [one["description"] for one in found["reports"]] == ["more spam", "spam"]
    assert (found["user"]["_id"], found["total"]) == (author.id, 2)
    workspace.admin.ok("POST", "v1/moderation.dismissUserReports", {"userId": author.id})
    assert listed(workspace, "userReports", selector=author.username)["total"] == 0
    bare = reporter.post("v1/moderation.reportUser", {"userId": author.id})
    text = "must have required property 'description' [invalid-params]"
    assert bare.json()["error"] == text
    unknown = {"userId": "no-such-user", "description": "x"}
    fails(reporter.post("v1/moderation.reportUser", unknown), "Invalid user id provided.")


def test_what_is_no_report(workspace: Workspace, author: Person, messages: list[Json]) -> None:
    details = {"method": "reportMessage"}
    fails(
        report(author, messages[0], "  "),
        *("Invalid description", "error-invalid-description", details),
    )
    stranger, rid = workspace.person(), messages[0]["rid"]
    workspace.database["rocketchat_room"].update_one({"_id": rid}, {"$set": {"t": "p"}})
    for message in (messages[0], {"_id": "none"}):
        refused = report(stranger, message)
        fails(refused, "Invalid message id", "error-invalid-message_id", details)
    assert invoke(workspace, author, "reportMessage", [messages[0]["_id"], "x"])["result"] is True
    unknown = workspace.admin.get("v1/moderation.reportInfo", reportId="none")
    fails(unknown, "error-report-not-found")
    assert workspace.admin.get("v1/moderation.reportInfo", reportId="").status_code == 400
    for path in ("user.reportedMessages", "user.reportsByUserId"):
        missing = workspace.admin.get(f"v1/moderation.{path}")
        fails(missing, "must have required property 'userId'", "invalid-params")
