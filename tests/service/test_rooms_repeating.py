"""A process died in the middle: doing it again mends what it left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.rooms import change, members_of, stored_room
from tests.support.scene import fresh
from tests.support.workspace import Json, Workspace


def _die(*_: Any, **__: Any) -> None:
    raise RuntimeError("died")


def _named(workspace: Workspace, name: str) -> Json:
    room: Json | None = workspace.database["rocketchat_room"].find_one({"name": name})
    assert room is not None
    return room


@pytest.mark.parametrize("family", ["channels", "groups"])
def test_a_room_that_was_stored_without_its_members_gives_its_name_free(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    owner, name = workspace.person(), fresh("n")
    store = workspace.runtime.instances["rooms"].store
    with monkeypatch.context() as patch:
        patch.setattr(store.subscriptions, "insert_all", _die)
        assert owner.post(f"v1/{family}.create", {"name": name}).status_code >= 400
    left = _named(workspace, name)
    # Its maker may be at it still.
    answer = owner.post(f"v1/{family}.create", {"name": name}).json()
    assert answer["errorType"] == "error-duplicate-channel-name"
    change(workspace, left["_id"], ts=left["ts"] - timedelta(seconds=61))
    made = owner.ok("POST", f"v1/{family}.create", {"name": name})[family.removesuffix("s")]
    assert made["_id"] != left["_id"]
    assert members_of(workspace, _named(workspace, name)["_id"]) == {owner.id}


def test_a_room_that_everyone_left_keeps_its_name(workspace: Workspace) -> None:
    owner = workspace.person()
    empty = workspace.channel(owner, excludeSelf=True)
    said = workspace.channel(owner)
    owner.ok("POST", "v1/chat.postMessage", {"channel": said["_id"], "text": "hi"})
    workspace.database["rocketchat_subscription"].delete_many({"rid": said["_id"]})
    long_ago = stored_room(workspace, said["_id"])["ts"] - timedelta(days=1)
    for room in (empty, said):
        change(workspace, room["_id"], ts=long_ago)
        answer = owner.post("v1/channels.create", {"name": room["name"]})
        assert answer.json()["errorType"] == "error-duplicate-channel-name"
        assert stored_room(workspace, room["_id"])["name"] == room["name"]
