"""Reactions, stars, pins and read receipts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import fails
from tests.support.scene import invoke, without
from tests.support.settings import setting
from tests.support.talking import got, room_of, sent, stored, subscription
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture
def author(workspace: Workspace) -> Person:
    return workspace.person()


def react(person: Person, message: Json, **given: Any) -> Any:
    return person.post("v1/chat.react", {"messageId": message["_id"], **given})


def reactions(workspace: Workspace, message: Json) -> dict[str, list[str]]:
    row = stored(workspace, message["_id"]) or {}
    return {name: entry["usernames"] for name, entry in (row.get("reactions") or {}).items()}


@pytest.mark.parametrize(
    "given",
    [
        {"emoji": ":squid:"},
        {"emoji": "squid"},
        {"reaction": ":squid:"},
        {"reaction": "squid", "shouldReact": True},
    ],
)
def test_a_reaction_is_stored_by_its_emoji_with_or_without_colons(
    workspace: Workspace, author: Person, given: Json
) -> None:
    message = sent(author, workspace.channel(author)["_id"])
    assert react(author, message, **given).json() == {"success": True}
    assert reactions(workspace, message) == {":squid:": [author.username]}
    last = room_of(workspace, message["rid"])["lastMessage"]
    assert last["reactions"] == {":squid:": {"usernames": [author.username]}}


def test_reactions_toggle_unless_the_client_says_what_it_wants(
    workspace: Workspace, author: Person
) -> None:
    other = workspace.person()
    message = sent(author, workspace.channel(author, other)["_id"])
    for person in (author, other):
        react(person, message, emoji="smile")
    assert reactions(workspace, message) == {":smile:": [author.username, other.username]}
    for _ in range(2):
        assert react(author, message, emoji="smile", shouldReact=True).status_code == 200
    react(author, message, emoji="smile")
    assert reactions(workspace, message) == {":smile:": [other.username]}
    unreacted = react(author, message, emoji="smile", shouldReact=False)
    assert unreacted.json() == {"success": True}, "not reacted yet"
    react(other, message, emoji="smile", shouldReact=False)
    assert "reactions" not in (stored(workspace, message["_id"]) or {})
    assert invoke(workspace, other, "setReaction", [":heart:", message["_id"]]) == {}
    assert reactions(workspace, message) == {":heart:": [other.username]}


@pytest.mark.parametrize("emoji", ["no such emoji", "a.b", "$set", ":", "x" * 1000])
def test_only_emoji_that_exist_are_reactions(
    workspace: Workspace, author: Person, emoji: str
) -> None:
    message = sent(author, workspace.channel(author)["_id"])
    refused = react(author, message, emoji=emoji)
    details = {"method": "setReaction"}
    fails(refused, "Invalid emoji provided.", "error-not-allowed", details)
    text = 'The required "emoji" param is missing.'
    fails(react(author, message), text, "error-emoji-param-not-provided")


def test_a_workspaces_own_emoji_are_reactions_too(workspace: Workspace, author: Person) -> None:
    row = {"_id": "e", "name": "our-own", "aliases": ["ours"], "extension": "png"}
    workspace.database["rocketchat_custom_emoji"].insert_one(row)
    message = sent(author, workspace.channel(author)["_id"])
    for emoji in ("our-own", "ours", "thumbsup_tone3"):
        assert react(author, message, emoji=emoji).status_code == 200


async def test_rooms_closed_to_writing_are_closed_to_reactions(
    workspace: Workspace, author: Person
) -> None:
    member = workspace.person()
    rid = workspace.channel(author, member)["_id"]
    message, rooms = sent(author, rid), workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"ro": True}})
    text = "You can't send messages because the room is readonly."
    fails(react(member, message, emoji="smile"), text)
    rooms.update_one({"_id": rid}, {"$set": {"reactWhenReadOnly": True}})
    assert react(member, message, emoji="smile").status_code == 200
    rooms.update_one({"_id": rid}, {"$set": {"muted": [member.username]}})
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(member.token)
        await client.sub("stream-notify-user", f"{member.id}/message", False)
        answer = await client.call("setReaction", ":heart:", message["_id"])
        assert answer["result"] is False
        (notice,) = await client.event("stream-notify-user", f"{member.id}/message")
        assert (notice["rid"], notice["msg"]) == (rid, "You_have_been_muted")
    assert set(reactions(workspace, message)) == {":smile:"}


def test_everyone_sees_their_own_star_alone(workspace: Workspace, author: Person) -> None:
    other = workspace.person()
    room = workspace.channel(author, other)
    message = sent(author, room["_id"])
    given = {"messageId": message["_id"]}
    for person in (author, other, other):
        person.ok("POST", "v1/chat.starMessage", given)
    for person in (author, other):
        assert got(person, message["_id"])["starred"] == [{"_id": person.id}]
        listed = person.ok("GET", "v1/chat.getStarredMessages", {"roomId": room["_id"]})
        assert [row["_id"] for row in listed["messages"]] == [message["_id"]]
        shown = person.ok("GET", "v1/channels.messages", {"roomId": room["_id"]})["messages"]
        stars = [row["starred"] for row in shown if row["_id"] == message["_id"]]
        assert stars == [[{"_id": person.id}]]
    author.ok("POST", "v1/chat.unStarMessage", given)
    assert "starred" not in got(author, message["_id"])
    assert got(other, message["_id"])["starred"] == [{"_id": other.id}]


def test_starring_may_be_switched_off_and_needs_membership(
    workspace: Workspace, author: Person
) -> None:
    message = sent(author, workspace.channel(author)["_id"])
    with setting(workspace, "Message_AllowStarring", False):
        for path in ("starMessage", "unStarMessage"):
            refused = author.post(f"v1/chat.{path}", {"messageId": message["_id"]})
            details = {"method": "starMessage", "action": "Message_starring"}
            code = "error-action-not-allowed"
            fails(refused, "Message starring not allowed", code, details)
    star = {"_id": message["_id"], "rid": message["rid"], "starred": True}
    stranger = workspace.person()
    assert invoke(workspace, stranger, "starMessage", [star]) == {"result": False}
    assert invoke(workspace, author, "starMessage", [{**star, "_id": "no"}]) == {"result": False}
    assert invoke(workspace, author, "starMessage", [star]) == {"result": True}


def test_pinning_says_so_in_the_room_and_lists_the_message(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    message = sent(author, rid, "important")
    given = {"messageId": message["_id"]}
    said = author.ok("POST", "v1/chat.pinMessage", given)["message"]
    assert (said["t"], said["rid"]) == ("message_pinned", rid)
    (quote,) = said["attachments"]
    assert (quote["text"], quote["author_name"]) == ("important", author.username)
    listed = author.ok("GET", "v1/chat.getPinnedMessages", {"roomId": rid})
    (row,) = listed["messages"]
    assert (row["_id"], row["pinned"], row["pinnedBy"]["_id"]) == (
        message["_id"],
        True,
        author.id,
    )
    assert (listed["count"], listed["offset"], listed["total"]) == (1, 0, 1)
    assert room_of(workspace, rid)["lastMessage"]["pinned"] is True
    assert author.ok("POST", "v1/chat.unPinMessage", given) == {"success": True}
    assert author.ok("GET", "v1/chat.getPinnedMessages", {"roomId": rid})["messages"] == []
    assert got(author, message["_id"])["pinned"] is False


@pytest.mark.parametrize("verb", ["pin", "unpin"])
def test_pinning_may_be_switched_off_and_needs_a_permission(
    workspace: Workspace, author: Person, verb: str
) -> None:
    member, method = workspace.person(), f"{verb}Message"
    message = sent(author, workspace.channel(author, member)["_id"])
    given = {"messageId": message["_id"]}
    path = {"pin": "v1/chat.pinMessage", "unpin": "v1/chat.unPinMessage"}[verb]
    with setting(workspace, "Message_AllowPinning", False):
        details = {"method": method, "action": "Message_pinning"}
        code = "error-action-not-allowed"
        fails(author.post(path, given), "Message pinning not allowed", code, details)
    fails(member.post(path, given), "Not Authorized", "not-authorized", {"method": method})
    error = invoke(workspace, workspace.person(), method, [{"_id": message["_id"]}])["error"]
    assert error["error"] == "error-invalid-message", "to who is not in the room"
    with without(workspace, "pin-message", "owner"):
        assert author.post(path, given).status_code == 400


def test_last_message_carries_pin_reactions_and_stars(workspace: Workspace, author: Person) -> None:
    rid = workspace.channel(author)["_id"]
    message = sent(author, rid)
    given = {"messageId": message["_id"]}
    react(author, message, emoji="smile")
    author.ok("POST", "v1/chat.starMessage", given)
    author.ok("POST", "v1/chat.pinMessage", given)
    last = author.ok("GET", "v1/channels.info", {"roomId": rid})["channel"]["lastMessage"]
    assert last["_id"] == message["_id"]
    assert (last["pinned"], list(last["reactions"])) == (True, [":smile:"])
    assert last["starred"] == [{"_id": author.id}]


def test_receipts_follow_from_when_members_last_read(
    new_workspace: Any, author: Person, workspace: Workspace
) -> None:
    message = sent(author, workspace.channel(author)["_id"])
    missing = author.get("v1/chat.getMessageReadReceipts")
    fails(missing, "The required 'messageId' param is missing.")
    licensed = new_workspace(edition="enterprise")
    one, two, three = (licensed.person() for _ in range(3))
    rid = licensed.channel(one, two, three)["_id"]
    message = sent(one, rid)
    given = {"messageId": message["_id"]}
    assert one.ok("GET", "v1/chat.getMessageReadReceipts", given)["receipts"] == []
    with setting(licensed, "Message_Read_Receipt_Enabled", True):
        two.ok("POST", "v1/subscriptions.read", {"rid": rid})
        receipts = one.ok("GET", "v1/chat.getMessageReadReceipts", given)["receipts"]
    assert {row["userId"] for row in receipts} == {one.id, two.id}
    assert subscription(licensed, two, rid)["ls"] >= (stored(licensed, message["_id"]) or {})["ts"]
