"""Avatars of rooms, of who is gone, and those that an import brought along."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from contrail.shapes.caller import Caller
from contrail.shapes.inputs import NoInput
from functions.upload import avatars_sweeping
from tests.support.ddp import Ddp
from tests.support.pictures import SVG, fetch, imported, picture, pixels, post_form, stored
from tests.support.scene import invoke, without
from tests.support.workspace import Json, Person, Workspace

SAVE = "v1/rooms.saveRoomSettings"


def uri(body: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(body).decode()}"


def shown(person: Person, rid: str) -> Any:
    return fetch(person, person.workspace, f"/avatar/room/{rid}")


def room_of(workspace: Workspace, rid: str) -> Json:
    found: Json = workspace.database["rocketchat_room"].find_one({"_id": rid})
    return found


def sweep(workspace: Workspace) -> None:
    avatars_sweeping.sweep(Caller(), NoInput(), workspace.runtime.instances["upload"])


def test_an_owner_sets_and_removes_the_avatar_of_a_room(workspace: Workspace) -> None:
    owner = workspace.person()
    rid, files = workspace.channel(owner)["_id"], stored(workspace, "avatars")
    owner.ok("POST", SAVE, {"rid": rid, "roomAvatar": uri(picture(size=(400, 300)))})
    answer, room = shown(owner, rid), room_of(workspace, rid)
    assert pixels(answer.content).size == (200, 200)
    assert answer.headers["ETag"] == f'"{room["avatarETag"]}"'
    told = owner.ok("GET", "v1/channels.messages", {"roomId": rid})["messages"]
    assert told[0]["t"] == "room_changed_avatar"
    assert owner.ok("GET", "v1/rooms.info", {"roomId": rid})["room"]["avatarETag"]
    outcome = invoke(workspace, owner, "saveRoomSettings", [rid, "roomAvatar", ""])
    assert outcome == {"result": {"result": True, "rid": rid}}
    assert shown(owner, rid).headers["Content-Type"] == "image/svg+xml"
    assert not {"avatarETag", "avatarOrigin"} & set(room_of(workspace, rid))
    assert stored(workspace, "avatars") == files


def test_nobody_else_changes_the_avatar_of_a_room(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    given = {"rid": rid, "roomAvatar": uri(picture())}
    assert member.post(SAVE, given).status_code == 400
    with without(workspace, "edit-room-avatar", "owner"):
        answer = owner.post(SAVE, given)
        assert answer.json()["errorType"] == "error-action-not-allowed"
    assert "avatarETag" not in room_of(workspace, rid)


def test_what_is_no_picture_is_refused_for_rooms_too(workspace: Workspace) -> None:
    owner = workspace.person()
    rid, files = workspace.channel(owner)["_id"], stored(workspace, "avatars")
    for body in (SVG, b"x"):
        answer = owner.post(SAVE, {"rid": rid, "roomAvatar": uri(body), "roomTopic": "T"})
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-image")
    assert "topic" not in room_of(workspace, rid)
    assert stored(workspace, "avatars") == files


async def test_everyone_hears_of_the_avatar_of_a_room(workspace: Workspace) -> None:
    owner, other = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(other.token)
        await client.sub("stream-notify-logged", "updateAvatar", False)
        given = {"rid": rid, "roomAvatar": uri(picture())}
        await asyncio.to_thread(owner.ok, "POST", SAVE, given)
        (told,) = await client.event("stream-notify-logged", "updateAvatar")
        assert told == {"rid": rid, "etag": room_of(workspace, rid)["avatarETag"]}


def test_internal_methods_do_not_exist_for_clients(workspace: Workspace) -> None:
    for name in ("avatars:of_room", "avatars:of_user"):
        error = invoke(workspace, workspace.admin, name, ["x", "", ""])["error"]
        assert error["error"] == 404


def test_of_who_is_gone_no_avatar_is_left(workspace: Workspace) -> None:
    files, person = stored(workspace, "avatars"), workspace.person()
    post_form(person, "v1/users.setAvatar", {"image": picture()})
    rid = workspace.channel(workspace.admin)["_id"]
    workspace.admin.ok("POST", SAVE, {"rid": rid, "roomAvatar": uri(picture())})
    assert len(stored(workspace, "avatars") - files) == 2
    workspace.admin.ok("POST", "v1/users.delete", {"userId": person.id})
    workspace.admin.ok("POST", "v1/channels.delete", {"roomId": rid})
    answer = fetch(workspace.admin, workspace, f"/avatar/{person.username}")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    sweep(workspace)
    assert stored(workspace, "avatars") == files
    gone = {"_contrail.gone": {"$exists": True}}
    assert workspace.database["rocketchat_avatars"].count_documents(gone) == 0


def test_a_renamed_person_keeps_the_avatar(workspace: Workspace) -> None:
    person = workspace.person()
    post_form(person, "v1/users.setAvatar", {"image": picture()})
    name = f"n{person.username}"
    given = {"userId": person.id, "data": {"username": name}}
    workspace.admin.ok("POST", "v1/users.update", given)
    kind = fetch(person, workspace, f"/avatar/{name}").headers["Content-Type"]
    assert kind == "image/png"


def test_avatars_of_an_imported_workspace_are_shown_until_they_are_replaced(
    workspace: Workspace,
) -> None:
    person, body = workspace.person(), picture("JPEG")
    record: Json = {"_id": f"old{person.id}", "name": person.username, "userId": person.id}
    record |= {"store": "GridFS:Avatars", "type": "image/jpeg", "etag": "abc", "complete": True}
    workspace.database["rocketchat_avatars"].insert_one(record)
    imported(workspace, "rocketchat_avatars", record["_id"], body, _id=record["_id"])
    answer = fetch(person, workspace, f"/avatar/{person.username}")
    assert (answer.content, answer.headers["ETag"]) == (body, '"abc"')
    post_form(person, "v1/users.setAvatar", {"image": picture()})
    answer = fetch(person, workspace, f"/avatar/{person.username}")
    assert answer.headers["Content-Type"] == "image/png"
    assert workspace.database["rocketchat_avatars"].count_documents({"userId": person.id}) == 1


def test_an_imported_file_that_a_browser_would_run_is_not_shown(workspace: Workspace) -> None:
    person = workspace.person()
    record = {"_id": f"old{person.id}", "userId": person.id, "store": "GridFS:Avatars"}
    workspace.database["rocketchat_avatars"].insert_one({**record, "type": "text/html"})
    imported(workspace, "rocketchat_avatars", record["_id"], b"<script>", _id=record["_id"])
    answer = fetch(person, workspace, f"/avatar/{person.username}")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "script" not in answer.text
