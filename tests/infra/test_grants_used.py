"""Functions in processes of their own, made to use all that they are granted: grants and calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from contrail.domain.workspace import TEST_ADMIN
from infra.grants import differences
from tests.support.ddp import Ddp, Frame
from tests.support.isolated import IsolatedWorkspace
from tests.support.workspace import Person

SELDOM = "streamer is granted dynamodb:Query, which it never calls"
"""It counts an audience's rows for one in 64 connections."""


@pytest.fixture(scope="module")
def limited(
    mongo_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IsolatedWorkspace]:
    """Not in test mode, which would count no limits."""
    made = IsolatedWorkspace(
        mongo_uri,
        tmp_path_factory.mktemp("granted"),
        test_mode=False,
        admin_username=TEST_ADMIN,
        admin_pass=TEST_ADMIN,
    )
    yield made
    made.stop()


@pytest.mark.timeout(240)
async def test_functions_call_what_they_are_granted_and_nothing_else(
    limited: IsolatedWorkspace,
) -> None:
    ann = limited.person()
    room = limited.channel(ann)["_id"]
    async with Ddp(limited.ws_url) as client:
        await client.send_later({"msg": "sub", "id": "early", "name": "x", "params": []})
        await client.connect()
        await client.resume(ann.token)
        await client.sub("stream-room-messages", room, False)
        await client.send({"msg": "unsub", "id": "s1"})
        await client.sub("stream-room-messages", room, False)
        await client.sub("stream-notify-user", f"{ann.id}/rooms-changed", False)
        await client.call("stream-notify-room", f"{room}/user-activity", ann.username, ["typing"])
        await client.call("sendMessage", {"rid": room, "msg": "hello"})
        # Joining puts who listens into the new room's audience.
        limited.channel(ann)
        await client.event("stream-room-messages", room)
        _over_rest(limited, ann, room)
        limited.settle()
        await client.sub("stream-notify-user", f"{ann.id}/force_logout", False)
        await _lose_roles(limited, ann, client)
        ann.ok("POST", "v1/logout")
        await client.closed()
    async with Ddp(limited.ws_url) as client:
        await client.connect()
        await client.login(ann.username, "secret")
        await client.sub("stream-notify-user", f"{ann.id}/force_logout", False)
        limited.admin.ok("POST", "v1/users.logout", {"userId": ann.id})
        await client.closed()
    limited.settle()
    _sweep(limited, room)
    found = differences(limited.runtime.calls.seen)
    assert [line for line in found if line != SELDOM] == []


def _says(wanted: Frame, frame: Frame) -> bool:
    return wanted.items() <= frame.items()


def _over_rest(workspace: IsolatedWorkspace, ann: Person, room: str) -> None:
    for method, params in (
        ("sendMessage", f'[{{"rid": "{room}", "msg": "again"}}]'),
        ("stream-notify-room", f'["{room}/user-activity", "{ann.username}", []]'),
    ):
        frame = f'{{"msg": "method", "id": "1", "method": "{method}", "params": {params}}}'
        ann.ok("POST", f"v1/method.call/{method}", {"message": frame})
    for path in ("v1/settings.public", "v1/info", "v1/permissions.listAll"):
        # Admins are not counted.
        ann.ok("GET", path)
    row = {"_id": "Look_Up", "type": "action", "value": "getUserRoles"}
    workspace.database["rocketchat_settings"].insert_one(row)
    workspace.admin.ok("POST", "v1/settings/Look_Up", {"execute": True})
    workspace.admin.ok("POST", "v1/settings/Site_Name", {"value": "Hangar"})
    granted: dict[str, Any] = {"_id": "view-c-room", "roles": ["user", "app", "bot", "anonymous"]}
    workspace.admin.ok("POST", "v1/permissions.update", {"permissions": [granted]})


async def _lose_roles(workspace: IsolatedWorkspace, ann: Person, client: Ddp) -> None:
    """Both functions that take roles away take what they let a person listen to."""
    who = {"roleId": "admin", "username": ann.username}
    for path, given in (
        ("v1/roles.removeUserFromRole", who),
        ("v1/users.update", {"userId": ann.id, "data": {"roles": ["user"]}}),
    ):
        workspace.admin.ok("POST", "v1/roles.addUserToRole", who)
        settings = await client.sub("stream-notify-logged", "private-settings-changed", False)
        workspace.admin.ok("POST", path, given)
        ended = {"msg": "nosub", "id": settings["subs"][0]}
        await client.until(partial(_says, ended))


def _sweep(workspace: IsolatedWorkspace, room: str) -> None:
    """A message whose fact was never published is found."""
    messages = workspace.database["rocketchat_message"]
    pending = {"_contrail.pending": {"at": datetime.now(UTC)}}
    assert messages.update_one({"rid": room}, {"$set": pending}).modified_count == 1
    workspace.runtime.pools["workspace"]({"schedule": "sweep", "age": 0})
    workspace.settle()
