"""`rooms.export` to a file, and the download of one's own data."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from contrail.ports.clock import SystemClock
from tests.support.scene import invoke
from tests.support.uploads import content, fetch, upload
from tests.support.workspace import Json, Person, Workspace


@pytest.fixture(scope="module")
def boss(workspace: Workspace) -> Person:
    """Who may send messages out of the workspace."""
    return workspace.admin


@pytest.fixture
def rid(workspace: Workspace, boss: Person) -> str:
    return str(workspace.channel(boss)["_id"])


def export(person: Person, rid: str, **given: Any) -> Json:
    whole = {"rid": rid, "type": "file", "format": "html", **given}
    kept = {key: value for key, value in whole.items() if value != ""}
    body: Json = person.post("v1/rooms.export", kept).json()
    return body


def work(workspace: Workspace) -> None:
    workspace.runtime.rpc.handlers["upload"]({"schedule": "exports"})


def made(workspace: Workspace, person: Person) -> list[Json]:
    rows = workspace.database["rocketchat_user_data_files"].find({"userId": person.id})
    return sorted(rows, key=lambda row: row["uploadedAt"])


def opened(workspace: Workspace, person: Person, fid: str) -> Iterator[tuple[str, bytes]]:
    body = content(fetch(workspace, f"/data-export/{fid}", person)).content
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        yield from [(name, archive.read(name)) for name in archive.namelist()]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"rid": ""}, "invalid-params"),
        ({"type": ""}, "invalid-params"),
        ({"type": "invalid"}, "invalid-params"),
        ({"format": "invalid"}, "invalid-params"),
        ({"format": ""}, "invalid-params"),
        ({"dateFrom": "test_date", "dateTo": "test_date"}, "invalid-params"),
        ({"dateFrom": "2020-09-30", "dateTo": "2020-08-30"}, "error-invalid-dates"),
        ({"rid": "invalid"}, "error-invalid-room"),
        (
            {"rid": "invalid", "dateFrom": "2024-03-22", "dateTo": "2024-03-15"},
            "error-invalid-room",
        ),
        ({"type": "email", "messages": ["x"]}, "error-invalid-recipient"),
        ({"type": "email", "toUsers": [], "messages": ["x"]}, "error-invalid-recipient"),
        ({"type": "email", "toEmails": [], "messages": ["x"]}, "error-invalid-recipient"),
        ({"type": "email", "toUsers": ["x"]}, "invalid-params"),
        ({"type": "email", "toUsers": ["x"], "messages": []}, "invalid-params"),
    ],
)
def test_an_export_that_makes_no_sense_is_refused(
    boss: Person, rid: str, given: Json, error: str
) -> None:
    body = export(boss, **{"rid": rid, **given})
    assert (body["success"], body["errorType"]) == (False, error)


def test_what_an_export_lacks_is_named(boss: Person, rid: str) -> None:
    for name in ("rid", "type", "format"):
        body = export(boss, **{"rid": rid, name: ""})
        assert body["error"] == f"must have required property '{name}' [invalid-params]"


def test_who_may_not_send_messages_out_may_not_export(workspace: Workspace, rid: str) -> None:
    assert export(workspace.person(), rid)["errorType"] == "error-action-not-allowed"


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_room_becomes_a_file_for_who_asked(
    workspace: Workspace, boss: Person, rid: str, form: str
) -> None:
    for n in range(3):
        boss.ok("POST", "v1/chat.postMessage", {"roomId": rid, "text": f"<b>{n}</b>"})
    upload(boss, rid, name="plan.txt")
    before = len(made(workspace, boss))
    assert export(boss, rid, format=form) == {"success": True}
    work(workspace)
    work(workspace)
    files = made(workspace, boss)
    assert len(files) == before + 1
    fid = files[-1]["_id"]
    ((name, text),) = opened(workspace, boss, fid)
    assert name.endswith(f".{form}")
    if form == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["msg"] for line in lines] == ["<b>0</b>", "<b>1</b>", "<b>2</b>", ""]
        assert lines[3]["attachments"][0]["title"] == "plan.txt"
    else:
        assert text.count(b"&lt;b&gt;") == 3
        assert b"plan.txt" in text
    for person in (workspace.person(), None):
        assert fetch(workspace, f"/data-export/{fid}", person).status_code == 403


def test_an_export_ends_with_its_last_day(workspace: Workspace, boss: Person, rid: str) -> None:
    boss.ok("POST", "v1/chat.postMessage", {"roomId": rid, "text": "today"})
    assert export(boss, rid, dateFrom="2020-01-01", dateTo="2020-08-30", format="json")["success"]
    work(workspace)
    ((_, text),) = opened(workspace, boss, made(workspace, boss)[-1]["_id"])
    assert text == b""


@pytest.mark.parametrize("full", [None, "false", "true"])
def test_ones_own_data_is_asked_for_once_a_day(workspace: Workspace, full: str | None) -> None:
    ann = workspace.person()
    room = workspace.channel(ann)
    ann.ok("POST", "v1/chat.postMessage", {"roomId": room["_id"], "text": "mine"})
    given = {} if full is None else {"fullExport": full}
    first = ann.ok("GET", "v1/users.requestDataDownload", given)
    assert first["requested"] is True
    assert first["exportOperation"]["fullExport"] is (full == "true")
    again = ann.ok("GET", "v1/users.requestDataDownload", given)
    assert again["requested"] is False
    assert again["exportOperation"]["_id"] == first["exportOperation"]["_id"]
    assert "_contrail" not in again["exportOperation"]
    work(workspace)
    asked = invoke(workspace, ann, "requestDataDownload", [{"fullExport": full == "true"}])[
        "result"
    ]
    (file,) = made(workspace, ann)
    assert asked["url"].endswith(f"/data-export/{file['_id']}")
    found = dict(opened(workspace, ann, file["_id"]))
    me = json.loads(found["user.json"])
    assert me["username"] == ann.username
    assert "services" not in me
    assert any(b"mine" in text for text in found.values())


def test_what_someone_was_shut_out_of_is_in_no_export(workspace: Workspace, boss: Person) -> None:
    ann, bob = workspace.person(), workspace.person()
    name = {"name": f"g{ann.id.lower()}", "members": [bob.username]}
    group = ann.ok("POST", "v1/groups.create", name)["group"]["_id"]
    ann.ok("POST", "v1/chat.postMessage", {"roomId": group, "text": "closed-to-you"})
    bob.ok("GET", "v1/users.requestDataDownload", {"fullExport": "true"})
    ann.ok("POST", "v1/groups.kick", {"roomId": group, "userId": bob.id})
    work(workspace)
    (file,) = made(workspace, bob)
    texts = [text for _, text in opened(workspace, bob, file["_id"])]
    assert not any(b"closed-to-you" in text for text in texts)


def test_archives_are_deleted_after_a_month(workspace: Workspace) -> None:
    ann = workspace.person()
    ann.ok("GET", "v1/users.requestDataDownload")
    work(workspace)
    (file,) = made(workspace, ann)
    long_ago = SystemClock().now().replace(year=2020)
    files = workspace.database["rocketchat_user_data_files"]
    files.update_one({"_id": file["_id"]}, {"$set": {"uploadedAt": long_ago}})
    work(workspace)
    assert made(workspace, ann) == []
    assert fetch(workspace, f"/data-export/{file['_id']}", ann).status_code == 403
