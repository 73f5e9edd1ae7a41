"""Ending logins: one's other ones, someone else's, and what their connections get of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from contrail.domain.logouts import SENT_AWAY
from tests.support.ddp import Ddp
from tests.support.scene import invoke, is_date, refused
from tests.support.workspace import Person, Workspace

PERSONAL = "v1/users.generatePersonalAccessToken"


def _open(person: Person) -> bool:
    return person.get("v1/me").status_code == 200


def _with_token(person: Person, token: str) -> Person:
    return Person(person.workspace, person.id, token, person.username)


@pytest.mark.parametrize("way", ["logoutOtherClients", "removeOtherTokens", "DDP"])
def test_other_logins_end_and_this_one_and_personal_tokens_go_on(
    workspace: Workspace, way: str
) -> None:
    person = workspace.person()
    others = [workspace.login(person.username, "secret") for _ in range(2)]
    personal = _with_token(person, person.ok("POST", PERSONAL, {"tokenName": "t"})["token"])
    stranger = workspace.person()
    if way == "DDP":
        assert invoke(workspace, person, "removeOtherTokens", []) == {}
    else:
        answer = person.ok("POST", f"v1/users.{way}")
        if way == "logoutOtherClients":
            assert answer["token"] == person.token
            assert is_date(answer["tokenExpires"])
    assert [_open(other) for other in others] == [False, False]
    assert _open(person)
    assert _open(personal)
    assert _open(stranger)


def test_a_token_in_the_body_is_not_taken_for_the_callers(workspace: Workspace) -> None:
    person = workspace.person()
    answer = person.ok("POST", "v1/users.logoutOtherClients", {"authToken": "mine"})
    assert answer["token"] == person.token


async def test_connections_of_ended_logins_are_told_and_closed(workspace: Workspace) -> None:
    person = workspace.person()
    other = workspace.login(person.username, "secret")
    url, name = workspace.ws_url, f"{person.id}/force_logout"
    async with Ddp(url) as mine, Ddp(url) as theirs, Ddp(url) as deaf:
        for client, token in ((mine, person.token), (theirs, other.token), (deaf, other.token)):
            await client.connect()
            await client.resume(token)
        for client in (mine, theirs):
            await client.sub("stream-notify-user", name, False)
        person.ok("POST", "v1/users.logoutOtherClients")
        assert await theirs.event("stream-notify-user", name) == []
        assert await theirs.closed() == 1001
        assert await deaf.closed() == 1001
        await mine.call("no-such-method")
        assert mine.closed_with is None
        assert mine.events("stream-notify-user", name) == []


async def test_nothing_published_afterwards_reaches_who_was_logged_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, owner = workspace.person(), workspace.person()
    rid = workspace.channel(owner, person)["_id"]
    enqueue = workspace.runtime.bus.enqueue

    def late(queue: str, body: str, **more: Any) -> None:
        """The device is told and closed whenever its turn comes: here it never does."""
        if more["attributes"].get("event") != SENT_AWAY:
            enqueue(queue, body, **more)

    monkeypatch.setattr(workspace.runtime.bus, "enqueue", late)
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as stays:
        for one, who in ((client, person), (stays, owner)):
            await one.connect()
            await one.resume(who.token)
            await one.sub("stream-room-messages", rid, False)
        await client.sub("stream-notify-user", f"{person.id}/force_logout", False)
        workspace.admin.ok("POST", "v1/users.logout", {"userId": person.id})
        owner.ok("POST", "v1/chat.sendMessage", {"message": {"rid": rid, "msg": "secret"}})
        await stays.event("stream-room-messages", rid)
        await stays.call("no-such-method")
    assert client.events("stream-room-messages", rid) == []


def test_logout_ends_every_login_of_the_requester(workspace: Workspace) -> None:
    person = workspace.person()
    other = workspace.login(person.username, "secret")
    personal = _with_token(person, person.ok("POST", PERSONAL, {"tokenName": "t"})["token"])
    answer = person.ok("POST", "v1/users.logout")
    assert answer["message"] == f"User {person.id} has been logged out!"
    assert [_open(one) for one in (person, other, personal)] == [False] * 3


def test_logging_someone_else_out_takes_a_permission(workspace: Workspace) -> None:
    person, other = workspace.person(), workspace.person()
    answer = person.post("v1/users.logout", {"userId": other.id})
    refused(answer, 403, {"success": False, "error": "unauthorized"})
    assert _open(other)
    workspace.admin.ok("POST", "v1/users.logout", {"userId": other.id})
    assert not _open(other)
    answer = workspace.admin.post("v1/users.logout", {"userId": "nobody"})
    assert answer.json()["errorType"] == "error-invalid-user-id"


def _when(workspace: Workspace, person: Person) -> list[datetime]:
    user = workspace.database["users"].find_one({"_id": person.id}) or {}
    return [token["when"] for token in user["services"]["resume"]["loginTokens"]]


async def test_a_new_token_ends_with_the_old_one_and_the_connection_goes_on_with_it(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as same:
        for one in (client, same):
            await one.connect()
            await one.resume(person.token)
        made: dict[str, Any] = (await client.call("getNewToken"))["result"]
        assert set(made) == {"id", "token", "tokenExpires"}
        assert len(set(_when(workspace, person))) == 1
        assert _open(person)
        await client.call("removeOtherTokens")
        assert await same.closed() == 1001
        assert not _open(person)
        assert _open(_with_token(person, made["token"]))
        assert "result" in await client.call("rooms/get")


async def test_over_ddp_other_clients_go_and_this_one_gets_another_token(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    other = workspace.login(person.username, "secret")
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        made = (await client.call("logoutOtherClients"))["result"]
        assert set(made) == {"token", "tokenExpires"}
        assert [_open(person), _open(other)] == [False, False]
        assert "result" in await client.call("rooms/get")
        assert _open(_with_token(person, made["token"]))
