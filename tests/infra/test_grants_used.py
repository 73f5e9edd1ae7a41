"""Functions in processes of their own, made to use all that they are granted: grants and calls."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from contrail.domain.presence import QUIET
from contrail.domain.workspace import TEST_ADMIN
from infra.grants import differences
from tests.support.ddp import Ddp, Frame
from tests.support.directory import beside
from tests.support.isolated import IsolatedWorkspace
from tests.support.settings import setting
from tests.support.slapd import PASSWORD, group, person
from tests.support.uploads import announce, confirm, content, fetch, picture, put, upload
from tests.support.workspace import Person

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
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
        edition="enterprise",
        mail_service="ses",
        overwrites={"Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In": "false"},
    )
    made.verify_sender("no-reply@localhost.localdomain")
    yield made
    made.stop()


@pytest.mark.timeout(600)
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
        # Its link is looked at afterwards, or would be: the host is one that is ignored.
        await client.call("sendMessage", {"rid": room, "msg": "hello http://localhost/"})
        # Joining puts who listens into the new room's audience.
        limited.channel(ann)
        await client.event("stream-room-messages", room)
        _over_rest(limited, ann, room)
        limited.settle()
        await client.sub("stream-notify-user", f"{ann.id}/force_logout", False)
        await _lose_roles(limited, ann, client)
        await _lose_room(limited, ann, client)
        await _lose_team(limited, ann, client)
        ann.ok("POST", "v1/logout")
        await client.closed()
    async with Ddp(limited.ws_url) as client:
        await client.connect()
        await client.login(ann.username, "secret")
        await client.sub("stream-notify-user", f"{ann.id}/force_logout", False)
        limited.admin.ok("POST", "v1/users.logout", {"userId": ann.id})
        await client.closed()
    await _vanish(limited)
    await _leave_the_directory(limited)
    _store_files(limited)
    _send_mail(limited, ann)
    limited.settle()
    _sweep(limited, room)
    limited.runtime.functions["deploy"]({"task": "prepare"})
    found = differences(limited.runtime.calls.seen)
    rest = [line for line in found if line != SELDOM]
    assert not rest, "\n".join(rest)


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
    for command in ("topic", "status"):
        given = {"command": command, "params": "kites", "roomId": room}
        ann.ok("POST", "v1/commands.run", given)
    assert ann.get("v1/oauth-apps.get", clientId="nobody").status_code == 400
    row = {"_id": "Look_Up", "type": "action", "value": "getUserRoles"}
    workspace.database["rocketchat_settings"].insert_one(row)
    workspace.admin.ok("POST", "v1/settings/Look_Up", {"execute": True})
    workspace.admin.ok("POST", "v1/settings/Site_Name", {"value": "Hangar"})
    granted: dict[str, Any] = {"_id": "view-c-room", "roles": ["admin", "user", "bot", "anonymous"]}
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


async def _lose_room(workspace: IsolatedWorkspace, ann: Person, client: Ddp) -> None:
    """Who is taken out of a group listens there no more."""
    given = {"name": f"p{ann.id.lower()}", "members": [ann.username]}
    rid = workspace.admin.ok("POST", "v1/groups.create", given)["group"]["_id"]
    listening = await client.sub("stream-room-messages", rid, False)
    workspace.admin.ok("POST", "v1/groups.kick", {"roomId": rid, "userId": ann.id})
    await client.until(partial(_says, {"msg": "nosub", "id": listening["subs"][0]}))


async def _lose_team(workspace: IsolatedWorkspace, ann: Person, client: Ddp) -> None:
    given = {"name": f"t{ann.id.lower()}", "type": 1, "members": [ann.username]}
    team = workspace.admin.ok("POST", "v1/teams.create", given)["team"]
    listening = await client.sub("stream-room-messages", team["roomId"], False)
    gone = {"teamId": team["_id"], "userId": ann.id}
    workspace.admin.ok("POST", "v1/teams.removeMember", gone)
    await client.until(partial(_says, {"msg": "nosub", "id": listening["subs"][0]}))


async def _vanish(workspace: IsolatedWorkspace) -> None:
    """A connection that the gateway knows no more, and one from which nothing has come for long."""
    bob, sessions = workspace.person(), workspace.database["usersSessions"]
    async with Ddp(workspace.ws_url) as gone, Ddp(workspace.ws_url) as silent:
        for client in (gone, silent):
            await client.connect()
            await client.resume(bob.token)
        await asyncio.to_thread(workspace.settle)
        (first, second) = (sessions.find_one({"_id": bob.id}) or {})["connections"]
        workspace.runtime.sockets.drop(first["id"])
        socket = workspace.runtime.sockets.find(second["id"])
        assert socket is not None
        socket.active_at -= 1.5 * QUIET.total_seconds()
        look = partial(
            workspace.runtime.pools["presence"], {"schedule": "presence", "everyone": True}
        )
        await asyncio.to_thread(look)
        await silent.until(partial(_says, {"msg": "ping"}))
    await asyncio.to_thread(workspace.settle)


async def _leave_the_directory(workspace: IsolatedWorkspace) -> None:
    """A directory's person is made a user, loses a role, is locked out: each time at a login."""
    bea, cid = person("bea"), person("cid")
    staff = group("staff", bea[0], cid[0])
    wanted = {
        "LDAP_Sync_User_Active_State": "disable",
        "LDAP_Sync_User_Data_Roles": True,
        "LDAP_Sync_User_Data_Roles_AutoRemove": True,
        "LDAP_Sync_User_Data_RolesMap": '{"staff": "admin"}',
        "LDAP_Sync_User_Data_Roles_Filter": "(&(cn=#{groupName})(member=#{userdn}))",
    }
    with beside(workspace, bea, cid, staff) as slapd, ExitStack() as stack:
        for name, value in wanted.items():
            stack.enter_context(setting(workspace, name, value))
        slapd.change(bea[0], jpegPhoto=[picture(8, 8, "JPEG")])
        login = workspace.login("bea", PASSWORD)
        assert login.ok("GET", "v1/me")["avatarETag"]
        workspace.http("POST", "v1/ldap.testConnection", headers=workspace.person().headers)
        async with Ddp(workspace.ws_url) as told, Ddp(workspace.ws_url) as untold:
            for client in (told, untold):
                await client.connect()
                await client.resume(login.token)
            await told.sub("stream-notify-user", f"{login.id}/force_logout", False)
            settings = await told.sub("stream-notify-logged", "private-settings-changed", False)
            slapd.change(staff[0], member=[cid[0]])
            workspace.login("bea", PASSWORD)
            ended = {"msg": "nosub", "id": settings["subs"][0]}
            await told.until(partial(_says, ended))
            slapd.change(bea[0], pwdAccountLockedTime="000001010000Z")
            given = {"user": "bea", "password": PASSWORD}
            assert workspace.http("POST", "v1/login", json=given).status_code == 401
            await told.closed()
            await untold.closed()


def _store_files(workspace: IsolatedWorkspace) -> None:
    """Two put into the store by their client and one that came as a form, then all are deleted."""
    admin, pool = workspace.admin, workspace.runtime.pools["upload"]
    rid, image = workspace.channel(admin)["_id"], picture()
    offer = announce(admin, rid, len(image), name="a.png", type="image/png")
    assert put(offer["upload"], image).status_code == 200
    link = confirm(admin, rid, offer["file"]["_id"])["attachments"][0]["title_link"]
    assert content(fetch(workspace, link, admin)).content == image
    plain = announce(admin, rid, 4)
    assert put(plain["upload"], b"plan").status_code == 200
    confirm(admin, rid, plain["file"]["_id"])
    upload(admin, rid)
    avatar = f"data:image/png;base64,{b64encode(image).decode()}"
    admin.ok("POST", "v1/rooms.saveRoomSettings", {"rid": rid, "roomAvatar": avatar})
    admin.ok("POST", "v1/rooms.export", {"rid": rid, "type": "file", "format": "html"})
    sent = admin.ok("POST", "v1/chat.postMessage", {"roomId": rid, "text": "keep"})["message"]
    by_mail = {"type": "email", "toEmails": ["a@example.com"], "messages": [sent["_id"]]}
    admin.ok("POST", "v1/rooms.export", {"rid": rid, **by_mail})
    pool({"schedule": "exports"})
    # Admins are not counted.
    workspace.person().ok("GET", "v1/emoji-custom.list")
    admin.ok("POST", "v1/channels.delete", {"roomId": rid})
    pool({"schedule": "files"})


def _send_mail(workspace: IsolatedWorkspace, ann: Person) -> None:
    """A link, an invitation, a mailing, and a code from each function that asks for one."""
    address = f"{ann.username}@example.com"
    workspace.http("POST", "v1/users.forgotPassword", json={"email": address})
    workspace.person().ok("GET", "v1/smtp.check")
    admin, users = workspace.admin, workspace.database["users"]
    admin.ok("POST", "v1/sendInvitationEmail", {"emails": [address]})
    news = {"from": "no-reply@localhost.localdomain", "subject": "News", "body": "[unsubscribe]"}
    admin.ok("POST", "v1/mailer", {**news, "query": f'{{"_id": "{ann.id}"}}'})
    verified = [{"address": address.replace("@", "-admin@"), "verified": True}]
    factor = {"services.email2fa": {"enabled": True}, "emails": verified, "createdAt": EPOCH}
    users.update_one({"_id": admin.id}, {"$set": factor})
    for path in ("settings/Site_Name", "presence.enableBroadcast"):
        users.update_one({"_id": admin.id}, {"$unset": {"services.emailCode": ""}})
        answer = admin.post(f"v1/{path}", {"value": "Hangar"})
        assert answer.json()["details"]["codeGenerated"] is True, answer.text


def _sweep(workspace: IsolatedWorkspace, room: str) -> None:
    """A message whose fact was never published is found."""
    messages = workspace.database["rocketchat_message"]
    pending = {"_contrail.pending": {"rid": room, "at": datetime.now(UTC)}}
    assert messages.update_one({"rid": room}, {"$set": pending}).modified_count == 1
    workspace.runtime.pools["workspace"]({"schedule": "sweep", "age": 0})
    workspace.settle()
