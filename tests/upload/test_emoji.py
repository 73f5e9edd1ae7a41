"""Custom emoji: what clients list, and the pictures."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.pictures import (
    SVG,
    animated,
    bomb,
    fetch,
    imported,
    picture,
    pixels,
    post_form,
    stored,
)
from tests.support.scene import fresh, invoke
from tests.support.workspace import Json, Workspace

CREATE, UPDATE, DELETE = (f"v1/emoji-custom.{verb}" for verb in ("create", "update", "delete"))
OLD = "Thu, 01 Jan 2015 00:00:00 GMT"
IN_USE = "Custom_Emoji_Error_Name_Or_Alias_Already_In_Use"


def create(workspace: Workspace, body: bytes | None = None, **fields: str) -> Any:
    files = {"emoji": body or picture()}
    return post_form(workspace.admin, CREATE, files, {"name": fresh("e"), **fields})


def made(workspace: Workspace, body: bytes | None = None, **fields: str) -> Json:
    """A new emoji."""
    fields = {"name": fresh("e"), **fields}
    answer = create(workspace, body, **fields)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    return found(workspace, fields["name"])


def listed(workspace: Workspace, **query: str) -> list[Json]:
    rows: list[Json] = workspace.admin.ok("GET", "v1/emoji-custom.list", query)["emojis"]["update"]
    return rows


def found(workspace: Workspace, name: str) -> Json:
    (row,) = [one for one in listed(workspace) if one["name"] == name]
    return row


def show(workspace: Workspace, file: str, **headers: str) -> Any:
    return fetch(None, workspace, f"/emoji-custom/{file}", **headers)


def fails(answer: Any, code: str) -> None:
    assert (answer.status_code, answer.json()["errorType"]) == (400, code)


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def test_should_create_new_custom_emoji(workspace: Workspace) -> None:
    alias = fresh("a")
    row = made(workspace, aliases=f"{alias}, :{alias}2:")
    assert row["aliases"] == [alias, f"{alias}2"]
    assert row["extension"] == "png"
    assert set(row) == {"_id", "name", "aliases", "extension", "_updatedAt"}


def test_should_create_new_custom_emoji_without_optional_parameter_aliases(
    workspace: Workspace,
) -> None:
    assert made(workspace)["aliases"] == []


def test_should_throw_an_error_when_the_filename_is_wrong(workspace: Workspace) -> None:
    fields = {"_id": "invalid-id", "name": fresh("e")}
    fails(post_form(workspace.admin, CREATE, {"emojiwrong": picture()}, fields), "invalid-field")
    fails(post_form(workspace.admin, CREATE, {}, fields), "No file uploaded")


@pytest.mark.parametrize(
    "body", [SVG, b"no picture", picture()[:-30], bomb()], ids=["svg", "text", "cut", "bomb"]
)
def test_what_is_no_picture_is_refused_and_leaves_nothing(
    workspace: Workspace, body: bytes
) -> None:
    before, files = listed(workspace), stored(workspace, "emoji")
    fails(create(workspace, body), "emoji-is-not-image")
    assert (listed(workspace), stored(workspace, "emoji")) == (before, files)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": ""}, "error-the-field-is-required"),
        ({"name": " : "}, "error-the-field-is-required"),
        ({"name": "a b"}, "error-input-is-not-a-valid-field"),
        ({"name": "a<b"}, "error-input-is-not-a-valid-field"),
        ({"name": "x" * 129}, "error-input-is-not-a-valid-field"),
        ({"aliases": "a,b<c"}, "error-input-is-not-a-valid-field"),
        ({"aliases": ",".join(f"a{n}" for n in range(51))}, "error-input-is-not-a-valid-field"),
    ],
)
def test_names_that_cannot_be_written_in_a_message_are_refused(
    workspace: Workspace, fields: Json, code: str
) -> None:
    files = stored(workspace, "emoji")
    fails(create(workspace, **fields), code)
    assert stored(workspace, "emoji") == files


def test_a_name_or_alias_belongs_to_one_emoji(workspace: Workspace) -> None:
    alias = fresh("a")
    row = made(workspace, aliases=alias)
    for fields in ({"name": alias}, {"name": row["name"]}, {"aliases": f"x,{alias}"}):
        fails(create(workspace, **fields), IN_USE)
    other = made(workspace)
    given = {"_id": other["_id"], "name": other["name"], "aliases": row["name"]}
    fails(post_form(workspace.admin, UPDATE, {}, given), IN_USE)
    given = {"_id": row["_id"], "name": alias, "aliases": row["name"]}
    assert post_form(workspace.admin, UPDATE, {}, given).status_code == 200


def test_of_many_who_want_a_name_at_once_one_gets_it(workspace: Workspace) -> None:
    name, files = fresh("e"), stored(workspace, "emoji")
    with ThreadPoolExecutor(6) as pool:
        fields = [{"name": name}, {"aliases": name}] * 3
        answers = list(pool.map(lambda given: create(workspace, **given), fields))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]
    assert {answer.json().get("errorType") for answer in answers} == {None, IN_USE}
    assert len(stored(workspace, "emoji") - files) == 1


def test_update_without_a_file_keeps_the_picture(workspace: Workspace) -> None:
    row, alias = made(workspace), fresh("a")
    given = {"_id": row["_id"], "name": fresh("e"), "aliases": alias}
    answer = post_form(workspace.admin, UPDATE, {}, given)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    after = found(workspace, given["name"])
    assert (after["_id"], after["aliases"]) == (row["_id"], [alias])
    assert show(workspace, f"{given['name']}.png").headers["Content-Type"] == "image/png"
    assert show(workspace, f"{row['name']}.png").headers["Content-Type"] == "image/svg+xml"
    post_form(workspace.admin, UPDATE, {}, {"_id": row["_id"], "name": given["name"]})
    assert found(workspace, given["name"])["aliases"] == []


def test_update_with_a_file_replaces_the_picture(workspace: Workspace) -> None:
    row = made(workspace)
    files = stored(workspace, "emoji")
    given = {"_id": row["_id"], "name": row["name"]}
    answer = post_form(workspace.admin, UPDATE, {"emoji": picture("JPEG")}, given)
    assert answer.status_code == 200
    assert found(workspace, row["name"])["extension"] == "jpeg"
    assert show(workspace, f"{row['name']}.jpeg").headers["Content-Type"] == "image/jpeg"
    assert len(stored(workspace, "emoji")) == len(files)


@pytest.mark.parametrize(
    ("files", "fields", "code"),
    [
        ({"emoji": picture()}, {}, 'The required "_id" query param is missing.'),
        ({"emoji": picture()}, {"_id": "invalid-id"}, "Emoji not found."),
        ({"emojiwrong": picture()}, {"_id": "invalid-id"}, "invalid-field"),
    ],
)
def test_update_should_throw_error_when(
    workspace: Workspace, files: Json, fields: Json, code: str
) -> None:
    given = {"name": fresh("e"), **fields}
    fails(post_form(workspace.admin, UPDATE, files, given), code)


def test_list_returns_emojis_when_query_or_updated_since_is_used(workspace: Workspace) -> None:
    row = made(workspace)
    later = now()
    assert row in listed(workspace, _id=row["_id"])
    assert row in listed(workspace, query=json.dumps({"name": row["name"]}))
    for query in (
        {"query": json.dumps({"_updatedAt": {"$gt": {"$date": later}}})},
        {"_updatedAt": later},
        {"updatedSince": later},
        {"updatedSince": later, "_updatedAt": later},
    ):
        body = workspace.admin.ok("GET", "v1/emoji-custom.list", query)
        assert body["emojis"] == {"update": [], "remove": []}
    answer = workspace.admin.get("v1/emoji-custom.list", query='{"name": {"$gt": ""}}')
    fails(answer, "error-invalid-query")


def test_list_refuses_an_invalid_date(workspace: Workspace) -> None:
    for name in ("updatedSince", "_updatedAt"):
        answer = workspace.admin.get("v1/emoji-custom.list", **{name: "invalid-date"})
        fails(answer, "error-roomId-param-invalid")


def test_all_returns_emojis_even_requested_with_count_and_offset(workspace: Workspace) -> None:
    row = made(workspace)
    body = workspace.admin.ok("GET", "v1/emoji-custom.all", {"count": 1, "offset": 0})
    assert (len(body["emojis"]), body["count"], body["offset"]) == (1, 1, 0)
    assert body["total"] >= 1
    body = workspace.admin.ok("GET", "v1/emoji-custom.all", {"name": row["name"]})
    assert body["emojis"] == [row]


def test_accessing_emojis_is_forbidden_without_a_name(workspace: Workspace) -> None:
    answer = show(workspace, "")
    assert (answer.status_code, answer.text) == (403, "Forbidden")


def test_accessing_an_emoji_that_does_not_exist(workspace: Workspace) -> None:
    for file in ("invalid", "invalid.png", "a%2Fb.png"):
        answer = show(workspace, file)
        assert answer.status_code == 200
        wanted = {
            "Last-Modified": OLD,
            "Content-Type": "image/svg+xml",
            "Cache-Control": "public, max-age=0",
            "Expires": "-1",
            "Content-Disposition": "inline",
        }
        assert {key: answer.headers[key] for key in wanted} == wanted
        again = show(workspace, file, **{"If-Modified-Since": OLD})
        assert (again.status_code, again.headers["Last-Modified"]) == (304, OLD)


def test_accessing_an_emoji_that_exists(workspace: Workspace) -> None:
    body = picture()
    row = made(workspace, body)
    answer = show(workspace, f"{row['name']}.png")
    assert (answer.status_code, answer.content) == (200, body)
    wanted = {
        "Content-Type": "image/png",
        "Cache-Control": "public, max-age=31536000",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    assert {key: answer.headers[key] for key in wanted} == wanted
    modified = answer.headers["Last-Modified"]
    again = show(workspace, f"{row['name']}.png", **{"If-Modified-Since": modified})
    assert (again.status_code, again.headers["Last-Modified"]) == (304, modified)
    assert "Cache-Control" not in again.headers
    other = show(workspace, f"{row['name']}.png?etag=1", **{"If-None-Match": "invalid-etag"})
    assert (other.status_code, other.content) == (200, body)


def test_an_animated_emoji_stays_animated(workspace: Workspace) -> None:
    row = made(workspace, animated())
    answer = show(workspace, f"{row['name']}.gif")
    assert answer.headers["Content-Type"] == "image/gif"
    assert getattr(pixels(answer.content), "n_frames", 1) == 3


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


def test_emoji_of_an_imported_workspace_are_shown(workspace: Workspace) -> None:
    name, body = fresh("e"), picture("GIF")
    row = {"_id": fresh("i"), "name": name, "aliases": [], "extension": "gif"}
    workspace.database["rocketchat_custom_emoji"].insert_one(row)
    imported(workspace, "custom_emoji", f"{name}.gif", body)
    answer = show(workspace, f"{name}.gif")
    assert (answer.content, answer.headers["Content-Type"]) == (body, "image/gif")
    given = {"_id": row["_id"], "name": name}
    assert post_form(workspace.admin, UPDATE, {"emoji": picture()}, given).status_code == 200
    assert show(workspace, f"{name}.png").headers["Content-Type"] == "image/png"
