"""Sending and getting messages: what is refused, what is kept, what others see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contrail.shapes.ids import random_id
from contrail.shapes.wirejson import iso_date
from tests.support.ddp import Ddp
from tests.support.workspace import Json, Person, Workspace


def _send(person: Person, rid: str, **message: Any) -> Json:
    given = {"message": {"rid": rid, "msg": "hi", **message}}
    return dict(person.post("v1/chat.sendMessage", given).json())


def _room(workspace: Workspace, rid: str, change: Json) -> None:
    workspace.database["rocketchat_room"].update_one({"_id": rid}, {"$set": change})


def _rows(workspace: Workspace, rid: str) -> int:
    return int(workspace.database["rocketchat_message"].count_documents({"rid": rid}))


LINK = "javascript:alert(1)"
REFUSED: list[tuple[Json, Json]] = [
    ({"t": "uj"}, {"error": "Cannot send system messages using 'chat.sendMessage'"}),
    (
        {"msg": "x" * 5001},
        {
            "error": "Message size exceeds Message_MaxAllowedSize [error-message-size-exceeded]",
            "errorType": "error-message-size-exceeded",
            "details": {"method": "sendMessage"},
        },
    ),
    (
        {"tshow": True},
        {
            "error": "tshow provided but missing tmid [invalid-params]",
            "errorType": "invalid-params",
            "details": {"method": "sendMessage"},
        },
    ),
    ({"alias": "Someone"}, {"error": "Not enough permission"}),
    ({"avatar": "http://example.com/a.png"}, {"error": "Not enough permission"}),
    ({"customFields": {"a": 1}}, {"error": "Custom fields not enabled"}),
]


@pytest.mark.parametrize(("message", "body"), REFUSED, ids=lambda given: next(iter(given)))
def test_what_may_not_be_sent_is_refused_and_nothing_is_stored(
    workspace: Workspace, message: Json, body: Json
) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    before = workspace.database["rocketchat_room"].find_one({"_id": rid})
    assert _send(person, rid, **message) == {"success": False, **body}
    assert _rows(workspace, rid) == 0
    assert workspace.database["rocketchat_room"].find_one({"_id": rid}) == before


@pytest.mark.parametrize(
    "attachment",
    [
        {"author_link": LINK},
        {"image_url": f" {LINK.upper()}"},
        {"actions": [{"type": "button", "image_url": LINK}]},
        {"title_link_download": "yes"},
        {"fields": "none"},
        {"message_link": 7},
    ],
)
def test_attachments_that_run_or_are_misshapen_are_refused(
    workspace: Workspace, attachment: Json
) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    assert _send(person, rid, attachments=[attachment])["success"] is False
    posted = person.post("v1/chat.postMessage", {"channel": rid, "attachments": [attachment]})
    assert posted.status_code == 400
    assert _rows(workspace, rid) == 0


def test_a_clients_time_may_be_a_minute_off_and_no_more(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    now = workspace.runtime.clock.now()
    near, far = (iso_date(now - timedelta(seconds=n)) for n in (30, 90))
    assert _send(person, rid, ts=near)["success"] is True
    assert _send(person, rid, ts=far)["errorType"] == "error-message-ts-out-of-sync"


def test_rooms_can_be_closed_to_writing(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    readonly = workspace.channel(owner, member, readOnly=True)["_id"]
    assert _send(owner, readonly)["success"] is True, "owners may post in a read-only room"
    refusal = "You can't send messages because the room is readonly."
    assert _send(member, readonly) == {"success": False, "error": refusal}
    _room(workspace, readonly, {"unmuted": [member.username]})
    assert _send(member, readonly)["success"] is True
    open_room = workspace.channel(owner, member)["_id"]
    _room(workspace, open_room, {"muted": [member.username]})
    assert _send(member, open_room)["error"] == "You_have_been_muted"
    assert _send(owner, open_room)["success"] is True
    _room(workspace, open_room, {"archived": True})
    assert _send(owner, open_room)["error"] == "room_is_archived"


def test_a_message_keeps_what_the_client_gave_and_drops_what_it_must_not(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    rid, mid = workspace.channel(person)["_id"], random_id()
    given = {"_id": mid, "bot": {"i": "hubot"}, "attachments": [{"text": "a", "x": 1}]}
    forged = {"u": {"_id": "someone"}, "_hidden": True, "starred": [{"_id": "x"}], "pinned": True}
    text = "see https://example.com/a?b=1, and (http://localhost:1/x)."
    sent = _send(person, rid, msg=text, **given, **forged)["message"]
    assert sent["_id"] == mid
    assert sent["bot"] == {"i": "hubot"}
    assert sent["attachments"] == [{"text": "a", "x": 1}]
    assert sent["u"]["_id"] == person.id
    assert not {"_hidden", "starred", "pinned", "_contrail"} & set(sent)
    assert [url["url"] for url in sent["urls"]] == [
        "https://example.com/a?b=1",
        "http://localhost:1/x",
    ]
    got = person.ok("GET", "v1/chat.getMessage", {"msgId": mid})["message"]
    assert got == sent


def test_a_message_of_a_closed_room_is_not_told_apart_from_a_missing_one(
    workspace: Workspace,
) -> None:
    owner, stranger = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    mid = _send(owner, rid)["message"]["_id"]
    _room(workspace, rid, {"t": "p"})
    closed = stranger.get("v1/chat.getMessage", msgId=mid)
    missing = stranger.get("v1/chat.getMessage", msgId="no-such-message")
    assert closed.status_code == missing.status_code == 403
    assert closed.json() == missing.json() == {"success": False, "error": "unauthorized"}


def test_posting_reaches_rooms_by_id_by_name_and_by_list(workspace: Workspace) -> None:
    person = workspace.person()
    one, two = workspace.channel(person), workspace.channel(person)
    for target in (one["_id"], one["name"], f"#{one['name']}"):
        body = person.ok("POST", "v1/chat.postMessage", {"channel": target, "text": " hello "})
        assert body["channel"] == target
        assert body["message"]["rid"] == one["_id"]
        assert body["message"]["msg"] == "hello"
        assert body["message"]["groupable"] is False
        assert isinstance(body["ts"], int)
    both = {"roomId": [one["_id"], two["_id"]], "text": "both"}
    person.ok("POST", "v1/chat.postMessage", both)
    assert (_rows(workspace, one["_id"]), _rows(workspace, two["_id"])) == (4, 1)


def test_posting_to_several_rooms_stores_nothing_when_one_is_closed(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    mine, theirs = workspace.channel(person)["_id"], workspace.channel(other)["_id"]
    _room(workspace, theirs, {"t": "p"})
    answer = person.post("v1/chat.postMessage", {"roomId": [mine, theirs], "text": "x"})
    expected = {"success": False, "error": "[invalid-channel]", "errorType": "invalid-channel"}
    assert (answer.status_code, answer.json()) == (400, expected)
    assert _rows(workspace, mine) == 0


def test_posting_to_a_public_channel_joins_it(workspace: Workspace) -> None:
    owner, poster = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    poster.ok("POST", "v1/chat.postMessage", {"channel": rid, "text": "hello"})
    rows = poster.ok("GET", "v1/subscriptions.get")["update"]
    assert rid in [row["rid"] for row in rows]


async def test_a_refusal_over_ddp_reaches_the_sender_as_a_notice(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub("stream-notify-user", f"{person.id}/message", False)
        result = await client.call("sendMessage", {"rid": rid, "msg": "x" * 5001})
        assert "error" not in result
        assert "result" not in result
        (notice,) = await client.event("stream-notify-user", f"{person.id}/message")
        assert (notice["rid"], notice["private"]) == (rid, True)
        assert notice["msg"] == "error-message-size-exceeded"
        closed = workspace.channel(workspace.person())["_id"]
        _room(workspace, closed, {"t": "p"})
        refused = await client.call("sendMessage", {"rid": closed, "msg": "x"})
        assert refused["error"]["error"] == "error-not-allowed"
        system = await client.call("sendMessage", {"rid": rid, "msg": "x", "t": "uj"})
        assert system["error"]["error"] == 500


async def test_ddp_sends_are_limited_to_five_a_second_unless_permitted(
    new_workspace: Callable[..., Workspace],
) -> None:
    workspace = new_workspace(test_mode=False, admin_username="boss", admin_pass="secret")
    boss = workspace.login("boss", "secret")
    given = {"name": "Ann", "email": "ann@example.com", "username": "ann", "password": "secret"}
    boss.ok("POST", "v1/users.create", given)
    ann = workspace.login("ann", "secret")
    for person, limited in ((boss, False), (ann, True)):
        async with Ddp(workspace.ws_url) as client:
            await client.connect()
            await client.resume(person.token)
            for number in range(1, 9):
                message = {"rid": "GENERAL", "msg": "hi"}
                frame = {"msg": "method", "method": "sendMessage", "params": [message]}
                await client.send({**frame, "id": f"n{number}"})
            await client.until(lambda f: f.get("msg") == "updated" and f["methods"] == ["n8"])
            results = [frame for frame in client.frames if str(frame.get("id", "")).startswith("n")]
            errors = [frame["error"] for frame in results if "error" in frame]
        if not limited:
            assert errors == []
            continue
        assert len(errors) == 3
        assert errors[0]["error"] == "too-many-requests"
        assert 0 < errors[0]["details"]["timeToReset"] <= 1000
        assert "Please slow down" in errors[0]["reason"]


async def test_load_history_pages_back_and_counts_what_is_unread(workspace: Workspace) -> None:
    person = workspace.person()
    rid = workspace.channel(person)["_id"]
    sent = [_send(person, rid, msg=str(number))["message"] for number in range(6)]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        newest = (await client.call("loadHistory", rid, None, 2))["result"]
        assert [row["msg"] for row in newest["messages"]] == ["5", "4"]
        assert newest["unreadNotLoaded"] == 0
        end = newest["messages"][-1]["ts"]
        older = (await client.call("loadHistory", rid, end, 2))["result"]
        assert [row["msg"] for row in older["messages"]] == ["3", "2"]
        read_until = (await client.call("loadHistory", rid, None, 50))["result"]["messages"][-1][
            "ts"
        ]
        unread = (await client.call("loadHistory", rid, None, 2, read_until))["result"]
        assert unread["unreadNotLoaded"] == 3
        assert unread["firstUnread"]["_id"] == sent[1]["_id"]
        assert (await client.call("loadHistory", "no-such-room", None, 2))["result"] is False
