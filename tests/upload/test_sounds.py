"""Custom sounds: what clients list, and the recordings."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.pictures import SVG, copied, fetch, imported, stored, wav
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.workspace import Json, Workspace

MP3 = b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 20


def call(workspace: Workspace, method: str, *params: Any) -> Json:
    return invoke(workspace, workspace.admin, method, list(params))


def made(workspace: Workspace, body: bytes | None = None, name: str = "") -> str:
    """The id of a new sound; with a recording unless that is empty."""
    given = {"name": name or fresh("s"), "extension": "mp3", "newFile": True}
    sound: str = call(workspace, "insertOrUpdateSound", given)["result"]
    if body != b"":
        params = (body or wav(), "audio/wav", {**given, "extension": "wav", "_id": sound})
        assert call(workspace, "uploadCustomSound", *params) == {}
    return sound


def play(workspace: Workspace, file: str, **headers: str) -> Any:
    return fetch(None, workspace, f"/custom-sounds/{file}", **headers)


def test_list_should_return_custom_sounds(workspace: Workspace) -> None:
    name = fresh("s")
    sound = made(workspace, name=name)
    body = workspace.admin.ok("GET", "v1/custom-sounds.list", {"name": name})
    (row,) = body["sounds"]
    assert (row["_id"], row["name"], row["extension"]) == (sound, name, "wav")
    assert set(row) == {"_id", "name", "extension", "_updatedAt"}
    assert (body["count"], body["offset"], body["total"]) == (1, 0, 1)


def test_list_should_return_custom_sounds_even_requested_with_count_and_offset(
    workspace: Workspace,
) -> None:
    made(workspace)
    body = workspace.admin.ok("GET", "v1/custom-sounds.list", {"count": 1, "offset": 0})
    assert (len(body["sounds"]), body["count"], body["offset"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("body", "extension", "kind"), [(wav(), "wav", "audio/wav"), (MP3, "mp3", "audio/mpeg")]
)
def test_accessing_a_sound_that_exists(
    workspace: Workspace, body: bytes, extension: str, kind: str
) -> None:
    sound = made(workspace, body)
    answer = play(workspace, f"{sound}.{extension}")
    assert (answer.status_code, answer.content) == (200, body)
    wanted = {
        "Content-Type": kind,
        "Cache-Control": "public, max-age=0",
        "Expires": "-1",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    assert {key: answer.headers[key] for key in wanted} == wanted
    modified = answer.headers["Last-Modified"]
    again = play(workspace, f"{sound}.{extension}", **{"If-Modified-Since": modified})
    assert (again.status_code, again.headers["Last-Modified"]) == (304, modified)
    assert not {"Cache-Control", "Expires"} & set(again.headers)


def test_accessing_a_sound_that_does_not_exist_is_not_found(workspace: Workspace) -> None:
    for file in ("invalid.mp3", f"{made(workspace, b'')}.mp3"):
        answer = play(workspace, file)
        assert (answer.status_code, answer.text) == (404, "Not found")


def test_accessing_sounds_is_forbidden_without_an_id(workspace: Workspace) -> None:
    answer = play(workspace, "")
    assert (answer.status_code, answer.text) == (403, "Forbidden")


def test_a_recording_may_come_as_text_with_a_character_for_each_byte(workspace: Workspace) -> None:
    sound = made(workspace, b"")
    params = (wav().decode("latin-1"), "audio/wav", {"_id": sound, "name": "x"})
    assert call(workspace, "uploadCustomSound", *params) == {}
    assert play(workspace, f"{sound}.wav").content == wav()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SVG, "invalid-file-type"),
        (b"<html>", "invalid-file-type"),
        (b"", "invalid-file-type"),
        ("\u20ac", "error-invalid-file"),
    ],
    ids=["svg", "html", "empty", "no bytes"],
)
def test_what_is_no_recording_is_refused_and_leaves_nothing(
    workspace: Workspace, content: Any, code: str
) -> None:
    sound, files = made(workspace, b""), stored(workspace, "sounds")
    outcome = call(workspace, "uploadCustomSound", content, "audio/mpeg", {"_id": sound})
    assert outcome["error"]["error"] == code
    assert stored(workspace, "sounds") == files


def test_the_size_limit_of_files_holds_for_sounds(workspace: Workspace) -> None:
    sound = made(workspace, b"")
    with setting(workspace, "FileUpload_MaxFileSize", 100):
        outcome = call(workspace, "uploadCustomSound", wav(), "audio/wav", {"_id": sound})
    assert outcome["error"]["error"] == "error-file-too-large"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "error-the-field-is-required"),
        ("a b", "error-input-is-not-a-valid-field"),
        ("a/b", "error-input-is-not-a-valid-field"),
    ],
)
def test_names_of_sounds_are_checked(workspace: Workspace, name: str, code: str) -> None:
    given = {"name": name, "extension": "mp3"}
    assert call(workspace, "insertOrUpdateSound", given)["error"]["error"] == code


def test_a_name_belongs_to_one_sound(workspace: Workspace) -> None:
    name = fresh("s")
    sound = made(workspace, b"", name)
    other = made(workspace, b"")
    taken = "Custom_Sound_Error_Name_Already_In_Use"
    for given in ({"name": name}, {"_id": other, "name": name}):
        outcome = call(workspace, "insertOrUpdateSound", {**given, "extension": "mp3"})
        assert outcome["error"]["error"] == taken
    given = {"_id": sound, "name": f"{name}2", "extension": "mp3"}
    assert call(workspace, "insertOrUpdateSound", given) == {"result": sound}


def test_of_a_sound_that_changed_or_went_no_recording_is_left(workspace: Workspace) -> None:
    files = stored(workspace, "sounds")
    sound = made(workspace)
    call(workspace, "uploadCustomSound", MP3, "audio/mpeg", {"_id": sound})
    assert play(workspace, f"{sound}.mp3").content == MP3
    assert len(stored(workspace, "sounds") - files) == 1
    assert call(workspace, "deleteCustomSound", sound) == {"result": True}
    assert stored(workspace, "sounds") == files
    error = call(workspace, "deleteCustomSound", sound)["error"]
    assert (error["error"], error["details"]) == (
        "Custom_Sound_Error_Invalid_Sound",
        {"method": "deleteCustomSound"},
    )


async def test_everyone_hears_of_sounds_that_come_and_go(workspace: Workspace) -> None:
    stream, person, name = "stream-notify-all", workspace.person(), fresh("s")
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        for event in ("updateCustomSound", "deleteCustomSound"):
            await client.sub(stream, event, False)
        await client.sub(stream, "public-info", False)
        sound = await asyncio.to_thread(made, workspace, None, name)
        shown = {"_id": sound, "name": name, "extension": "wav"}
        assert await client.event(stream, "updateCustomSound") == [{"soundData": shown}]
        again = ["updateCustomSound", [{"soundData": shown}]]
        assert await client.event(stream, "public-info") == [again]
        await asyncio.to_thread(call, workspace, "deleteCustomSound", sound)
        assert await client.event(stream, "deleteCustomSound") == [{"soundData": shown}]


@pytest.mark.parametrize("place", ["the database", "a folder"])
def test_sounds_of_an_imported_workspace_are_played(workspace: Workspace, place: str) -> None:
    sound = fresh("i")
    row = {"_id": sound, "name": sound, "extension": "mp3"}
    workspace.database["rocketchat_custom_sounds"].insert_one(row)
    assert play(workspace, f"{sound}.mp3").status_code == 404
    if place == "the database":
        imported(workspace, "custom_sounds", f"{sound}.mp3", MP3)
    else:
        copied(workspace, f"custom_sounds/{sound}.mp3", MP3)
    answer = play(workspace, f"{sound}.mp3")
    assert (answer.content, answer.headers["Content-Type"]) == (MP3, "audio/mpeg")
