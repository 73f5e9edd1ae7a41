"""Logging in and out over DDP, and what happens to a connection when its token dies."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.support.ddp import Ddp, Frame
from tests.support.frames import CONNECT, NOT_LOGGED_IN, added, settled
from tests.support.workspace import Person, Workspace

TOKENS = "services.resume.loginTokens"
LOGGED_OUT = "You've been logged out by the server. Please log in again."
UNRECOGNIZED = "Unrecognized options for login request"


def digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


HASHED = {"digest": digest("secret"), "algorithm": "sha-256"}


def forget(person: Person) -> None:
    """Take every token of the person away, behind everyone's back."""
    users = person.workspace.database["users"]
    users.update_one({"_id": person.id}, {"$set": {TOKENS: []}})


def refusal(code: Any, reason: str) -> Frame:
    return {
        "isClientSafe": True,
        "error": code,
        "reason": reason,
        "message": f"{reason} [{code}]",
        "errorType": "Meteor.Error",
    }


def fill(person: Person, options: Frame) -> Frame:
    """Login options with the person's name and address in them."""
    text = json.dumps(options).replace("NAME", person.username)
    filled: Frame = json.loads(text.replace("ADDRESS", f"{person.username}@example.com"))
    return filled


@pytest.mark.parametrize(
    "options",
    [
        {"user": {"username": "NAME"}, "password": HASHED},
        {"user": {"username": "NAME"}, "password": {"digest": digest("secret")}},
        {"user": "NAME", "password": HASHED},
        {"user": {"email": "ADDRESS"}, "password": HASHED},
        {"user": "ADDRESS", "password": HASHED},
        {"user": {"username": "NAME"}, "password": "secret"},
        {"user": "NAME", "password": "secret"},
    ],
)
async def test_every_shape_of_a_password_logs_in(workspace: Workspace, options: Frame) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        answer = await client.call("login", fill(person, options))
    session = answer["result"]
    assert set(session) == {"id", "token", "tokenExpires", "type"}
    assert (session["id"], session["type"]) == (person.id, "password")
    lasts = session["tokenExpires"] - workspace.runtime.clock.now()
    assert timedelta(days=90) - timedelta(seconds=30) < lasts <= timedelta(days=90)
    assert client.frames[2:] == [added(person), answer, {"msg": "updated", "methods": ["m1"]}]
    headers = {"X-User-Id": person.id, "X-Auth-Token": session["token"]}
    assert workspace.http("GET", "v1/me", headers=headers).status_code == 200


async def test_resuming_keeps_the_token_and_its_expiry(workspace: Workspace) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client, Ddp(workspace.ws_url) as later:
        await client.connect()
        first = (await client.login(person.username, "secret"))["result"]
        await later.connect()
        second = (await later.resume(first["token"]))["result"]
    assert second == {**first, "type": "resume"}
    assert later.frames[2] == added(person)


async def test_the_expiry_is_a_date_in_milliseconds_on_the_wire(workspace: Workspace) -> None:
    person = workspace.person()
    login = {"msg": "method", "method": "login", "id": 1, "params": [{"resume": person.token}]}
    async with aiohttp.ClientSession() as http, http.ws_connect(workspace.ws_url) as ws:
        await ws.send_json(CONNECT)
        await ws.send_json(login)
        frames = [await ws.receive_json(timeout=10) for _ in range(4)]
    expires = frames[3]["result"]["tokenExpires"]
    assert set(expires) == {"$date"}
    assert type(expires["$date"]) is int


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"user": {"username": "NAME"}, "password": "wrong"}, (403, "Incorrect password")),
        (
            {"user": {"username": "NAME"}, "password": {"digest": digest("wrong")}},
            (403, "Incorrect password"),
        ),
        ({"user": {"username": "NAME"}, "password": ""}, (403, "Incorrect password")),
        ({"user": {"username": "nobody-here"}, "password": "secret"}, (403, "User not found")),
        ({"user": "nobody@example.com", "password": "secret"}, (403, "User not found")),
        ({}, (400, UNRECOGNIZED)),
        ({"user": {"username": "NAME"}}, (400, UNRECOGNIZED)),
        ({"password": "secret"}, (400, UNRECOGNIZED)),
        ({"ldap": True, "username": "NAME", "ldapPass": "x"}, (400, UNRECOGNIZED)),
        ({"resume": "no-such-token"}, (403, LOGGED_OUT)),
        ({"resume": ""}, (403, LOGGED_OUT)),
    ],
)
async def test_a_refused_login_says_why_and_logs_nobody_in(
    workspace: Workspace, given: Frame, error: tuple[int, str]
) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        answer = await client.call("login", fill(person, given))
        still = await client.call("logout")
    assert answer["error"] == refusal(*error)
    assert set(still) == {"msg", "id"}
    assert not [f for f in client.frames if f.get("msg") == "added"]


async def test_a_user_without_a_password_is_told_so(workspace: Workspace) -> None:
    person = workspace.person()
    workspace.database["users"].update_one({"_id": person.id}, {"$unset": {"services.password": 1}})
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        answer = await client.call("login", {"user": person.username, "password": "secret"})
    assert answer["error"] == refusal(403, "User has no password set")


def _altered(token: str) -> str:
    head, claims, signature = token.split(".")
    other = "A" if claims[8] != "A" else "B"
    return f"{head}.{claims[:8]}{other}{claims[9:]}.{signature}"


async def test_expired_altered_and_revoked_tokens_do_not_resume(workspace: Workspace) -> None:
    person, users = workspace.person(), workspace.database["users"]
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        for token in (_altered(person.token), person.token + "x", person.token[:-1], "a.b.c"):
            answer = await client.call("login", {"resume": token})
            assert answer["error"] == refusal(403, LOGGED_OUT)
        long_ago = workspace.runtime.clock.now() - timedelta(days=90)
        users.update_one({"_id": person.id}, {"$set": {f"{TOKENS}.$[].when": long_ago}})
        answer = await client.call("login", {"resume": person.token})
        assert answer["error"] == refusal(403, LOGGED_OUT)
        forget(person)
        answer = await client.call("login", {"resume": person.token})
        assert answer["error"] == refusal(403, LOGGED_OUT)


async def test_a_deactivated_user_neither_resumes_nor_logs_in(workspace: Workspace) -> None:
    person = workspace.person()
    workspace.database["users"].update_one({"_id": person.id}, {"$set": {"active": False}})
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        resumed = await client.call("login", {"resume": person.token})
        given = await client.call("login", {"user": person.username, "password": HASHED})
    assert resumed["error"] == refusal(403, LOGGED_OUT)
    assert given["error"] == refusal("error-user-is-not-activated", "User is not activated")


async def test_logging_out_ends_the_token_and_leaves_the_connection_open(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        await client.sub("stream-notify-user", f"{person.id}/message", False)
        await client.sub("stream-notify-all", "public-info", False)
        known = len(client.frames)
        answer = await client.call("logout")
        assert person.get("v1/me").status_code == 401
        refused = await client.call("sendMessage", {"rid": "GENERAL", "msg": "hi"})
        again = await client.call("login", {"resume": person.token})
    assert set(answer) == {"msg", "id"}
    removed, nosub, *_ = client.frames[known:]
    assert removed == {"msg": "removed", "collection": "users", "id": person.id}
    assert (nosub["msg"], nosub["id"], nosub["error"]["error"]) == ("nosub", "s2", "not-allowed")
    assert client.frames[known + 2] == answer
    assert refused["error"] == NOT_LOGGED_IN
    assert again["error"] == refusal(403, LOGGED_OUT)


@pytest.mark.parametrize("way", ["DDP", "REST"])
async def test_logging_out_closes_what_else_uses_the_token_and_nothing_more(
    workspace: Workspace, way: str
) -> None:
    person = workspace.person()
    elsewhere = workspace.login(person.username, "secret")
    url = workspace.ws_url
    async with Ddp(url) as client, Ddp(url) as same, Ddp(url) as other, Ddp(url) as anonymous:
        for one in (client, same, other, anonymous):
            await one.connect()
        await client.resume(person.token)
        await same.resume(person.token)
        await other.resume(elsewhere.token)
        if way == "REST":
            person.ok("POST", "v1/logout")
            assert await client.closed() == 1001
        else:
            await client.call("logout")
        assert await same.closed() == 1001
        for open_one in (other, anonymous):
            await settled(open_one)
            assert open_one.closed_with is None
    assert elsewhere.get("v1/me").status_code == 200


async def test_logging_out_with_a_dead_token_still_makes_the_connection_anonymous(
    workspace: Workspace,
) -> None:
    person = workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(person.token)
        forget(person)
        assert set(await client.call("logout")) == {"msg", "id"}
        await client.until(lambda f: f.get("msg") == "removed" and f["id"] == person.id)
        assert (await client.sub("stream-notify-logged", "user-status"))["msg"] == "nosub"


async def test_a_token_revoked_while_it_logs_in_leaves_no_open_session(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = workspace.person()
    connections = workspace.runtime.connections
    save = connections.save

    def late(connection: Any) -> bool:
        if connection.uid == person.id:
            # The token was found valid, and this connection cannot be found by its user yet.
            assert person.post("v1/logout").status_code == 200
        return save(connection)

    monkeypatch.setattr(connections, "save", late)
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.send(
            {"msg": "method", "method": "login", "id": "1", "params": [{"resume": person.token}]}
        )
        assert await client.closed() == 1001
    assert len(client.frames) == 2, "nothing after `connected`"
