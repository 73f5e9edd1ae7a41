"""DDP subscriptions: who may have which, what answers them, and how they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from functions.streamer.reading import STREAMS
from tests.support.ddp import Ddp, Frame
from tests.support.frames import private_room, settled
from tests.support.workspace import Person, Workspace

MESSAGES, USER = "stream-room-messages", "stream-notify-user"
EVERYONE = "anonymous outsider member admin"
LOGGED = "outsider member admin"
RULES = [
    (MESSAGES, "PUBLIC", LOGGED),
    (MESSAGES, "PRIVATE", "member"),
    (MESSAGES, "no-such-room", ""),
    (MESSAGES, "__my_messages__", EVERYONE),
    ("stream-notify-room", "PUBLIC/typing", LOGGED),
    ("stream-notify-room", "PRIVATE/user-activity", "member"),
    ("stream-notify-room", "no-such-room/deleteMessage", ""),
    ("stream-room-data", "PUBLIC", LOGGED),
    ("stream-room-data", "PRIVATE", "member"),
    (USER, "MEMBER/rooms-changed", "member"),
    (USER, "MEMBER/anything-else", "member"),
    (USER, "MEMBERX/message", ""),
    (USER, "/message", ""),
    ("stream-notify-logged", "user-status", LOGGED),
    ("stream-roles", "roles", LOGGED),
    ("stream-user-presence", "", LOGGED),
    ("stream-notify-all", "public-settings-changed", EVERYONE),
    ("stream-notify-all", "updateAvatar", EVERYONE),
    ("stream-importers", "progress", EVERYONE),
    ("stream-apps", "app/added", EVERYONE),
    ("stream-notify-room-users", "PUBLIC/webrtc", ""),
    ("stream-notify-room", "PRIVATE/webrtc", EVERYONE),
    (USER, "MEMBER/webrtc", EVERYONE),
    (USER, "MEMBER/otr", "member"),
    ("stream-livechat-room", "PUBLIC", ""),
    ("stream-livechat-inquiry-queue-observer", "public", "admin"),
    ("stream-canned-responses", "canned-responses", ""),
    ("stream-apps-engine", "app/added", ""),
    ("stream-local", "broadcast", ""),
    ("stream-stdout", "stdout", "admin"),
    ("stream-integrationHistory", "x", "admin"),
]


def refusal(code: Any, reason: str = "") -> Frame:
    error: Frame = {"isClientSafe": True, "error": code, "errorType": "Meteor.Error"}
    error["message"] = f"{reason} [{code}]" if reason else f"[{code}]"
    return {**error, "reason": reason} if reason else error


@dataclass(frozen=True)
class Cast:
    member: Person
    outsider: Person
    public: str
    private: str


@pytest.fixture(scope="module")
def cast(workspace: Workspace) -> Cast:
    member, outsider = workspace.person(), workspace.person()
    public = workspace.channel(member)["_id"]
    return Cast(member, outsider, public, private_room(workspace, member))


def test_every_stream_has_its_read_rule_tested() -> None:
    assert {stream for stream, _, _ in RULES} == set(STREAMS)


@pytest.mark.parametrize(("stream", "event", "readers"), RULES)
async def test_who_may_read_what(
    workspace: Workspace, cast: Cast, stream: str, event: str, readers: str
) -> None:
    for placeholder, value in (
        ("PUBLIC", cast.public),
        ("PRIVATE", cast.private),
        ("MEMBER", cast.member.id),
    ):
        event = event.replace(placeholder, value)
    tokens = {"anonymous": "", "outsider": cast.outsider.token, "member": cast.member.token}
    tokens["admin"] = workspace.admin.token
    for who, token in tokens.items():
        async with Ddp(workspace.ws_url) as client:
            await client.connect()
            if token:
                await client.resume(token)
            answer = await client.sub(stream, event, False)
        if who in readers.split():
            assert set(answer) == {"msg", "subs"}, who
        else:
            error = refusal("not-allowed")
            assert answer == {"msg": "nosub", "id": answer["id"], "error": error}, who


@pytest.mark.parametrize(
    ("name", "params", "error"),
    [
        ("stream-notify-all", ["", False], refusal("invalid-event-name")),
        ("stream-notify-all", [], refusal("invalid-event-name")),
        ("stream-notify-all", [None], refusal("invalid-event-name")),
        ("stream-notify-all", [{"x": 1}], refusal("invalid-event-name")),
        ("stream-nothing", ["x"], refusal(404, "Subscription 'stream-nothing' not found")),
        ("", [], refusal(404, "Subscription '' not found")),
    ],
)
async def test_what_nobody_may_have_ends_in_nosub(
    workspace: Workspace, name: str, params: list[Any], error: Frame
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        answer = await client.sub(name, *params)
    assert answer == {"msg": "nosub", "id": answer["id"], "error": error}


@pytest.mark.parametrize(
    "options",
    [
        [],
        [False],
        [None],
        [[]],
        [{}],
        [""],
        [{"useCollection": False, "args": []}],
        [{"useCollection": False, "args": None}],
        [{"args": [None]}],
        [{"args": [{"token": "t"}]}, "more"],
    ],
)
async def test_fillers_behind_the_event_name_are_tolerated(
    workspace: Workspace, options: list[Any]
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        assert (await client.sub("stream-notify-all", "public-info", *options))["msg"] == "ready"
    assert len(client.frames) == 3


@pytest.mark.parametrize("option", [True, {"useCollection": True, "args": []}])
async def test_with_a_collection_its_document_comes_before_ready(
    workspace: Workspace, option: Any
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.sub(MESSAGES, "__my_messages__", option)
    fields = {"eventName": "__my_messages__"}
    document = {"msg": "added", "collection": MESSAGES, "id": "id", "fields": fields}
    assert client.frames[2:] == [document, {"msg": "ready", "subs": ["s1"]}]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("meteor.loginServiceConfiguration", []),
        ("meteor_autoupdate_clientVersions", []),
        ("meteor_autoupdate_clientVersions", ["app-id", True]),
        ("userData", []),
        ("activeUsers", [True]),
        ("fullUserData", ["x", {"useCollection": True}]),
        ("room", ["c", "general"]),
        ("roles", []),
    ],
)
async def test_publications_outside_the_streams_are_ready_before_login(
    workspace: Workspace, name: str, params: list[Any]
) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.sub(name, *params)
        await client.send({"msg": "unsub", "id": "s1"})
        await settled(client)
    assert client.frames[2:4] == [{"msg": "ready", "subs": ["s1"]}, {"msg": "nosub", "id": "s1"}]
