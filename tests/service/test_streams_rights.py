"""No fact that is published after a right to see rooms was taken reaches who had it."""

from __future__ import annotations

import pytest

from tests.support import removals
from tests.support.doors_admin import held_role, make_role
from tests.support.hearing import (
    BELONGING,
    LOOKING,
    ROOMS,
    Key,
    cause,
    listening,
    looking_in,
    loses,
    restored,
    room_news,
    stage_of,
    watching_role,
)
from tests.support.removals import ROLE, SEEING
from tests.support.scene import invoke
from tests.support.told import MESSAGES, Stage
from tests.support.workspace import Person, Workspace


@pytest.mark.parametrize("way", removals.REVOKING)
@pytest.mark.parametrize("inside", [True, False], ids=["member", "looking in"])
async def test_who_may_see_no_public_rooms_any_more_hears_nothing_of_them(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    inside: bool,
) -> None:
    stage, stays, keys = _public_room(workspace, inside=inside)
    role = held_role(workspace, stays)
    with restored(workspace, *SEEING):
        _grant(workspace, "view-c-room", role)
        await loses(stage, stays, keys, removals.REVOKING[way], monkeypatch)


def _public_room(workspace: Workspace, *, inside: bool) -> tuple[Stage, Person, tuple[Key, ...]]:
    """With a listener inside or outside, and somebody who stays in it; what the listener hears."""
    owner, stays = workspace.admin, workspace.person()
    if inside:
        return stage_of(workspace, owner, private=False, members=[stays]), stays, ROOMS
    return looking_in(workspace, owner, stays), stays, LOOKING


def _grant(workspace: Workspace, permission: str, role: str) -> None:
    name = "authorization:addPermissionToRole"
    assert "error" not in invoke(workspace, workspace.admin, name, [permission, role])


@pytest.mark.parametrize("way", removals.TAKING)
@pytest.mark.parametrize("inside", [True, False], ids=["member", "looking in"])
async def test_who_loses_the_role_that_let_them_see_a_room_hears_nothing_of_it(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    inside: bool,
) -> None:
    stage, stays, keys = _public_room(workspace, inside=inside)
    watching_role(workspace, stage.listener, stays)
    with restored(workspace, *SEEING):
        _grant(workspace, "view-c-room", ROLE)
        for permission in SEEING:
            name = "authorization:removeRoleFromPermission"
            invoke(workspace, workspace.admin, name, [permission, "user"])
        await loses(stage, stays, keys, removals.TAKING[way], monkeypatch)


async def test_who_never_might_see_public_rooms_is_told_of_none(workspace: Workspace) -> None:
    owner, stays = workspace.admin, workspace.person()
    stage = stage_of(workspace, owner, private=False, members=[stays])
    role = make_role(workspace)
    only = {"$set": {"roles": [role]}}
    workspace.database["users"].update_one({"_id": stage.listener.id}, only)
    keys = ((MESSAGES, "__my_messages__"), *BELONGING)
    async with listening(stage, stays, keys) as (lost, kept):
        await cause(stage, room_news)
        assert await lost.heard() == {}
        assert set(await kept.heard()) == set(keys)
