"""Failed logins block a person or an address for a while, and successful ones make up for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contrail.ddp import ejson
from contrail.domain.users import digest
from tests.support.scene import fresh, invoke
from tests.support.settings import put
from tests.support.strict import Moving
from tests.support.workspace import Json, Person, Workspace

PREFIX = "Block_Multiple_Failed_Logins_"
LIMIT = 3
FOR_USER = ("error-login-blocked-for-user", "Login has been temporarily blocked For User")
FOR_IP = ("error-login-blocked-for-ip", "Login has been temporarily blocked For IP")
UNAUTHORIZED = ("Unauthorized", "Unauthorized")


class Door:
    """A workspace with low limits, its clock, and someone who logs in there."""

    def __init__(self, uri: str, **settings: Any) -> None:
        self.clock = Moving()
        given = {"By_User": "false", "By_Ip": "false", **settings}
        overwrites = {f"{PREFIX}{name}": str(value) for name, value in given.items()}
        self.workspace = Workspace(uri, clock=self.clock, overwrites=overwrites)
        self.person = self.workspace.person()

    def log_in(self, password: str, user: str = "") -> tuple[Any, Any] | None:
        """None when it succeeds, else the error and its text."""
        given = {"user": user or self.person.username, "password": password}
        answer = self.workspace.http("POST", "v1/login", json=given)
        body: Json = answer.json()
        if answer.status_code == 200:
            return None
        assert (answer.status_code, body["status"]) == (401, "error")
        return body["error"], body["message"]

    def fail(self, times: int, user: str = "") -> None:
        for _ in range(times):
            assert self.log_in("wrong", user) == UNAUTHORIZED


@pytest.fixture
def door(mongo_uri: str) -> Iterator[Callable[..., Door]]:
    made: list[Door] = []

    def make(**settings: Any) -> Door:
        made.append(Door(mongo_uri, **settings))
        return made[-1]

    yield make
    for one in made:
        one.workspace.stop()


BY_USER = {
    "By_User": "true",
    "Attempts_Until_Block_by_User": LIMIT,
    "Time_To_Unblock_By_User_In_Minutes": 5,
}
BY_IP = {
    "By_Ip": "true",
    "Attempts_Until_Block_By_Ip": LIMIT,
    "Time_To_Unblock_By_Ip_In_Minutes": 5,
}


def test_by_user_it_counts_failed_attempts_and_blocks_the_right_password_too(
    door: Callable[..., Door],
) -> None:
    at = door(**BY_USER)
    at.fail(LIMIT)
    assert at.log_in("wrong") == FOR_USER
    assert at.log_in("secret") == FOR_USER
    assert at.log_in("secret", f"{at.person.username}@example.com") == FOR_USER
    assert at.log_in("secret", at.workspace.person().username) is None, "nobody else is blocked"
    at.person.ok("GET", "v1/me")


def test_by_user_it_unblocks_after_the_block_time_and_no_attempt_prolongs_it(
    door: Callable[..., Door],
) -> None:
    at = door(**BY_USER)
    at.fail(1)
    at.clock.forward(minutes=4)
    at.fail(LIMIT - 1)
    for _ in range(3):
        at.clock.forward(minutes=1.5)
        assert at.log_in("wrong") == FOR_USER
    at.clock.forward(minutes=0.6)
    assert at.log_in("secret") is None


def test_by_user_a_successful_login_resets_the_counter(door: Callable[..., Door]) -> None:
    at = door(**BY_USER)
    for _ in range(3):
        at.fail(LIMIT - 1)
        assert at.log_in("secret") is None


def test_failures_that_lie_apart_do_not_block(door: Callable[..., Door]) -> None:
    at = door(**BY_USER)
    for _ in range(LIMIT + 1):
        at.fail(1)
        at.clock.forward(minutes=2.6)
    assert at.log_in("secret") is None


def test_a_name_that_nobody_bears_is_blocked_alike(door: Callable[..., Door]) -> None:
    at = door(**BY_USER)
    nobody = fresh("n")
    at.fail(LIMIT, nobody)
    assert at.log_in("wrong", nobody) == FOR_USER


@pytest.mark.parametrize("names", [1, LIMIT])
def test_by_ip_one_user_or_several_reach_the_limit(door: Callable[..., Door], names: int) -> None:
    at = door(**BY_IP)
    people = [at.person, *(at.workspace.person() for _ in range(names - 1))]
    for place in range(LIMIT):
        at.fail(1, people[place % names].username)
    assert at.log_in("secret") == FOR_IP
    at.clock.forward(minutes=5.1)
    assert at.log_in("secret") is None


def test_by_ip_a_successful_login_resets_the_counter(door: Callable[..., Door]) -> None:
    at = door(**BY_IP)
    for _ in range(3):
        at.fail(LIMIT - 1)
        assert at.log_in("secret") is None


def test_a_listed_address_is_never_blocked(door: Callable[..., Door]) -> None:
    at = door(**BY_IP, Ip_Whitelist="10.0.0.1, 127.0.0.1")
    at.fail(LIMIT + 2)
    assert at.log_in("secret") is None


def test_nothing_blocks_where_it_is_switched_off(door: Callable[..., Door]) -> None:
    at = door(**BY_USER, Enabled="false")
    at.fail(LIMIT + 2)
    assert at.log_in("secret") is None
    assert at.workspace.database["rocketchat_server_events"].count_documents({}) == 0


def test_over_ddp_it_says_the_same(door: Callable[..., Door]) -> None:
    at = door(**BY_USER)
    options = {"user": {"username": at.person.username}, "password": "wrong"}
    for _ in range(LIMIT):
        assert invoke(at.workspace, None, "login", [options])["error"]["error"] == 403
    error = invoke(at.workspace, None, "login", [{**options, "password": "secret"}])["error"]
    assert (error["error"], error["reason"]) == FOR_USER


def test_what_is_stored_is_what_the_api_stores_and_no_password(door: Callable[..., Door]) -> None:
    at = door(**BY_USER, **BY_IP)
    at.fail(1)
    assert at.log_in("secret") is None
    rows = list(at.workspace.database["rocketchat_server_events"].find().sort("ts", 1))
    who = {"_id": at.person.id, "username": at.person.username}
    shown = [(row["t"], row["ip"], row["u"]) for row in rows]
    assert shown == [("failed-login-attempt", "127.0.0.1", who), ("login", "127.0.0.1", who)]
    assert "secret" not in ejson.dumps(rows)
    assert "wrong" not in ejson.dumps(rows)


def test_many_guesses_at_once_are_answered_no_oftener_than_the_limit(
    door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = door(**BY_USER)
    instance = at.workspace.runtime.instances["account"]
    real, guesses = instance.store.server_events.add, 8
    together = threading.Barrier(guesses)

    def add(*args: Any) -> str:
        # Each of them has found nothing to be blocked for by now.
        together.wait(20)
        return real(*args)

    monkeypatch.setattr(instance.store.server_events, "add", add)
    with ThreadPoolExecutor(guesses) as pool:
        answers = list(pool.map(lambda _: at.log_in("wrong"), range(guesses)))
    assert set(answers) <= {UNAUTHORIZED, FOR_USER}
    assert answers.count(UNAUTHORIZED) <= LIMIT
    assert at.log_in("secret") == FOR_USER


def test_many_right_logins_at_once_are_all_let_in(door: Callable[..., Door]) -> None:
    at = door(**BY_USER, **BY_IP)
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(lambda _: at.log_in("secret"), range(24))) == [None] * 24


def test_who_is_logged_in_does_not_guess_the_password_by_deleting_the_account(
    door: Callable[..., Door],
) -> None:
    at = door(**BY_USER)
    put(at.workspace, "Accounts_AllowDeleteOwnAccount", True)
    path, person = "v1/users.deleteOwnAccount", at.person
    for _ in range(LIMIT):
        answer = person.post(path, {"password": digest("wrong")})
        assert answer.json()["errorType"] == "error-invalid-password"
    for guess in ("wrong", "secret"):
        answer = person.post(path, {"password": digest(guess)})
        assert answer.json()["errorType"] == "error-login-blocked-for-user"
    assert at.log_in("secret") == FOR_USER
    at.clock.forward(minutes=5.1)
    person.ok("POST", path, {"password": digest("secret")})


def test_an_open_login_is_not_touched(door: Callable[..., Door]) -> None:
    at = door(**BY_USER)
    other: Person = at.workspace.login(at.person.username, "secret")
    at.fail(LIMIT)
    other.ok("GET", "v1/me")
    assert at.workspace.http("POST", "v1/login", json={"resume": other.token}).status_code == 200
