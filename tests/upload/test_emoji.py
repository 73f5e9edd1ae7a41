"""Custom emoji: what clients list, and the pictures."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.emoji import (
    CREATE,
    IN_USE,
    OLD,
    UPDATE,
    create,
    fails,
    found,
    listed,
    made,
    now,
    show,
)
from tests.support.pictures import (
    SVG,
    animated,
    bomb,
    picture,
    pixels,
    post_form,
    stored,
)
from tests.support.scene import fresh
from tests.support.workspace import Json, Workspace


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
