"""No fact that is published after someone left a room reaches them.

What a connection works through next is held back: its rows are gone before the answer is there.
"""

from __future__ import annotations

import pytest

from tests.support import removals
from tests.support.hearing import (
    LOOKING,
    ROOMS,
    cause,
    hold_back,
    listening,
    looking_in,
    loses,
    remove,
    room_news,
    stage_of,
    stale_facts,
)
from tests.support.teams import enter, room_in, team_of
from tests.support.told import Stage
from tests.support.workspace import Workspace


@pytest.mark.parametrize("way", removals.LEAVING)
async def test_who_left_a_private_room_hears_no_more_of_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    owner, stays = workspace.admin, workspace.person()
    stage = stage_of(workspace, owner, private=True, members=[stays])
    await loses(stage, stays, ROOMS, removals.LEAVING[way], monkeypatch, stale_facts(stage))


@pytest.mark.parametrize("way", removals.OUTSIDE)
async def test_who_left_a_public_room_hears_what_anybody_may(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    owner, stays = workspace.admin, workspace.person()
    stage = stage_of(workspace, owner, private=False, members=[stays])
    async with listening(stage, stays, ROOMS) as (lost, kept):
        hold_back(workspace, monkeypatch)
        await remove(stage, removals.OUTSIDE[way], lost.client)
        await lost.heard()
        await cause(stage, room_news)
        assert set(await lost.heard()) == set(LOOKING)
        assert set(await kept.heard()) == set(ROOMS)


ENDINGS = [(way, private) for way in removals.ENDING for private in (True, False)]


@pytest.mark.parametrize(("way", "private"), [one for one in ENDINGS if one != ("group", False)])
async def test_of_a_room_that_is_gone_nobody_hears(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    private: bool,
) -> None:
    owner, stays = workspace.admin, workspace.person()
    stage = stage_of(workspace, owner, private=private, members=[stays])
    stale = stale_facts(stage)
    async with listening(stage, stays, ROOMS) as (lost, kept):
        hold_back(workspace, monkeypatch)
        await remove(stage, removals.ENDING[way], lost.client)
        for ear in (lost, kept):
            await ear.heard()
        assert not workspace.runtime.connections.occupied(f"room:{stage.rid}")
        workspace.runtime.instances["messaging"].publish(*stale)
        await cause(stage)
        assert (await lost.heard(), await kept.heard()) == ({}, {})


@pytest.mark.parametrize("way", removals.CLOSING)
async def test_who_looked_into_a_room_hears_no_more_once_it_is_private(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    owner, stays = workspace.admin, workspace.person()
    stage = looking_in(workspace, owner, stays)
    await loses(stage, stays, LOOKING, removals.CLOSING[way], monkeypatch, stale_facts(stage))


async def test_who_may_enter_a_room_hears_its_discussions_for_as_long(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, stays = workspace.admin, workspace.person()
    parent = stage_of(workspace, owner, private=True, members=[stays])
    given = {"prid": parent.rid, "t_name": "About it", "users": []}
    made = owner.ok("POST", "v1/rooms.createDiscussion", given)["discussion"]
    stage = Stage(workspace, parent.listener, owner, made["_id"])
    workspace.settle()
    async with listening(stage, stays, LOOKING) as (lost, kept):
        await cause(stage, room_news)
        assert set(await lost.heard()) == set(LOOKING)
        hold_back(workspace, monkeypatch)
        kicked = {"roomId": parent.rid, "userId": parent.listener.id}
        owner.ok("POST", "v1/groups.kick", kicked)
        workspace.settle()
        await kept.heard()
        await cause(stage, room_news)
        assert await lost.heard() == {}
        assert set(await kept.heard()) == set(LOOKING)


@pytest.mark.parametrize("way", ["v1/teams.removeMember", "v1/teams.leave"])
@pytest.mark.parametrize("named", [True, False], ids=["in the room", "looking in"])
async def test_who_is_out_of_a_team_hears_no_more_of_its_rooms(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    named: bool,
) -> None:
    owner, stays = workspace.admin, workspace.person()
    person = workspace.person()
    team = team_of(owner, private=True)
    enter(owner, team, person, stays)
    main = Stage(workspace, person, owner, team["roomId"])
    other = Stage(workspace, person, owner, room_in(owner, team))
    invite = {"roomId": other.rid, "userIds": [stays.id, *([person.id] if named else [])]}
    owner.ok("POST", "v1/channels.invite", invite)
    workspace.settle()
    keys = ROOMS if named else LOOKING
    async with (
        listening(main, stays, ROOMS) as (lost, kept),
        listening(other, stays, keys) as (lost_room, kept_room),
    ):
        await cause(other, room_news)
        assert set(await lost_room.heard()) == set(keys)
        hold_back(workspace, monkeypatch)
        rooms = {"rooms": [other.rid]} if named else {}
        whom = {} if way.endswith("leave") else {"userId": person.id}
        who = person if way.endswith("leave") else owner
        who.ok("POST", way, {"teamId": team["_id"], **whom, **rooms})
        workspace.settle()
        for ear in (lost, lost_room, kept, kept_room):
            await ear.heard()
        await cause(main, room_news)
        await cause(other, room_news)
        assert (await lost.heard(), await lost_room.heard()) == ({}, {})
        assert set(await kept.heard()) >= set(ROOMS)
        assert set(await kept_room.heard()) >= set(keys)
