"""Files of a Rocket.Chat workspace that was restored here, wherever it kept them."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote

import pytest

from contrail.domain.uploads import key_of
from contrail.ports.blobs import Moved
from contrail.shapes.ids import random_id
from local.files_server import BUCKET
from tests.support.counting import Calls
from tests.support.pictures import copied, imported, picture, pixels
from tests.support.pictures import fetch as show
from tests.support.uploads import TEXT, content, fetch
from tests.support.workspace import Json, Person, Workspace

MB = 1024 * 1024
UNKNOWN = "application/octet-stream"
INSTALLATION = "QoTvQGnCE4pG2bm7w"
IN_BUCKETS = pytest.mark.parametrize("store", ["AmazonS3", "GoogleStorage", "Webdav"])


@pytest.fixture(scope="module")
def rid(workspace: Workspace, ann: Person) -> str:
    return str(workspace.channel(ann)["_id"])


def restored(workspace: Workspace, ann: Person, rid: str, store: str, **more: Any) -> Json:
    """A file as mongorestore brings it, with the message that it came with."""
    fid, now = random_id(), workspace.runtime.clock.now()
    name, kind = more.get("name", "plan.pdf"), more.get("type", "application/pdf")
    path = f"/ufs/{store}:Uploads/{fid}/{quote(name)}"
    file = {
        "_id": fid,
        "name": name,
        "size": len(TEXT),
        "type": kind,
        "rid": rid,
        "userId": ann.id,
        "store": f"{store}:Uploads",
        "complete": True,
        "uploading": False,
        "extension": name.rpartition(".")[2],
        "progress": 1,
        "uploadedAt": now,
        "path": path,
        "url": f"https://old.example.com{path}",
        "token": "ab12cd34ef",
        "typeGroup": kind.partition("/")[0],
        "etag": random_id(),
        "_updatedAt": now,
        **more,
    }
    if store in ("AmazonS3", "GoogleStorage", "Webdav"):
        file[store] = {"path": f"{INSTALLATION}/uploads/{rid}/{ann.id}/{fid}"} | more.get(store, {})
    workspace.database["rocketchat_uploads"].insert_one(dict(file))
    link = f"/file-upload/{fid}/{quote(name)}"
    message = {
        "_id": random_id(),
        "rid": rid,
        "msg": "",
        "ts": now,
        "_updatedAt": now,
        "u": {"_id": ann.id, "username": ann.username},
        "file": {"_id": fid, "name": name},
        "files": [{"_id": fid, "name": name}],
        "attachments": [{"title_link": link}],
    }
    workspace.database["rocketchat_message"].insert_one(dict(message))
    return {"file": file, "message": message, "link": link}


def in_database(workspace: Workspace, fid: str) -> int:
    files = workspace.database["rocketchat_uploads.files"].count_documents({"_id": fid})
    parts = workspace.database["rocketchat_uploads.chunks"].count_documents({"files_id": fid})
    return int(files + parts)


def sweep(workspace: Workspace) -> None:
    workspace.runtime.rpc.handlers["upload"]({"schedule": "files"})


@IN_BUCKETS
def test_a_file_is_found_under_the_path_that_it_had_in_its_bucket(
    workspace: Workspace, ann: Person, rid: str, store: str
) -> None:
    old = restored(workspace, ann, rid, store)
    copied(workspace, old["file"][store]["path"], TEXT)
    answer = fetch(workspace, old["link"], ann)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    given = content(answer)
    assert (given.content, given.headers["Content-Type"]) == (TEXT, "application/pdf")
    assert given.headers["Content-Disposition"] == "inline; filename*=UTF-8''plan.pdf"
    kept = content(fetch(workspace, f"{old['link']}?download", ann))
    assert kept.headers["Content-Disposition"] == "attachment; filename*=UTF-8''plan.pdf"
    assert content(fetch(workspace, old["file"]["path"], ann)).content == TEXT
    assert fetch(workspace, old["link"], workspace.person()).status_code == 403
    assert fetch(workspace, old["link"]).status_code == 403


def test_a_file_of_a_folder_is_found_under_its_id_and_extension(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    old = restored(workspace, ann, rid, "FileSystem")
    copied(workspace, f"{old['file']['_id']}.pdf", TEXT)
    assert content(fetch(workspace, old["link"], ann)).content == TEXT
    bare = restored(workspace, ann, rid, "FileSystem", name="notes", extension="")
    copied(workspace, bare["file"]["_id"], TEXT)
    assert content(fetch(workspace, bare["link"], ann)).content == TEXT


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "text/plain\r\nx: y", ""])
def test_what_browsers_would_run_comes_as_an_attachment_however_it_was_stored(
    workspace: Workspace, ann: Person, rid: str, kind: str
) -> None:
    old = restored(workspace, ann, rid, "AmazonS3", name='a"b.html', type=kind)
    copied(workspace, old["file"]["AmazonS3"]["path"], TEXT)
    given = content(fetch(workspace, old["link"], ann))
    assert given.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%22b.html"
    assert given.headers["Content-Type"] == (kind if "/" in kind and "\r" not in kind else UNKNOWN)


@pytest.mark.parametrize("path", ["../uploads/x", "a//b", "/..", "ä/b", "a\\b", "x" * 901, "a\nb"])
def test_a_path_that_could_be_no_file_of_theirs_is_not_followed(
    workspace: Workspace, ann: Person, rid: str, path: str
) -> None:
    old = restored(workspace, ann, rid, "AmazonS3", AmazonS3={"path": path})
    assert fetch(workspace, old["link"], ann).status_code == 404
    with pytest.raises(ValueError, match="path"):
        Moved(path)


def test_a_path_leads_to_no_file_of_ours(workspace: Workspace, ann: Person, rid: str) -> None:
    other = f"exports/{random_id()}"
    old = restored(workspace, ann, rid, "AmazonS3", AmazonS3={"path": other})
    where = fetch(workspace, old["link"], ann).headers["Location"]
    assert f"/{BUCKET}/imported/{other}?" in where


def test_a_file_in_the_database_is_given_from_there(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    old = restored(workspace, ann, rid, "GridFS", name="old.html", type="text/html")
    fid = old["file"]["_id"]
    imported(workspace, "rocketchat_uploads", fid, TEXT, _id=fid)
    answer = fetch(workspace, old["link"], ann)
    assert (answer.status_code, answer.content) == (200, TEXT)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert fetch(workspace, old["link"]).status_code == 403


def test_a_large_file_in_the_database_is_copied_to_the_store_once_and_byte_for_byte(
    workspace: Workspace, ann: Person, rid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = random.Random(7).randbytes(9 * MB + 5)
    old = restored(workspace, ann, rid, "GridFS", size=len(body))
    fid = old["file"]["_id"]
    imported(workspace, "rocketchat_uploads", fid, body, chunk=255 * 1024, _id=fid)
    calls = Calls(monkeypatch)
    calls.watch(workspace.runtime.blobs, "put_parts")
    assert fetch(workspace, old["link"]).status_code == 403
    assert fetch(workspace, old["link"], workspace.person()).status_code == 403
    assert "put_parts" not in calls.count
    for _ in range(2):
        given = content(fetch(workspace, old["link"], ann))
        assert given.content == body
        assert given.headers["Content-Type"] == "application/pdf"
        assert given.headers["Content-Disposition"] == "inline; filename*=UTF-8''plan.pdf"
    part = content(fetch(workspace, old["link"], ann), Range=f"bytes={9 * MB}-")
    assert (part.status_code, part.content) == (206, body[9 * MB :])
    assert calls.count["put_parts"] == 1
    ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": old["message"]["_id"]})
    sweep(workspace)
    assert in_database(workspace, fid) == 0
    assert workspace.runtime.blobs.head(key_of(fid)) is None


def test_of_a_large_file_that_is_cut_off_nothing_is_given(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    body = bytes(5 * MB)
    old = restored(workspace, ann, rid, "GridFS", size=len(body))
    fid = old["file"]["_id"]
    imported(workspace, "rocketchat_uploads", fid, body, chunk=255 * 1024, _id=fid)
    workspace.database["rocketchat_uploads.chunks"].delete_one({"files_id": fid, "n": 3})
    assert content(fetch(workspace, old["link"], ann)).status_code == 404
    assert workspace.runtime.blobs.head(key_of(fid)) is None


def test_a_file_that_was_moved_out_of_the_database_is_found_under_its_id(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    old = restored(workspace, ann, rid, "GridFS")
    client = workspace.runtime.blobs._opened()
    client.put_object(Bucket=BUCKET, Key=f"uploads/{old['file']['_id']}", Body=TEXT)
    assert content(fetch(workspace, old["link"], ann)).content == TEXT


def test_deleting_its_message_deletes_a_file_wherever_it_is(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    moved = restored(workspace, ann, rid, "AmazonS3")
    path = moved["file"]["AmazonS3"]["path"]
    copied(workspace, path, TEXT)
    kept = restored(workspace, ann, rid, "GridFS")
    old = restored(workspace, ann, rid, "GridFS")
    for one in (kept, old):
        imported(workspace, "rocketchat_uploads", one["file"]["_id"], TEXT, _id=one["file"]["_id"])
    for one in (moved, old):
        given = {"roomId": rid, "msgId": one["message"]["_id"]}
        ann.ok("POST", "v1/chat.delete", given)
        assert fetch(workspace, one["link"], ann).status_code == 404
    sweep(workspace)
    assert workspace.runtime.blobs.head(Moved(path)) is None
    assert in_database(workspace, old["file"]["_id"]) == 0
    assert in_database(workspace, kept["file"]["_id"]) > 1


def test_files_that_moved_in_are_listed_like_others(workspace: Workspace, ann: Person) -> None:
    rid = str(workspace.channel(ann)["_id"])
    old = restored(workspace, ann, rid, "AmazonS3")
    (listed,) = ann.ok("GET", "v1/channels.files", {"roomId": rid})["files"]
    assert (listed["_id"], listed["user"]["username"]) == (old["file"]["_id"], ann.username)


@pytest.mark.parametrize("store", ["AmazonS3", "FileSystem"])
def test_avatars_are_found_where_their_records_say(workspace: Workspace, store: str) -> None:
    person, body, record = workspace.person(), picture(size=(30, 20)), random_id()
    path = f"{INSTALLATION}/avatars/{person.id}" if store == "AmazonS3" else f"{record}.png"
    now = workspace.runtime.clock.now()
    given: Json = {"_id": record, "name": person.username, "userId": person.id, "type": "image/png"}
    given |= {"store": f"{store}:Avatars", "extension": "png", "size": len(body), "etag": "E1"}
    given |= {"complete": True, "uploadedAt": now, "_updatedAt": now, store: {"path": path}}
    workspace.database["rocketchat_avatars"].insert_one(given)
    assert show(person, workspace, f"/avatar/{person.username}").text.startswith("<svg")
    copied(workspace, path, body)
    answer = show(person, workspace, f"/avatar/{person.username}")
    assert pixels(answer.content).size == (30, 20)
    assert answer.headers["ETag"] == '"E1"'
