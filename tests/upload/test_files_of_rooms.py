"""Lists of a room's files, and what becomes of them when messages, rooms and people go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contrail.domain.uploads import key_of
from tests.support.scene import invoke
from tests.support.settings import setting
from tests.support.uploads import announce, fetch, media, picture, upload
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture(scope="module")
def bob(workspace: Workspace) -> Person:
    return workspace.person()


def room_of(workspace: Workspace, ann: Person, bob: Person, kind: str) -> Json:
    if kind == "im":
        room = ann.ok("POST", "v1/im.create", {"username": bob.username})["room"]
        return {"roomId": room["_id"], "roomName": bob.username}
    name = f"{kind[0]}{datetime.now(UTC).timestamp()}".replace(".", "-")
    key = kind.removesuffix("s")
    room = ann.ok("POST", f"v1/{kind}.create", {"name": name})[key]
    return {"roomId": room["_id"], "roomName": name}


KINDS = pytest.mark.parametrize("kind", ["channels", "groups", "im"])


@KINDS
def test_files_are_found_by_the_rooms_id_or_name_and_come_in_pages(
    workspace: Workspace, ann: Person, bob: Person, kind: str
) -> None:
    room = room_of(workspace, ann, bob, kind)
    before = ann.ok("GET", f"v1/{kind}.files", {"roomId": room["roomId"]})["total"]
    sent = [upload(ann, room["roomId"], name=name)["file"]["_id"] for name in ("b.txt", "a.txt")]
    for which in ({"roomId": room["roomId"]}, {"roomName": room["roomName"]}):
        found = ann.ok("GET", f"v1/{kind}.files", which)
        assert found["total"] == before + 2
        ours = [file for file in found["files"] if file["_id"] in sent]
        assert [file["name"] for file in ours] == ["a.txt", "b.txt"]
        for file in ours:
            assert file["user"]["_id"] == ann.id
            assert file["user"]["username"] == ann.username
            assert "_contrail" not in file
        page = ann.ok("GET", f"v1/{kind}.files", {**which, "count": 1, "offset": 1})
        assert (page["count"], page["offset"], page["total"]) == (1, 1, before + 2)
    sorted_ = ann.ok(
        "GET", f"v1/{kind}.files", {"roomId": room["roomId"], "sort": '{"name": -1}', "name": "B.T"}
    )
    assert [file["name"] for file in sorted_["files"]][:1] == ["b.txt"]


@KINDS
def test_thumbnails_and_what_is_not_confirmed_are_in_no_list(
    workspace: Workspace, ann: Person, bob: Person, kind: str
) -> None:
    room = room_of(workspace, ann, bob, kind)
    seen = {"roomId": room["roomId"], "typeGroup": "image"}
    media(ann, room["roomId"], picture(), name="b.png", kind="image/png")
    announce(ann, room["roomId"], 5, name="c.png", type="image/png")
    message = upload(ann, room["roomId"], picture(), name="a.png", kind="image/png")
    assert len(message["files"]) == 2
    found = ann.ok("GET", f"v1/{kind}.files", seen)["files"]
    assert [file["_id"] for file in found] == [message["file"]["_id"]]
    images = ann.ok("GET", "v1/rooms.images", {"roomId": room["roomId"]})
    assert [file["_id"] for file in images["files"]] == [message["file"]["_id"]]


@KINDS
def test_files_whose_message_is_only_hidden_are_in_no_list(
    workspace: Workspace, ann: Person, bob: Person, kind: str
) -> None:
    room = room_of(workspace, ann, bob, kind)
    message = upload(ann, room["roomId"], picture(), name="a.png", kind="image/png")
    gone = {"roomId": room["roomId"], "msgId": message["_id"]}
    with setting(workspace, "Message_KeepHistory", True):
        ann.ok("POST", "v1/chat.delete", gone)
    found = ann.ok("GET", f"v1/{kind}.files", {"roomId": room["roomId"]})["files"]
    assert message["file"]["_id"] not in [file["_id"] for file in found]
    sweep(workspace)
    assert stored(workspace, message)


@KINDS
def test_rooms_that_are_not_of_the_kind_are_refused(
    workspace: Workspace, ann: Person, kind: str
) -> None:
    """Those of visitors too."""
    code = "invalid-channel" if kind == "im" else "error-room-not-found"
    visitors = {"_id": f"v{ann.id}{kind}", "t": "l", "open": True, "v": {"_id": "x"}}
    workspace.database["rocketchat_room"].replace_one(
        {"_id": visitors["_id"]}, visitors, upsert=True
    )
    for rid in ("invalid", visitors["_id"]):
        answer = ann.get(f"v1/{kind}.files", roomId=rid)
        assert (answer.status_code, answer.json()["errorType"]) == (400, code)


def test_images_come_newest_first_from_the_one_that_is_named_on(
    workspace: Workspace, ann: Person, bob: Person
) -> None:
    rid = workspace.channel(ann)["_id"]
    assert ann.ok("GET", "v1/rooms.images", {"roomId": rid})["files"] == []
    body = picture(20, 20)
    sent = [upload(ann, rid, body, name=f"{n}.png", kind="image/png") for n in range(3)]
    fids = [message["file"]["_id"] for message in sent]
    upload(ann, rid)
    for path in ("rooms.images", "channels.images"):
        found = ann.ok("GET", f"v1/{path}", {"roomId": rid})
        assert [file["_id"] for file in found["files"]] == fids[::-1]
        assert found["total"] == 3
        some = ann.ok("GET", f"v1/{path}", {"roomId": rid, "startingFromId": fids[1]})
        assert [file["_id"] for file in some["files"]] == [fids[1], fids[0]]
    assert bob.get("v1/rooms.images", roomId="nothing").status_code == 403
    assert workspace.http("GET", f"v1/rooms.images?roomId={rid}").status_code == 401


def stored(workspace: Workspace, message: Json) -> list[str]:
    """Which files of a message the store has."""
    blobs = workspace.runtime.blobs
    return [file["_id"] for file in message["files"] if blobs.head(key_of(file["_id"]))]


def sweep(workspace: Workspace) -> None:
    workspace.runtime.rpc.handlers["upload"]({"schedule": "files"})


def image_in(person: Person, rid: str) -> Json:
    return upload(person, rid, picture(), name="a.png", kind="image/png")


def is_gone(workspace: Workspace, person: Person, message: Json) -> None:
    """At once for people, and a little later for good."""
    link = message["attachments"][0]["title_link"]
    assert fetch(workspace, link, person).status_code == 404
    assert len(stored(workspace, message)) == 2
    sweep(workspace)
    assert stored(workspace, message) == []
    fids = [file["_id"] for file in message["files"]]
    assert not workspace.database["rocketchat_uploads"].count_documents({"_id": {"$in": fids}})


@pytest.mark.parametrize("way", ["chat.delete", "deleteMessage", "deleteFileMessage", "shown"])
def test_files_of_a_deleted_message_are_deleted(
    workspace: Workspace, ann: Person, way: str
) -> None:
    rid = workspace.channel(ann)["_id"]
    message, kept = image_in(ann, rid), image_in(ann, rid)
    if way == "chat.delete":
        ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": message["_id"]})
    elif way == "shown":
        with setting(workspace, "Message_ShowDeletedStatus", True):
            ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": message["_id"]})
    else:
        given = [{"_id": message["_id"]}] if way == "deleteMessage" else [message["file"]["_id"]]
        assert "error" not in invoke(workspace, ann, way, given)
    is_gone(workspace, ann, message)
    assert len(stored(workspace, kept)) == 2


@pytest.mark.parametrize("files_only", [True, False])
def test_pruning_deletes_files(workspace: Workspace, ann: Person, files_only: bool) -> None:
    rid = workspace.channel(ann)["_id"]
    message = image_in(ann, rid)
    now = datetime.now(UTC)
    window = {
        "roomId": rid,
        "oldest": (now - timedelta(hours=1)).isoformat(),
        "latest": (now + timedelta(hours=1)).isoformat(),
        "filesOnly": files_only,
    }
    assert workspace.admin.post("v1/rooms.cleanHistory", window).status_code in (200, 400)
    ann_is = {"roomId": rid, "userId": workspace.admin.id}
    ann.ok("POST", "v1/channels.invite", ann_is)
    workspace.admin.ok("POST", "v1/rooms.cleanHistory", window)
    is_gone(workspace, ann, message)
    left = ann.get("v1/chat.getMessage", msgId=message["_id"])
    if files_only:
        assert left.json()["message"]["attachments"][0]["text"] == "_File removed by prune_"
    else:
        assert left.status_code != 200


def test_files_of_a_deleted_room_are_deleted(workspace: Workspace, ann: Person) -> None:
    rid = workspace.channel(ann)["_id"]
    message = image_in(ann, rid)
    ann.ok("POST", "v1/channels.delete", {"roomId": rid})
    is_gone(workspace, ann, message)


def test_files_of_an_erased_person_are_deleted(workspace: Workspace, ann: Person) -> None:
    rid, leaver = workspace.channel(ann)["_id"], workspace.person()
    leaver.ok("POST", "v1/channels.join", {"roomId": rid})
    message, kept = image_in(leaver, rid), image_in(ann, rid)
    workspace.admin.ok("POST", "v1/users.delete", {"userId": leaver.id})
    is_gone(workspace, ann, message)
    assert len(stored(workspace, kept)) == 2


def test_files_of_a_person_whose_messages_stay_stay(workspace: Workspace, ann: Person) -> None:
    rid, leaver = workspace.channel(ann)["_id"], workspace.person()
    leaver.ok("POST", "v1/channels.join", {"roomId": rid})
    message = image_in(leaver, rid)
    with setting(workspace, "Message_ErasureType", "Unlink"):
        workspace.admin.ok("POST", "v1/users.delete", {"userId": leaver.id})
    sweep(workspace)
    assert len(stored(workspace, message)) == 2
