"""EmbeddedChat 0.2.3 from npm, unmodified, in Chromium, against the program of `make serve`.

What it looks like on the way is kept in build/screenshots/.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from contrail.domain.workspace import TEST_ADMIN
from tests.support.browser import PAGE, Browser, shown
from tests.support.ddp import Ddp
from tests.support.program import Program

Json = dict[str, Any]
Open = Callable[[str], Awaitable[Browser]]
pytestmark = pytest.mark.timeout(300)
UNKNOWN_LIMIT = "/api/v1/settings/Message_MaxAllowedSize"
"""Only those who may see the settings are told; EmbeddedChat asks for everyone."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Pictures of people are for everyone to see: EmbeddedChat asks for them as nobody."""
    everyone = {"OVERWRITE_SETTING_Accounts_AvatarBlockUnauthenticatedAccess": "false"}
    with Program(tmp_path_factory.mktemp("embedded"), TEST_MODE="true", **everyone) as started:
        started.ready()
        yield started


@pytest.fixture(scope="module")
def ben(program: Program) -> Any:
    """The admin: whom ann chats with."""
    return program.client(TEST_ADMIN, TEST_ADMIN)


@pytest.fixture(scope="module")
def ann(ben: Any) -> str:
    ben.users_create("ann@example.com", "Ann", "secret", "ann")
    return "ann"


@pytest.fixture
def room(ben: Any, ann: str, request: pytest.FixtureRequest) -> Json:
    """A channel of both with three messages."""
    name = request.node.name.removeprefix("test_")[:60]
    made: Json = ben.channels_create(name, members=[ann])["channel"]
    made["sent"] = [
        ben.chat_send_message({"rid": made["_id"], "msg": text})["message"]
        for text in ("good *morning*", "`code` and a [link](https://example.com)", "> quoted")
    ]
    return made


@pytest.fixture
async def chat(program: Program, ann: str, room: Json) -> AsyncIterator[Browser]:
    """Ann's browser, not logged in."""
    given = {"url": program.url, "page": str(PAGE), "username": ann}
    client = await Browser.started("chat", {**given, "rid": room["_id"], "room": room["name"]})
    yield client
    await client.end()


def history(room: Json) -> list[Json]:
    """How the room's three messages are drawn."""
    first, second, third = room["sent"]
    return [
        shown(third, "quoted"),
        shown(second, "code and a link"),
        shown(first, "good morning"),
    ]


def newest(ben: Any, room: Json) -> Json:
    """What was said last in the room."""
    return dict(next(row for row in ben.channels_history(room["_id"]) if "t" not in row))


async def nothing_went_wrong(chat: Browser, but: str = "") -> None:
    """It threw nothing, and no more was refused than Rocket.Chat refuses."""
    rest = [told for told in await chat.leave() if told["step"] in ("threw", "refused")]
    assert [told for told in rest if told.get("path") not in (UNKNOWN_LIMIT, but)] == []


async def test_someone_logs_in_and_the_history_is_drawn(chat: Browser, room: Json) -> None:
    await chat.logs_in("secret")
    await chat.draws(*history(room))
    await chat.does("seesPictures")
    await chat.photographed("history")
    await nothing_went_wrong(chat)


async def test_a_wrong_password_is_said_to_be_wrong(chat: Browser) -> None:
    await chat.does("open")
    await chat.does("login", "wrong")
    await chat.does("reads", "Invalid username or password")
    await chat.photographed("wrong-password")
    assert (await chat.next("refused"))["status"] == 401
    assert await chat.leave() == []


async def test_what_someone_sends_is_drawn_and_stored_and_can_be_edited_and_deleted(
    chat: Browser, ben: Any, room: Json
) -> None:
    await chat.logs_in("secret")
    await chat.draws(*history(room))
    await chat.does("write", "hello *there*")
    await chat.does("reads", "hello there")
    sent = newest(ben, room)
    assert (sent["msg"], sent["u"]["username"]) == ("hello *there*", "ann")
    await chat.draws(shown(sent, "hello there"), *history(room))

    await chat.does("edit", sent["_id"], "hello _again_")
    await chat.draws(shown(sent, "hello again"), *history(room))
    assert newest(ben, room)["msg"] == "hello _again_"
    await chat.photographed("edited")

    await chat.does("delete", sent["_id"])
    await chat.draws(*history(room))
    assert newest(ben, room)["_id"] == room["sent"][-1]["_id"]
    await nothing_went_wrong(chat)


async def test_someone_reacts_and_pins(chat: Browser, ben: Any, room: Json) -> None:
    await chat.logs_in("secret")
    await chat.draws(*history(room))
    *others, first = history(room)
    await chat.does("react", first["id"], "1f600")
    await chat.draws(*others, first | {"reactions": [[":grinning:", "1"]]})
    (reaction,) = ben.chat_get_message(first["id"])["message"]["reactions"]
    ben.chat_react(first["id"], reaction, shouldReact=True)
    await chat.draws(*others, first | {"reactions": [[":grinning:", "2"]]})

    await chat.does("pin", others[0]["id"])
    await chat.does("reads", "Error pinning message")  # who may, Rocket.Chat's roles say
    ben.channels_add_moderator(room["_id"], ben.users_info(username="ann")["user"]["_id"])
    await chat.does("pin", others[0]["id"])
    await chat.does("reads", "Message pinned")
    assert ben.chat_get_message(others[0]["id"])["message"]["pinned"] is True
    await chat.photographed("reacted-and-pinned")
    await nothing_went_wrong(chat, but="/api/v1/chat.pinMessage")


async def test_someone_replies_in_a_thread(chat: Browser, ben: Any, room: Json) -> None:
    await chat.logs_in("secret")
    await chat.draws(*history(room))
    *others, first = history(room)
    await chat.does("openThread", first["id"])
    await chat.draws(first)
    await chat.does("write", "a reply")
    await chat.does("reads", "a reply")
    (reply,) = ben.chat_get_thread_messages(first["id"])
    assert (reply["msg"], reply["tmid"]) == ("a reply", first["id"])
    also = ben.chat_send_message({"rid": room["_id"], "tmid": first["id"], "msg": "me too"})
    second = also["message"]
    await chat.draws(shown(second), shown(reply), first)
    await chat.photographed("thread")
    await chat.does("closeThread")
    await chat.draws(*others, first | {"replies": "2"})
    await nothing_went_wrong(chat)


async def test_what_others_do_arrives_by_itself(
    program: Program, chat: Browser, ben: Any, room: Json
) -> None:
    await chat.logs_in("secret")
    await chat.draws(*history(room))
    sent = ben.chat_send_message({"rid": room["_id"], "msg": "news"})["message"]
    await chat.draws(shown(sent), *history(room))
    ben.chat_update(room["_id"], sent["_id"], "_better_ news")
    await chat.draws(shown(sent, "better news"), *history(room))
    ben.chat_delete(room["_id"], sent["_id"])
    await chat.draws(*history(room))

    async with Ddp(f"{program.url.replace('http', 'ws')}/websocket") as other:
        await other.connect()
        await other.login(TEST_ADMIN, TEST_ADMIN)
        event = f"{room['_id']}/user-activity"
        await other.call("stream-notify-room", event, TEST_ADMIN, ["user-typing"], {})
        await chat.does("reads", "is typing")
        await chat.photographed("typing")
        await other.call("stream-notify-room", event, TEST_ADMIN, [], {})
        await chat.does("isRidOf", "is typing")

        await other.sub("stream-notify-room", event, False)
        await chat.does("type", "half a sen")
        assert (await other.event("stream-notify-room", event))[:2] == ["ann", ["user-typing"]]
    await nothing_went_wrong(chat)
