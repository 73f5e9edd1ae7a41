"""Files that are still to be confirmed, and what is to be true of them afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from contrail.domain.uploads import key_of
from tests.support.uploads import announce, content, fetch, media, picture, put
from tests.support.workspace import Json, Person, Workspace
from tests.upload.fuzz import strays

PNG = {"name": "a.png", "type": "image/png"}
Step = tuple[object, str]
"""Whose method, and which."""


def brought(person: Person, rid: str, way: str, body: bytes | None = None) -> str:
    """A picture that is only still to be confirmed."""
    body = body or picture()
    if way == "form":
        return str(media(person, rid, body, name="a.png", kind="image/png")["_id"])
    offer = announce(person, rid, len(body), **PNG)
    assert put(offer["upload"], body).status_code == 200
    return str(offer["file"]["_id"])


def try_to_confirm(person: Person, rid: str, fid: str) -> requests.Response:
    return person.post(f"v1/rooms.mediaConfirm/{rid}/{fid}", {"msg": "look"})


def sweep(workspace: Workspace, _: str = "") -> None:
    workspace.runtime.rpc.handlers["upload"]({"schedule": "files"})


def expire(workspace: Workspace, fid: str) -> None:
    """The file, and its thumbnail where there is one."""
    late = {"$set": {"expiresAt": datetime.now(UTC) - timedelta(minutes=6)}}
    which = {"$or": [{"_id": fid}, {"originalFileId": fid}], "expiresAt": {"$exists": True}}
    workspace.database["rocketchat_uploads"].update_many(which, late)


def expire_unless_taken(workspace: Workspace, fid: str) -> None:
    """As time does: who posts a file has put off its end."""
    late = {"$set": {"expiresAt": datetime.now(UTC) - timedelta(minutes=6)}}
    free = {"expiresAt": {"$exists": True}, "_contrail.taken": {"$exists": False}}
    workspace.database["rocketchat_uploads"].update_one({"_id": fid, **free}, late)


def messages(workspace: Workspace, rid: str) -> list[Json]:
    return list(workspace.database["rocketchat_message"].find({"rid": rid}))


def is_whole(workspace: Workspace, person: Person, rid: str, message: Json) -> None:
    """One message, counted once, with a picture and a thumbnail that stay and are listed."""
    workspace.settle()
    assert [one["_id"] for one in messages(workspace, rid)] == [message["_id"]]
    assert person.ok("GET", "v1/channels.info", {"roomId": rid})["channel"]["msgs"] == 1
    (attachment,) = message["attachments"]
    for address in (attachment["title_link"], attachment["image_url"]):
        assert content(fetch(workspace, address, person)).ok
    rows = list(workspace.database["rocketchat_uploads"].find({"rid": rid}))
    assert {row["_id"] for row in rows} == {file["_id"] for file in message["files"]}
    assert [one for one in rows if "expiresAt" in one or not one["complete"]] == []
    (listed,) = person.ok("GET", "v1/channels.files", {"roomId": rid})["files"]
    assert (listed["name"], listed["size"]) == (message["file"]["name"], message["file"]["size"])


def nothing_is_left(workspace: Workspace, rid: str, fid: str, known: set[str]) -> None:
    assert messages(workspace, rid) == []
    sweep(workspace)
    assert not workspace.database["rocketchat_uploads"].count_documents({"rid": rid})
    blobs = workspace.runtime.blobs
    assert [blobs.head(key_of(fid, kind)) for kind in ("uploads", "pending")] == [None, None]
    assert strays(workspace)["uploads"] <= known


def before(patch: pytest.MonkeyPatch, step: Step, happens: Callable[[], object]) -> None:
    """Something happens just before a step is done, once."""
    owner, name = step
    real, left = getattr(owner, name), [happens]

    def done(*args: Any, **more: Any) -> Any:
        if left:
            left.pop()()
        return real(*args, **more)

    patch.setattr(owner, name, done)
