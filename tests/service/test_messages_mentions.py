"""Mentions: who and what a message names, and what that counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import direct, fails
from tests.support.scene import without
from tests.support.settings import setting
from tests.support.talking import read_room, room_of, sent, subscription
from tests.support.workspace import Json, Person, Workspace


def counts(workspace: Workspace, person: Person, rid: str) -> tuple[int, int, int]:
    row = subscription(workspace, person, rid)
    names = ("unread", "userMentions", "groupMentions")
    unread, users, groups = (int(row.get(name) or 0) for name in names)
    return unread, users, groups


@pytest.fixture
def people(workspace: Workspace) -> list[Person]:
    return [workspace.person() for _ in range(3)]


def test_a_message_names_people_and_rooms(workspace: Workspace, people: list[Person]) -> None:
    ann, bea, carl = people
    room = room_of(workspace, read_room(workspace, ann, bea))
    text = f"@{bea.username}, >@{carl.username}. @nobody-here mail@{bea.username} #{room['name']}"
    message = sent(ann, room["_id"], text)
    named = [(one["_id"], one["username"], one["type"]) for one in message["mentions"]]
    assert named == [(bea.id, bea.username, "user"), (carl.id, carl.username, "user")]
    assert [(one["_id"], one["name"]) for one in message["channels"]] == [
        (room["_id"], room["name"])
    ]
    assert counts(workspace, bea, room["_id"]) == (1, 1, 0)
    assert counts(workspace, ann, room["_id"]) == (0, 0, 0)
    mine = bea.ok("GET", "v1/chat.getMentionedMessages", {"roomId": room["_id"]})
    assert [row["_id"] for row in mine["messages"]] == [message["_id"]]
    assert ann.ok("GET", "v1/chat.getMentionedMessages", {"roomId": room["_id"]})["total"] == 0


def test_rooms_that_are_closed_to_the_sender_are_not_named(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea, _ = people
    closed = workspace.channel(bea)
    workspace.database["rocketchat_room"].update_one({"_id": closed["_id"]}, {"$set": {"t": "p"}})
    rid = workspace.channel(ann)["_id"]
    assert sent(ann, rid, f"#{closed['name']}")["channels"] == []
    shown = sent(bea, workspace.channel(bea)["_id"], f"#{closed['name']}")["channels"]
    assert [one["_id"] for one in shown] == [closed["_id"]]


def test_a_mention_is_counted_once_however_often_it_is_sent(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea, _ = people
    rid = read_room(workspace, ann, bea)
    for _ in range(3):
        sent(ann, rid, f"@{bea.username}", _id=f"once-{rid}")
    assert counts(workspace, bea, rid) == (1, 1, 0)
    bea.ok("POST", "v1/subscriptions.read", {"rid": rid})
    assert counts(workspace, bea, rid) == (0, 0, 0)


@pytest.mark.parametrize("name", ["all", "here"])
def test_all_and_here_count_for_everyone_and_need_a_permission(
    workspace: Workspace, people: list[Person], name: str
) -> None:
    ann, bea, carl = people
    rid = read_room(workspace, ann, bea, carl)
    message = sent(bea, rid, f"@{name} look")
    assert message["mentions"] == [{"_id": name, "username": name}]
    assert [counts(workspace, one, rid) for one in people] == [(1, 0, 1), (0, 0, 0), (1, 0, 1)]
    with without(workspace, f"mention-{name}", "user"):
        given = {"message": {"rid": rid, "msg": f"@{name} again"}}
        what = {"all": "all", "here": "active"}[name]
        method = {"all": "filterATAllTag", "here": "filterATHereTag"}[name]
        details = {"method": method, "action": f"Notify_{what}_in_this_room"}
        text, code = f"Notify {what} in this room not allowed", "error-action-not-allowed"
        fails(bea.post("v1/chat.sendMessage", given), text, code, details)
    assert counts(workspace, carl, rid) == (1, 0, 1)


async def test_all_is_no_mention_in_rooms_that_are_too_large(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea, carl = people
    rid = read_room(workspace, ann, bea, carl)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(ann.token)
        await client.sub("stream-notify-user", f"{ann.id}/message", False)
        with setting(workspace, "Message_MaxAll", 2):
            assert sent(ann, rid, "@all")["mentions"] == []
        (notice,) = await client.event("stream-notify-user", f"{ann.id}/message")
        assert notice["rid"] == rid
    assert counts(workspace, bea, rid) == (0, 0, 0)


def test_a_teams_name_calls_its_members(workspace: Workspace, people: list[Person]) -> None:
    ann, bea, carl = people
    rid = read_room(workspace, ann, bea, carl)
    team: Json = {"_id": f"t-{rid}", "name": f"team-{rid.lower()}", "type": 0}
    workspace.database["rocketchat_team"].insert_one(team)
    workspace.database["rocketchat_team_member"].insert_many(
        {"_id": f"{rid}{one.id}", "teamId": team["_id"], "userId": one.id} for one in (ann, bea)
    )
    message = sent(ann, rid, f"@{team['name']}")
    expected = {"_id": team["_id"], "name": team["name"], "type": "team"}
    assert message["mentions"] == [expected]
    assert [counts(workspace, one, rid)[1] for one in people] == [0, 1, 0]


async def test_direct_messages_count_for_the_other_one(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea, _ = people
    rid = direct(workspace, ann, bea)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(bea.token)
        await client.sub("stream-notify-user", f"{bea.id}/subscriptions-changed", False)
        sent(ann, rid)
        args = await client.event("stream-notify-user", f"{bea.id}/subscriptions-changed")
        assert (args[0], args[1]["unread"], args[1]["alert"]) == ("updated", 1, True)
    sent(ann, rid, f"@{bea.username}")
    assert counts(workspace, bea, rid) == (2, 1, 0)
    assert counts(workspace, ann, rid) == (0, 0, 0)


@pytest.mark.parametrize(
    ("chosen", "plain", "named"),
    [
        ("all_messages", 1, 2),
        ("user_mentions_only", 0, 1),
        ("group_mentions_only", 0, 0),
        ("user_and_group_mentions_only", 0, 1),
    ],
)
def test_what_counts_as_unread_is_the_workspaces_choice(
    workspace: Workspace, people: list[Person], chosen: str, plain: int, named: int
) -> None:
    ann, bea, _ = people
    rid = read_room(workspace, ann, bea)
    with setting(workspace, "Unread_Count", chosen):
        sent(ann, rid)
        assert counts(workspace, bea, rid) == (plain, 0, 0)
        sent(ann, rid, f"@{bea.username}")
        assert counts(workspace, bea, rid) == (named, 1, 0)


def test_who_an_encrypted_message_mentions_its_sender_says(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea, _ = people
    rid = read_room(workspace, ann, bea)
    content = {"algorithm": "rc.v1.aes-sha2", "ciphertext": f"@{ann.username}"}
    mentions = {"e2eUserMentions": [f"@{bea.username}"], "e2eChannelMentions": []}
    given: dict[str, Any] = {"t": "e2e", "content": content, "e2eMentions": mentions}
    message = sent(ann, rid, f"@{ann.username}", **given)
    assert [one["_id"] for one in message["mentions"]] == [bea.id]
    assert (message["content"], message["msg"]) == (content, f"@{ann.username}")
    assert counts(workspace, bea, rid) == (1, 1, 0)


def test_posting_to_someone_makes_the_direct_room(
    workspace: Workspace, people: list[Person]
) -> None:
    ann, bea, _ = people
    rids = [
        ann.ok("POST", "v1/chat.postMessage", {"channel": target, "text": "hello"})["message"][
            "rid"
        ]
        for target in (f"@{bea.username}", bea.id)
    ]
    (rid,) = set(rids)
    assert subscription(workspace, bea, rid)["t"] == "d"
    assert counts(workspace, bea, rid)[0] == 2
    refused = ann.post("v1/chat.postMessage", {"channel": "@no-such-person", "text": "x"})
    assert refused.json()["errorType"] == "invalid-channel"
