"""Changing messages: who may, for how long, what follows from it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.people import fails
from tests.support.scene import invoke, without
from tests.support.settings import setting
from tests.support.talking import date_back, got, room_of, sent, stored
from tests.support.workspace import Json, Person, Workspace

NOT_ALLOWED = ("Message editing not allowed", "error-action-not-allowed")
DETAILS = {"method": "updateMessage", "action": "Message_editing"}


def edit(person: Person, message: Json, text: str, **more: Any) -> Any:
    given = {"roomId": message["rid"], "msgId": message["_id"], "text": text, **more}
    return person.post("v1/chat.update", given)


def change(workspace: Workspace, person: Person, message: Json, **fields: Any) -> Json:
    given = {"_id": message["_id"], "rid": message["rid"], **fields}
    return invoke(workspace, person, "updateMessage", [given])


@pytest.fixture
def author(workspace: Workspace) -> Person:
    return workspace.person()


def test_an_edit_shows_in_the_message_its_room_and_who_made_it(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    message = sent(author, rid)
    after = edit(author, message, "see https://example.com").json()["message"]
    assert (after["msg"], after["editedBy"]["username"]) == (
        "see https://example.com",
        author.username,
    )
    assert [url["url"] for url in after["urls"]] == ["https://example.com"]
    assert (after["ts"], after["_updatedAt"] > message["_updatedAt"]) == (message["ts"], True)
    assert got(author, message["_id"]) == after
    last = room_of(workspace, rid)["lastMessage"]
    assert (last["_id"], last["msg"]) == (message["_id"], after["msg"])


def test_an_edit_of_an_older_message_leaves_the_rooms_last_one(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    first, last = sent(author, rid), sent(author, rid, "last")
    assert edit(author, first, "other").status_code == 200
    assert room_of(workspace, rid)["lastMessage"]["_id"] == last["_id"]


def test_it_does_nothing_if_the_text_has_not_changed(workspace: Workspace, author: Person) -> None:
    message = sent(author, workspace.channel(author)["_id"], "same")
    before = stored(workspace, message["_id"])
    assert edit(author, message, "same").json()["message"] == message
    assert stored(workspace, message["_id"]) == before


async def test_an_edit_is_sent_to_who_listens(workspace: Workspace, author: Person) -> None:
    rid = workspace.channel(author)["_id"]
    message = sent(author, rid)
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(author.token)
        await client.sub("stream-room-messages", rid, False)
        edit(author, message, "changed")
        (event,) = await client.event("stream-room-messages", rid)
        assert (event["_id"], event["msg"]) == (message["_id"], "changed")
        assert event["editedBy"]["_id"] == author.id


def test_only_its_author_and_those_permitted_edit_a_message(
    workspace: Workspace, author: Person
) -> None:
    member = workspace.person()
    room = workspace.channel(author, member)
    message = sent(member, room["_id"])
    stranger = workspace.person()
    fails(edit(stranger, message, "x"), *NOT_ALLOWED, DETAILS)
    assert edit(author, message, "by the owner").status_code == 200
    assert edit(workspace.admin, message, "by an admin").status_code == 200
    with setting(workspace, "Message_AllowEditing", False):
        fails(edit(member, message, "x"), *NOT_ALLOWED, DETAILS)
        assert edit(author, message, "still by the owner").status_code == 200
    assert got(member, message["_id"])["msg"] == "still by the owner"


def test_editing_ends_after_a_while_unless_the_bypass_is_granted(
    workspace: Workspace, author: Person
) -> None:
    message = sent(author, workspace.channel(author)["_id"])
    date_back(workspace, message["_id"], minutes=2)
    with setting(workspace, "Message_AllowEditing_BlockEditInMinutes", 1):
        refused = edit(author, message, "late")
        code = "error-message-editing-blocked"
        fails(refused, "Message editing is blocked", code, {"method": "updateMessage"})
        bypass = "bypass-time-limit-edit-and-delete"
        granted = {"permissions": [{"_id": bypass, "roles": ["bot", "app", "user"]}]}
        workspace.admin.ok("POST", "v1/permissions.update", granted)
        with without(workspace, bypass, "user"):
            assert edit(author, message, "late").status_code == 400
        assert edit(author, message, "later").status_code == 200
        granted["permissions"][0]["roles"] = ["bot", "app"]
        workspace.admin.ok("POST", "v1/permissions.update", granted)


def test_what_names_no_message_is_refused(workspace: Workspace, author: Person) -> None:
    one, other = (workspace.channel(author)["_id"] for _ in range(2))
    message = sent(author, one)
    elsewhere = {**message, "rid": other}
    fails(
        edit(author, elsewhere, "x"),
        "The room id provided does not match where the message is from.",
    )
    fails(edit(author, {**message, "_id": "none"}, "x"), 'No message found with the id of "none".')
    assert change(workspace, author, {**message, "_id": "none"}, msg="x") == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tshow", True),
        ("attachments", [{"text": "a", "image_url": "/a.png"}]),
        ("avatar", "http://example.com/a.png"),
        ("emoji", ":smile:"),
    ],
)
def test_it_allows_to_update_a_message_changing_property(
    workspace: Workspace, author: Person, field: str, value: Any
) -> None:
    message = sent(author, workspace.channel(author)["_id"])
    assert change(workspace, author, message, msg="changed", **{field: value}) == {}
    after = got(author, message["_id"])
    assert (after["msg"], after[field]) == ("changed", value)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("tmid", "other", "error-message-change-to-thread"),
        ("_hidden", True, "error-invalid-update-key"),
        ("u", {"_id": "x"}, "error-invalid-update-key"),
        ("t", "uj", "error-invalid-update-key"),
        ("alias", "Someone Else", None),
    ],
)
def test_it_fails_to_update_a_message_changing_invalid_property(
    workspace: Workspace, author: Person, field: str, value: Any, code: str | None
) -> None:
    message = sent(author, workspace.channel(author)["_id"])
    before = stored(workspace, message["_id"])
    outcome = change(workspace, author, message, msg="changed", **{field: value})
    assert outcome["error"].get("error") == (code or 500), outcome
    same = change(workspace, author, message, msg="x", tmid=message["_id"])
    assert same["error"]["error"] == "error-message-same-as-tmid"
    assert stored(workspace, message["_id"]) == before


def test_closed_rooms_are_closed_to_edits_too(workspace: Workspace, author: Person) -> None:
    rid = workspace.channel(author)["_id"]
    message = sent(author, rid)
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"archived": True}})
    fails(edit(author, message, "x"), "room_is_archived")
    rooms.update_one({"_id": rid}, {"$set": {"archived": False, "muted": [author.username]}})
    fails(edit(author, message, "x"), "You_have_been_muted")


def test_history_is_kept_where_the_workspace_says_so(workspace: Workspace, author: Person) -> None:
    rid = workspace.channel(author)["_id"]
    message = sent(author, rid, "first")
    with setting(workspace, "Message_KeepHistory", True):
        edit(author, message, "second")
        edit(author, message, "third")
    rows = workspace.database["rocketchat_message"].find({"parent": message["_id"]})
    kept = sorted((row["msg"], row["_hidden"], row["editedBy"]["_id"]) for row in rows)
    assert kept == [("first", True, author.id), ("second", True, author.id)]
    shown = author.ok("GET", "v1/channels.messages", {"roomId": rid})["messages"]
    assert [row["msg"] for row in shown if "t" not in row] == ["third"]


def link(workspace: Workspace, message: Json) -> str:
    root = workspace.runtime.environment.root_url
    return f"{root}/channel/any?msg={message['_id']}"


def test_links_to_messages_become_quotes_and_follow_the_text(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    one, two = sent(author, rid, "one"), sent(author, rid, "two")
    message = sent(author, rid, f"see [ ]({link(workspace, one)})")
    assert [quote["text"] for quote in message["attachments"]] == ["one"]
    assert message["attachments"][0]["message_link"] == link(workspace, one)
    assert message["attachments"][0]["author_name"] == author.username
    assert message["urls"] == [{"url": link(workspace, one), "meta": {}, "ignoreParse": True}]

    def quotes(text: str) -> list[str]:
        after = edit(author, message, text).json()["message"]
        return [quote["text"] for quote in after["attachments"]]

    assert quotes(f"{link(workspace, two)} instead") == ["two"], "replaced"
    both = f"{link(workspace, one)} {link(workspace, two)}"
    assert quotes(both) == ["one", "two"], "several in a single message"
    assert quotes("none any more") == [], "removed"
    assert quotes(f"added {link(workspace, one)}") == ["one"]


def test_nobody_quotes_what_they_may_not_read(workspace: Workspace, author: Person) -> None:
    other = workspace.person()
    closed = workspace.channel(other)["_id"]
    secret = sent(other, closed, "secret")
    workspace.database["rocketchat_room"].update_one({"_id": closed}, {"$set": {"t": "p"}})
    forged = [{"message_link": link(workspace, secret), "text": "they said so"}]
    message = sent(
        author, workspace.channel(author)["_id"], link(workspace, secret), attachments=forged
    )
    assert message["attachments"] == []
    elsewhere = f"https://example.com/channel/x?msg={secret['_id']}"
    assert not sent(author, message["rid"], elsewhere).get("attachments")


def test_urls_inside_of_code_are_no_links_on_update(workspace: Workspace, author: Person) -> None:
    message = sent(author, workspace.channel(author)["_id"])
    text = "https://a.example `https://b.example` ```\nhttps://c.example\n```"
    after = edit(author, message, text).json()["message"]
    assert [url["url"] for url in after["urls"]] == ["https://a.example"]


def test_previews_are_made_of_no_more_links_than_the_sender_wants(
    workspace: Workspace, author: Person
) -> None:
    rid = workspace.channel(author)["_id"]
    given = {"message": {"rid": rid, "msg": "https://a.example https://b.example"}}
    body = author.ok("POST", "v1/chat.sendMessage", {**given, "previewUrls": ["https://b.example"]})
    assert [url.get("ignoreParse") for url in body["message"]["urls"]] == [True, None]


def test_many_edits_at_once_lose_none_of_the_others_changes(
    workspace: Workspace, author: Person
) -> None:
    people = [workspace.person() for _ in range(6)]
    message = sent(author, workspace.channel(author, *people)["_id"])

    def act(person: Person) -> int:
        given = {"messageId": message["_id"], "emoji": "smile"}
        done = [person.post("v1/chat.react", given), person.post("v1/chat.starMessage", given)]
        return max(answer.status_code for answer in done)

    with ThreadPoolExecutor(7) as pool:
        edits = pool.submit(lambda: [edit(author, message, f"t{n}").status_code for n in range(5)])
        assert set(pool.map(act, people)) == {200}
        assert edits.result() == [200] * 5
    row = stored(workspace, message["_id"]) or {}
    assert sorted(row["reactions"][":smile:"]["usernames"]) == sorted(p.username for p in people)
    assert {star["_id"] for star in row["starred"]} == {p.id for p in people}
    assert row["msg"] == "t4"
    workspace.settle()
    last = room_of(workspace, message["rid"])["lastMessage"]
    assert last == row
