"""Custom emoji that come, change and go: who may, who hears of it, what is left."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from tests.support.ddp import Ddp
from tests.support.emoji import (
    CREATE,
    DELETE,
    UPDATE,
    fails,
    listed,
    made,
    now,
    show,
)
from tests.support.pictures import (
    copied,
    imported,
    picture,
    post_form,
    stored,
)
from tests.support.scene import fresh, invoke
from tests.support.workspace import Workspace


def test_delete_needs_the_id_of_an_emoji(workspace: Workspace) -> None:
    answer = workspace.admin.post(DELETE, {})
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        'The "emojiId" params is required!',
    )
    answer = workspace.admin.post(DELETE, {"emojiId": "invalid-id"})
    assert answer.json() == {
        "success": False,
        "error": "Invalid emoji [Custom_Emoji_Error_Invalid_Emoji]",
        "errorType": "Custom_Emoji_Error_Invalid_Emoji",
        "details": {"method": "deleteEmojiCustom"},
    }


def test_should_delete_the_custom_emoji_and_its_picture(workspace: Workspace) -> None:
    files = stored(workspace, "emoji")
    row, before = made(workspace), now()
    workspace.admin.ok("POST", DELETE, {"emojiId": row["_id"]})
    assert row["name"] not in [one["name"] for one in listed(workspace)]
    body = workspace.admin.ok("GET", "v1/emoji-custom.list", {"updatedSince": before})
    assert [one["_id"] for one in body["emojis"]["remove"]] == [row["_id"]]
    assert "_contrail" not in str(body)
    assert stored(workspace, "emoji") == files
    assert show(workspace, f"{row['name']}.png").headers["Content-Type"] == "image/svg+xml"


def test_who_may_not_manage_emoji_is_refused(workspace: Workspace) -> None:
    person = workspace.person()
    for path in (CREATE, UPDATE):
        answer = post_form(person, path, {"emoji": picture()}, {"name": fresh("e"), "_id": "x"})
        fails(answer, "not_authorized")
    fails(person.post(DELETE, {"emojiId": "x"}), "not_authorized")


def test_over_ddp_the_picture_follows_the_emoji(workspace: Workspace) -> None:
    admin, name, body = workspace.admin, fresh("e"), picture()
    given = {"name": name, "aliases": fresh("a"), "extension": "png"}
    made_id = invoke(workspace, admin, "insertOrUpdateEmoji", [given])["result"]
    assert show(workspace, f"{name}.png").headers["Content-Type"] == "image/svg+xml"
    for content in (body, body.decode("latin-1")):
        params = [content, "image/png", {"name": name, "extension": "png"}]
        assert invoke(workspace, admin, "uploadEmojiCustom", params) == {}
        assert show(workspace, f"{name}.png").content == body
    given = {"_id": made_id, "name": fresh("e"), "aliases": "", "extension": "png"}
    assert invoke(workspace, admin, "insertOrUpdateEmoji", [given]) == {"result": True}
    rows = invoke(workspace, admin, "listEmojiCustom", [])["result"]
    assert [row["name"] for row in rows if row["_id"] == made_id] == [given["name"]]
    assert invoke(workspace, admin, "deleteEmojiCustom", [made_id]) == {"result": True}


async def test_everyone_hears_of_emoji_that_come_change_and_go(workspace: Workspace) -> None:
    stream, person = "stream-notify-logged", workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        for event in ("updateEmojiCustom", "deleteEmojiCustom"):
            await client.sub(stream, event, False)
        row = await asyncio.to_thread(made, workspace)
        told = await client.until_events(stream, "updateEmojiCustom", 1)
        shown = {key: row[key] for key in ("_id", "name", "aliases", "extension")}
        assert told == [[{"emojiData": shown}]]
        body = {"emojiId": row["_id"]}
        await asyncio.to_thread(workspace.admin.ok, "POST", DELETE, body)
        assert await client.event(stream, "deleteEmojiCustom") == [{"emojiData": shown}]


def test_a_custom_emoji_is_one_to_react_with(workspace: Workspace) -> None:
    row, person = made(workspace), workspace.person()
    room = workspace.channel(person)
    sent = person.ok(
        "POST", "v1/chat.sendMessage", {"message": {"rid": room["_id"], "msg": "hello"}}
    )["message"]
    given = {"messageId": sent["_id"], "emoji": f":{row['name']}:"}
    person.ok("POST", "v1/chat.react", given)


@pytest.mark.parametrize("place", ["the database", "a folder"])
def test_emoji_of_an_imported_workspace_are_shown(workspace: Workspace, place: str) -> None:
    name, body = fresh("e\u00fc"), picture("GIF")
    row = {"_id": fresh("i"), "name": name, "aliases": [], "extension": "gif"}
    workspace.database["rocketchat_custom_emoji"].insert_one(row)
    assert show(workspace, f"{name}.gif").headers["Content-Type"] == "image/svg+xml"
    if place == "the database":
        imported(workspace, "custom_emoji", f"{quote(name)}.gif", body)
    else:
        copied(workspace, f"custom_emoji/{quote(name)}.gif", body)
    answer = show(workspace, f"{name}.gif")
    assert (answer.content, answer.headers["Content-Type"]) == (body, "image/gif")
    given = {"_id": row["_id"], "name": name}
    assert post_form(workspace.admin, UPDATE, {"emoji": picture()}, given).status_code == 200
    assert show(workspace, f"{name}.png").headers["Content-Type"] == "image/png"
