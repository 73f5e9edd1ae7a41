"""How long messages are kept: by the workspace's policy, and by a room's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.messaging import retention
from tests.support.settings import setting
from tests.support.talking import date_back, sent
from tests.support.workspace import Json, Person, Workspace

DAY = 24 * 60 * 60 * 1000


@pytest.fixture
def kept(new_workspace: Callable[..., Workspace]) -> Workspace:
    """Where messages in channels are kept for ten days."""
    policy = {
        "RetentionPolicy_Enabled": "true",
        "RetentionPolicy_AppliesToChannels": "true",
        "RetentionPolicy_TTL_Channels": str(10 * DAY),
    }
    return new_workspace(overwrites=policy)


@pytest.fixture
def owner(kept: Workspace) -> Person:
    return kept.person()


def channel(workspace: Workspace, owner: Person, **retention: object) -> str:
    """With a message in it that is twenty days old, and one of today."""
    room = workspace.channel(owner)
    for text, days in (("old", 20), ("new", 0)):
        date_back(workspace, sent(owner, room["_id"], text)["_id"], days=days)
    change: Json = {"ts": workspace.runtime.clock.now() - timedelta(days=30)}
    if retention:
        change["retention"] = retention
    workspace.database["rocketchat_room"].update_one({"_id": room["_id"]}, {"$set": change})
    return str(room["_id"])


def tick(workspace: Workspace) -> None:
    workspace.runtime.rpc.handlers["messaging"]({"schedule": "retention"})


def again(workspace: Workspace) -> None:
    """As if an hour had gone by since it was done."""
    runs, ago = workspace.database["contrail_runs"], timedelta(hours=1)
    runs.update_one({"_id": retention.RUN}, {"$set": {"last": workspace.runtime.clock.now() - ago}})


def said(workspace: Workspace, rid: str) -> list[str]:
    rows = workspace.database["rocketchat_message"].find({"rid": rid, "t": None}).sort("ts", 1)
    return [row["msg"] for row in rows]


def test_what_is_older_than_the_workspace_keeps_it_goes(kept: Workspace, owner: Person) -> None:
    rid = channel(kept, owner)
    tick(kept)
    assert said(kept, rid) == ["new"]
    room = kept.database["rocketchat_room"].find_one({"_id": rid}) or {}
    assert (room["msgs"], room["lastMessage"]["msg"]) == (1, "new")


def test_without_a_policy_everything_stays(workspace: Workspace) -> None:
    rid = channel(workspace, workspace.person())
    tick(workspace)
    assert said(workspace, rid) == ["old", "new"]


@pytest.mark.parametrize(
    ("own", "left"),
    [
        ({"enabled": False}, ["old", "new"]),
        ({"enabled": True, "overrideGlobal": True, "maxAge": 25}, ["old", "new"]),
        ({"enabled": True, "overrideGlobal": True, "maxAge": 15}, ["new"]),
        ({"enabled": True, "overrideGlobal": True, "maxAge": "nonsense"}, ["old", "new"]),
        ({"enabled": True, "overrideGlobal": True, "maxAge": 1e300}, ["old", "new"]),
        ({"enabled": True}, ["new"]),
    ],
)
def test_a_room_may_keep_them_longer_or_shorter(
    kept: Workspace, owner: Person, own: Json, left: list[str]
) -> None:
    rid = channel(kept, owner, **own)
    tick(kept)
    assert said(kept, rid) == left


def test_other_kinds_of_rooms_keep_theirs_and_pinned_ones_stay_where_that_is_set(
    kept: Workspace, owner: Person
) -> None:
    pinned = channel(kept, owner)
    rows = kept.database["rocketchat_message"]
    rows.update_one({"rid": pinned, "msg": "old"}, {"$set": {"pinned": True}})
    group = channel(kept, owner)
    kept.database["rocketchat_room"].update_one({"_id": group}, {"$set": {"t": "p"}})
    with setting(kept, "RetentionPolicy_DoNotPrunePinned", True):
        tick(kept)
    assert (said(kept, pinned), said(kept, group)) == (["old", "new"], ["old", "new"])


def test_it_is_done_as_often_as_the_workspace_says(kept: Workspace, owner: Person) -> None:
    tick(kept)
    rid = channel(kept, owner)
    tick(kept)
    assert said(kept, rid) == ["old", "new"]
    again(kept)
    with setting(kept, "RetentionPolicy_Precision", "2"):
        tick(kept)
        assert said(kept, rid) == ["old", "new"]
    tick(kept)
    assert said(kept, rid) == ["new"]


def test_what_takes_long_goes_on_with_the_next_tick(
    kept: Workspace, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rids = [channel(kept, owner) for _ in range(3)]
    monkeypatch.setattr(retention, "PATIENCE", -1.0)
    left = []
    for _ in range(5):
        tick(kept)
        left.append(sum("old" in said(kept, rid) for rid in rids))
    # A room at a time: the general one is among them.
    assert sorted(left, reverse=True) == left
    assert (left[0] >= 2, left[-1]) == (True, 0)
