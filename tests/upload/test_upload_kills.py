"""Confirmations that end with the process that is at them: nothing is lost, nothing is left."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from contrail.shapes.ids import random_id
from tests.support.confirming import (
    Step,
    brought,
    expire,
    is_whole,
    messages,
    nothing_is_left,
    sweep,
)
from tests.support.sends import Killed, die
from tests.support.uploads import confirm, picture
from tests.support.workspace import Json, Person, Workspace


def confirmation(person: Person, rid: str, fid: str) -> Json:
    return {
        "httpMethod": "POST",
        "path": f"/upload/v1/rooms.mediaConfirm/{rid}/{fid}",
        "headers": person.headers,
        "requestContext": {"requestId": random_id()},
        "body": json.dumps({"msg": "look"}),
    }


KILLED_AT = {
    "taken": "the store's copy",
    "copied": "the thumbnail's row",
    "attached": "the room's count",
    "counted": "the message",
    "stored": "the room's last message",
    "finished": "the fact",
    "sent": "the file's completion",
}


def kill_at(workspace: Workspace, patch: pytest.MonkeyPatch, step: str) -> None:
    at, runtime = workspace.runtime.instances["upload"], workspace.runtime
    where: dict[str, Step] = {
        "taken": (runtime.blobs, "copy"),
        "copied": (at.store.uploads, "add"),
        "attached": (at.store.rooms, "begin_send"),
        "counted": (at.store.messages, "insert"),
        "stored": (at.store.rooms, "finish_send"),
        "finished": (runtime.bus, "publish"),
        "sent": (at.store.uploads, "complete"),
    }
    patch.setattr(*where[step], die)


def killed(
    workspace: Workspace, patch: pytest.MonkeyPatch, person: Person, rid: str, way: str, step: str
) -> str:
    """A file whose confirmation ended before a step with the process that was at it."""
    fid = brought(person, rid, way)
    with patch.context() as one:
        kill_at(workspace, one, step)
        with pytest.raises(Killed):
            workspace.runtime.functions["upload"](confirmation(person, rid, fid))
    return fid


@pytest.mark.parametrize("step", KILLED_AT)
def test_a_confirmation_killed_at_any_step_is_completed_by_confirming_again(
    workspace: Workspace, ann: Person, rid: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    fid = killed(workspace, monkeypatch, ann, rid, "announced", step)
    is_whole(workspace, ann, rid, confirm(ann, rid, fid, msg="look"))


@pytest.mark.parametrize("step", KILLED_AT)
def test_a_confirmation_killed_at_any_step_is_finished_or_removed_by_the_sweeps(
    workspace: Workspace,
    ann: Person,
    rid: str,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    known: set[str],
) -> None:
    fid = killed(workspace, monkeypatch, ann, rid, "announced", step)
    expire(workspace, fid)
    sweep(workspace)
    posted = messages(workspace, rid)
    if step in ("stored", "finished", "sent"):
        workspace.database["rocketchat_message"].update_one(
            {"_id": posted[0]["_id"]},
            {"$set": {"_contrail.pending": datetime.now(UTC) - timedelta(minutes=2)}},
        )
        workspace.runtime.rpc.handlers["workspace"]({"schedule": "sweep"})
        is_whole(workspace, ann, rid, posted[0])
    else:
        nothing_is_left(workspace, rid, fid, known)


def test_a_thumbnail_that_alone_was_left_to_expire_stays(
    workspace: Workspace, ann: Person, rid: str
) -> None:
    message = confirm(ann, rid, brought(ann, rid, "form"))
    late = {"expiresAt": datetime.now(UTC) - timedelta(minutes=6)}
    small = {"_id": message["files"][1]["_id"]}
    workspace.database["rocketchat_uploads"].update_one(small, {"$set": late})
    sweep(workspace)
    is_whole(workspace, ann, rid, message)


def test_a_message_that_is_refused_after_its_file_was_stored_leaves_no_file(
    workspace: Workspace, ann: Person, rid: str, known: set[str]
) -> None:
    elsewhere = workspace.channel(ann)["_id"]
    first = ann.ok("POST", "v1/chat.postMessage", {"roomId": elsewhere, "text": "x"})["message"]
    files = {"file": ("a.png", picture(), "image/png")}
    path, fields = f"v1/rooms.upload/{rid}", {"tmid": first["_id"]}
    answer = workspace.http("POST", path, files=files, data=fields, headers=ann.headers)
    assert (answer.status_code, answer.json()["errorType"]) == (400, "error-not-allowed")
    (row,) = workspace.database["rocketchat_uploads"].find({"rid": rid})
    nothing_is_left(workspace, rid, row["_id"], known)
