"""Threads: replies, followers, what is unread, the lists that clients keep."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contrail.shapes.wirejson import iso_date
from tests.support.ddp import Ddp
from tests.support.people import fails
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.talking import room_of, sent, stored, subscription
from tests.support.workspace import Json, Person, Workspace

LONG_AGO = "2020-01-01T00:00:00.000Z"


@pytest.fixture
def people(workspace: Workspace) -> list[Person]:
    return [workspace.person() for _ in range(3)]


@pytest.fixture
def rid(workspace: Workspace, people: list[Person]) -> str:
    return str(workspace.channel(*people)["_id"])


def reply(person: Person, first: Json, text: str = "reply", **more: Any) -> Json:
    return sent(person, first["rid"], text, tmid=first["_id"], **more)


def unread(workspace: Workspace, person: Person, rid: str) -> list[list[str]]:
    row = subscription(workspace, person, rid)
    return [row.get(name) or [] for name in ("tunread", "tunreadUser", "tunreadGroup")]


def test_replies_count_in_the_first_message_and_are_unread_for_its_followers(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    ann, bea, carl = people
    first = sent(ann, rid, "first")
    mid = first["_id"]
    one = reply(bea, first)
    after = stored(workspace, mid) or {}
    assert (after["tcount"], after["replies"]) == (1, [ann.id, bea.id])
    assert iso_date(after["tlm"]) == one["ts"]
    assert unread(workspace, ann, rid) == [[mid], [], []]
    assert unread(workspace, bea, rid) == [[], [], []]
    two = reply(ann, one, f"@{carl.username}")
    assert two["tmid"] == mid, "there are no threads inside of threads"
    assert unread(workspace, carl, rid) == [[mid], [mid], []]
    assert unread(workspace, bea, rid) == [[mid], [], []]
    assert (stored(workspace, mid) or {})["replies"] == [ann.id, bea.id, carl.id]
    reply(bea, first, "@all")
    assert unread(workspace, ann, rid) == [[mid], [], [mid]]
    room = room_of(workspace, rid)
    assert room["lastMessage"]["_id"] == mid, "replies are not a room's last message"
    shown = reply(bea, first, "for all", tshow=True)
    assert room_of(workspace, rid)["lastMessage"]["_id"] == shown["_id"]


async def test_listeners_see_the_thread_grow(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    ann, bea, _ = people
    first = sent(ann, rid)
    workspace.settle()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(ann.token)
        await client.sub("stream-room-messages", rid, False)
        await client.sub("stream-notify-user", f"{ann.id}/subscriptions-changed", False)
        said = reply(bea, first)
        events = await client.until_events("stream-room-messages", rid, 2)
        seen = {event["_id"]: event.get("tcount") for (event,) in events}
        assert seen == {said["_id"]: None, first["_id"]: 1}
        args = await client.event("stream-notify-user", f"{ann.id}/subscriptions-changed")
        assert args[1]["tunread"] == [first["_id"]]


def test_fifty_replies_at_once_are_counted_each_once(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    first = sent(people[0], rid)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: reply(people[n // 2 % 3], first, _id=f"{rid}-{n // 2}"), range(50)))
    assert (stored(workspace, first["_id"]) or {})["tcount"] == 25


def test_a_deleted_reply_is_taken_off_and_the_last_one_ends_the_thread(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    ann, bea, _ = people
    first = sent(ann, rid)
    one, two = reply(bea, first), reply(bea, first)
    for left, gone in ((1, two), (0, one)):
        bea.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": gone["_id"]})
        assert (stored(workspace, first["_id"]) or {}).get("tcount", 0) == left
    after = stored(workspace, first["_id"]) or {}
    assert "tlm" not in after
    assert "replies" not in after
    assert unread(workspace, ann, rid)[0] == []
    again = reply(bea, first)
    ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": first["_id"]})
    assert "tmid" not in (stored(workspace, again["_id"]) or {})


def test_following_is_joining_without_a_word(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    ann, bea, carl = people
    first = sent(ann, rid)
    said = reply(ann, first)
    carl.ok("POST", "v1/chat.followMessage", {"mid": said["_id"]})
    reply(bea, first)
    assert unread(workspace, carl, rid)[0] == [first["_id"]]
    ann.ok("POST", "v1/chat.unfollowMessage", {"mid": first["_id"]})
    assert (stored(workspace, first["_id"]) or {})["replies"] == [carl.id, bea.id]
    assert invoke(workspace, ann, "followMessage", [{"mid": 1}])["error"]["errorType"]
    for path in ("followMessage", "unfollowMessage"):
        details = {"method": path}
        missing = ann.post(f"v1/chat.{path}", {"mid": "none"})
        fails(missing, "Invalid message", "error-invalid-message", details)
        with setting(workspace, "Threads_enabled", False):
            refused = ann.post(f"v1/chat.{path}", {"mid": first["_id"]})
            fails(refused, "not-allowed", "error-not-allowed", details)


def test_reading_a_thread_takes_it_off_what_is_unread(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    ann, bea, _ = people
    first, other = sent(ann, rid), sent(ann, rid)
    for thread in (first, other):
        reply(bea, thread, f"@{ann.username}")
    assert invoke(workspace, ann, "readThreads", [first["_id"]]) == {}
    assert unread(workspace, ann, rid) == [[other["_id"]], [other["_id"]], []]
    found = invoke(workspace, ann, "getThreadMessages", [{"tmid": other["_id"]}])["result"]
    assert [row["_id"] for row in found][:1] == [other["_id"]]
    assert len(found) == 2
    assert unread(workspace, ann, rid) == [[], [], []]
    too_many = [{"tmid": other["_id"], "limit": 101}]
    assert invoke(workspace, ann, "getThreadMessages", too_many)["error"]["error"] == (
        "error-not-allowed"
    )
    assert invoke(workspace, ann, "getThreadMessages", [{"tmid": "none"}]) == {"result": []}


@pytest.mark.parametrize(
    ("text", "found"),
    [("Message", 3), ("to", 3), ("create", 2), ("thread", 2), ("THREAD", 2), ("M", 3), (" ", 3)],
)
def test_the_list_of_threads_is_filtered_by_text(
    people: list[Person], rid: str, text: str, found: int
) -> None:
    ann = people[0]
    for words in ("Message to create thread", "Message to create Thread 2", "message to them"):
        reply(ann, sent(ann, rid, words))
    sent(ann, rid, "Message to create no thread")
    given = {"rid": rid, "text": text}
    body = ann.ok("GET", "v1/chat.getThreadsList", given)
    assert (len(body["threads"]), body["total"]) == (found, found)
    page = ann.ok("GET", "v1/chat.getThreadsList", {**given, "count": 1, "offset": 1})
    assert (page["count"], page["offset"], page["total"]) == (1, 1, found)
    assert page["threads"][0]["_id"] == body["threads"][1]["_id"]


def test_threads_are_listed_by_following_and_unread(
    workspace: Workspace, people: list[Person], rid: str
) -> None:
    ann, bea, carl = people
    first, other = sent(ann, rid), sent(bea, rid)
    reply(bea, first)
    reply(carl, other)

    def listed(person: Person, kind: str) -> list[str]:
        body = person.ok("GET", "v1/chat.getThreadsList", {"rid": rid, "type": kind})
        return [row["_id"] for row in body["threads"]]

    assert listed(ann, "") == [other["_id"], first["_id"]]
    assert listed(ann, "following") == listed(ann, "unread") == [first["_id"]]
    assert listed(carl, "unread") == []
    assert (
        invoke(workspace, ann, "getThreadsList", [{"rid": rid, "limit": 1}])["result"][0]["_id"]
        == other["_id"]
    )


def test_threads_are_kept_in_step(people: list[Person], rid: str) -> None:
    ann, bea, _ = people
    first, other = sent(ann, rid), sent(ann, rid)
    said = reply(bea, first)
    gone = reply(bea, other)
    ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": other["_id"]})
    ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": gone["_id"]})
    synced = ann.ok("GET", "v1/chat.syncThreadsList", {"rid": rid, "updatedSince": LONG_AGO})
    assert [row["_id"] for row in synced["threads"]["update"]] == [first["_id"]]
    assert [row["_id"] for row in synced["threads"]["remove"]] == [other["_id"]]
    given = {"tmid": first["_id"], "updatedSince": LONG_AGO}
    messages = ann.ok("GET", "v1/chat.syncThreadMessages", given)["messages"]
    assert ([row["_id"] for row in messages["update"]], messages["remove"]) == ([said["_id"]], [])
    ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": said["_id"]})
    messages = ann.ok("GET", "v1/chat.syncThreadMessages", given)["messages"]
    assert (messages["update"], [row["_id"] for row in messages["remove"]]) == ([], [said["_id"]])


NO_SINCE = ('The required param "updatedSince" is missing.', "error-updatedSince-param-invalid")
DISABLED = ("Threads Disabled", "error-not-allowed")


def test_what_the_thread_lists_need(workspace: Workspace, people: list[Person], rid: str) -> None:
    ann, stranger = people[0], workspace.person()
    first = sent(ann, rid)
    asked: list[tuple[str, Json]] = [
        ("getThreadsList", {"rid": rid}),
        ("syncThreadsList", {"rid": rid, "updatedSince": LONG_AGO}),
        ("getThreadMessages", {"tmid": first["_id"]}),
        ("syncThreadMessages", {"tmid": first["_id"], "updatedSince": LONG_AGO}),
    ]
    with setting(workspace, "Threads_enabled", False):
        for path, given in asked:
            fails(ann.get(f"v1/chat.{path}", **given), *DISABLED)
        fails(
            ann.post("v1/chat.sendMessage", {"message": {**first, "tmid": first["_id"]}}),
            *("not-allowed", "error-not-allowed", {"method": "sendMessage"}),
        )
    rooms = workspace.database["rocketchat_room"]
    rooms.update_one({"_id": rid}, {"$set": {"t": "p"}})
    for path, given in asked:
        fails(stranger.get(f"v1/chat.{path}", **given), "Not Allowed", "error-not-allowed")
    for path, given in (asked[1], asked[3]):
        bare = {key: value for key, value in given.items() if key != "updatedSince"}
        fails(ann.get(f"v1/chat.{path}", **bare), *NO_SINCE)
    unknown = ann.get("v1/chat.getThreadMessages", tmid="none")
    fails(unknown, "Invalid Message", "error-invalid-message")
