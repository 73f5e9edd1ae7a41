"""No fact that is published after a login ended reaches its connections."""

from __future__ import annotations

import pytest

from tests.support import removals
from tests.support.hearing import (
    OWN,
    PRESENCE,
    ROOMS,
    _is_pong,
    cause,
    hold_back,
    listening,
    own_news,
    remove,
    room_news,
    stage_of,
)
from tests.support.settings import setting
from tests.support.workspace import Workspace


@pytest.mark.parametrize("way", [*removals.LOGGING_OUT, *removals.PERSONAL])
async def test_who_was_logged_out_hears_nothing_of_anything(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    owner, stays = workspace.admin, workspace.person()
    stage = stage_of(workspace, owner, private=True, members=[stays])
    token = ""
    if way in removals.PERSONAL:
        path = "v1/users.generatePersonalAccessToken"
        token = stage.listener.ok("POST", path, {"tokenName": "bot"})["token"]
    keys = (*ROOMS, *OWN)
    async with listening(stage, stays, keys, token) as (lost, kept):
        await lost.client.sub("stream-notify-user", f"{stage.listener.id}/force_logout", False)
        await cause(stage, room_news, own_news)
        assert set(await lost.heard()) == set(keys)
        await kept.heard()
        hold_back(workspace, monkeypatch)
        removal = {**removals.LOGGING_OUT, **removals.PERSONAL}[way]
        with setting(workspace, "Accounts_AllowDeleteOwnAccount", True):
            await remove(stage, removal, lost.client)
        if not lost.client.ws.closed:
            await lost.heard()
        known = len(lost.client.frames)
        await cause(stage, room_news, own_news)
        if not lost.client.ws.closed:
            await lost.heard()
        assert [one for one in lost.client.frames[known:] if not _is_pong(one)] == []
        told = set(await kept.heard())
        assert told >= {*ROOMS, *(key for key in OWN if "UID" not in key[1])} - {(PRESENCE, "")}
