"""What a login costs, in commands and in hashing, and how long its token is kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import bcrypt
import pytest

from contrail.domain import users as domain_users
from contrail.shapes.ids import random_id
from tests.support.counting import Commands
from tests.support.ddp import Ddp
from tests.support.passwords import DIG, DIGEST, UNAUTHORIZED, log_in
from tests.support.scene import refused
from tests.support.strict import Strict
from tests.support.workspace import Person, Workspace

LOGIN = ["aggregate users", "find rocketchat_server_events", "findAndModify users"]
LOGIN += ["update rocketchat_sessions"]
PRESENT = [
    *("findAndModify usersSessions", "findAndModify users", "find contrail_versions"),
    "update users",
]


def test_a_login_costs_four_commands_cold_and_warm(mongo_uri: str) -> None:
    commands = Commands()
    workspace = Strict(mongo_uri, listeners=(commands,))
    try:
        for given in (DIG, "secret"):
            commands.reset()
            assert log_in(workspace, {"user": "boss", "password": given}).status_code == 200
            workspace.settle()
            assert commands.seen == LOGIN
    finally:
        workspace.stop()


def test_a_login_over_ddp_costs_the_same_and_presence_comes_after_it(mongo_uri: str) -> None:
    commands = Commands()
    workspace = Strict(mongo_uri, listeners=(commands,))

    async def visit() -> None:
        async with Ddp(workspace.ws_url) as client:
            await client.connect()
            await asyncio.to_thread(workspace.settle)
            commands.reset()
            await client.login("boss", "secret")
            await asyncio.to_thread(workspace.settle)
            assert sorted(commands.seen) == sorted([*LOGIN, *PRESENT])

    try:
        # Presence is one function for everyone, and warm by now.
        workspace.runtime.instances["presence"].caches.refresh()
        for _ in ("cold", "warm"):
            asyncio.run(visit())
            workspace.wait_for(lambda: not len(workspace.runtime.sockets))
            workspace.settle()
    finally:
        workspace.stop()


def test_an_unknown_name_costs_what_a_wrong_password_costs(mongo_uri: str) -> None:
    commands = Commands()
    workspace = Strict(mongo_uri, listeners=(commands,))
    try:
        workspace.login("boss", "secret")
        costs = []
        for user in ("boss", "nobody-has-this-name"):
            commands.reset()
            refused(log_in(workspace, {"user": user, "password": "no"}), 401, UNAUTHORIZED)
            costs.append(sorted(commands.seen))
        assert costs[0] == costs[1]
    finally:
        workspace.stop()


@pytest.mark.parametrize("rounds", [4, 11])
def test_a_password_of_another_cost_is_hashed_anew(
    workspace: Workspace, rounds: int, usual_rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain_users, "ROUNDS", usual_rounds)
    person, users = workspace.person(), workspace.database["users"]
    old = bcrypt.hashpw(DIGEST.encode(), bcrypt.gensalt(rounds)).decode()
    users.update_one({"_id": person.id}, {"$set": {"services.password.bcrypt": old}})

    def stored() -> str:
        user = users.find_one({"_id": person.id}) or {}
        return str(user["services"]["password"]["bcrypt"])

    refused(log_in(workspace, {"user": person.username, "password": "no"}), 401, UNAUTHORIZED)
    assert stored() == old
    workspace.login(person.username, "secret")
    fresh_hash = stored()
    assert fresh_hash.startswith("$2b$10$")
    workspace.login(person.username, "secret")
    assert stored() == fresh_hash


def test_expired_logins_are_forgotten_and_the_oldest_of_too_many_go(mongo_uri: str) -> None:
    workspace = Strict(mongo_uri)
    try:
        person, users = workspace.person(), workspace.database["users"]
        personal = person.ok("POST", "v1/users.generatePersonalAccessToken", {"tokenName": "t"})
        now = workspace.runtime.clock.now()
        ages = [timedelta(days=91), *(timedelta(minutes=n) for n in range(60, 5, -1))]
        old = [{"hashedToken": random_id(43), "when": now - age} for age in ages]
        name = "services.resume.loginTokens"
        users.update_one({"_id": person.id}, {"$push": {name: {"$each": old}}})
        workspace.login(person.username, "secret")
        user = users.find_one({"_id": person.id}) or {}
        logins = [one for one in user["services"]["resume"]["loginTokens"] if "when" in one]
        assert len(logins) == 50
        assert [one["hashedToken"] for one in logins[:-1]] == [o["hashedToken"] for o in old[-49:]]
        bearer = Person(workspace, person.id, personal["token"], person.username)
        assert bearer.get("v1/me").status_code == 200
    finally:
        workspace.stop()
