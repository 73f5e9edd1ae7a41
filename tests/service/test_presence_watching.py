"""Connections that die without a word, are idle, or grow old: a clock that tests move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contrail.domain import presence
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection
from functions.presence import tracking, watching
from tests.support.ddp import Ddp
from tests.support.people import stored
from tests.support.workspace import Person, Workspace

START = datetime(2030, 1, 1, tzinfo=UTC)


class Plane:
    """Sockets and a clock. `active` holds when each connection that is there was last active."""

    def __init__(self) -> None:
        self.time = START
        self.active: dict[str, datetime] = {}
        self.unreachable = False
        self.dead: set[str] = set()
        self.posted: list[str] = []
        self.closed: list[str] = []

    def now(self) -> datetime:
        return self.time

    def last_active(self, connection_id: str) -> datetime | None:
        if self.unreachable:
            raise ConnectionError("no answer")
        return self.active.get(connection_id)

    def post(self, connection_id: str, *frames: str) -> bool:
        raise AssertionError((connection_id, frames))

    def post_all(self, posts: Sequence[tuple[str, str]]) -> set[str]:
        assert {frame for _, frame in posts} <= {'{"msg":"ping"}'}
        self.posted += [connection_id for connection_id, _ in posts]
        return {connection_id for connection_id, _ in posts if connection_id in self.dead}

    def close(self, connection_id: str) -> None:
        self.closed.append(connection_id)


class Scene:
    """One person with one connection, looked at every minute as the schedule does."""

    def __init__(self, workspace: Workspace, person: Person) -> None:
        self.plane, self.workspace, self.person = Plane(), workspace, person
        found = workspace.runtime.instances["presence"]
        self.at = replace(found, sockets=self.plane, clock=self.plane)
        self.id = f"connection-{person.id}"
        self.plane.active[self.id] = START
        body = f'{{"uid":"{person.id}","connection_id":"{self.id}","state":"online"}}'
        tracking.follow(Caller(), tracking.Item(body=body), self.at)

    def pass_minutes(self, count: int) -> None:
        for _ in range(count):
            self.plane.time += timedelta(minutes=1)
            watching.look(Caller(), watching.Look(), self.at)
            self.workspace.settle()

    @property
    def status(self) -> str:
        return str(stored(self.workspace, self.person.id)["status"])


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    return Scene(workspace, workspace.person())


def test_a_connection_that_is_gone_without_goodbye_is_offline_at_the_next_look(
    scene: Scene,
) -> None:
    assert scene.status == "online"
    del scene.plane.active[scene.id]
    scene.pass_minutes(4)
    assert scene.status == "offline"
    assert scene.plane.posted == []


def test_a_silent_connection_is_pinged_and_offline_within_twelve_minutes(scene: Scene) -> None:
    scene.pass_minutes(4)
    assert scene.plane.posted == [scene.id]
    assert scene.status == "online"
    scene.pass_minutes(8)
    assert scene.status == "offline"
    assert scene.id in scene.plane.closed


def test_whoever_answers_pings_stays_for_as_long_as_a_connection_may_last(scene: Scene) -> None:
    for _ in range(20):
        scene.pass_minutes(4)
        scene.plane.active[scene.id] = scene.plane.time
    assert scene.status == "online"
    assert scene.plane.closed == []
    for _ in range(10):
        scene.pass_minutes(4)
        scene.plane.active[scene.id] = scene.plane.time
    assert scene.id in scene.plane.closed


def test_a_connection_that_takes_no_ping_is_gone_at_once(scene: Scene) -> None:
    scene.plane.dead.add(scene.id)
    scene.pass_minutes(4)
    assert scene.status == "offline"


class Stranger:
    """A connection on which nobody logs in."""

    def __init__(self, scene: Scene) -> None:
        self.plane, self.at, self.id = scene.plane, scene.at, f"stranger-{scene.person.id}"
        self.pass_minutes = scene.pass_minutes
        opened = round(START.timestamp() * 1000)
        self.at.connections.open(Connection(id=self.id, opened_at=opened))
        self.at.connections.listen(self.id, "", [presence.NOBODYS])
        self.plane.active[self.id] = START


@pytest.fixture
def stranger(scene: Scene) -> Stranger:
    return Stranger(scene)


def test_a_silent_connection_without_a_login_is_pinged_and_ended_like_others(
    stranger: Stranger,
) -> None:
    stranger.pass_minutes(3)
    assert stranger.id not in stranger.plane.posted
    stranger.pass_minutes(2)
    assert stranger.id in stranger.plane.posted
    stranger.pass_minutes(3)
    assert stranger.id in stranger.plane.closed
    assert stranger.at.connections.get(stranger.id) is None


def test_one_without_a_login_that_answers_is_closed_before_two_hours(stranger: Stranger) -> None:
    for _ in range(29):
        stranger.pass_minutes(4)
        stranger.plane.active[stranger.id] = stranger.plane.time
    assert stranger.id in stranger.plane.closed


async def test_whoever_logs_in_is_a_stranger_no_more_and_one_again_after_logging_out(
    workspace: Workspace,
) -> None:
    person, connections = workspace.person(), workspace.runtime.connections

    def strangers() -> set[str]:
        return {row.connection_id for row in connections.listeners(presence.STRANGERS, 0)}

    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        session = client.frames[-1]["session"]
        (own,) = [one.id for one in connections.records() if one.session == session]
        assert own in strangers()
        await client.resume(person.token)
        assert own not in strangers()
        await client.call("logout")
        assert own in strangers()


def test_a_status_that_could_not_be_published_is_when_the_item_comes_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    body = f'{{"uid":"{scene.person.id}","connection_id":"{scene.id}","state":"away"}}'
    item = tracking.Item(body=body)

    def fail(*_: Any) -> None:
        raise ConnectionError("no bus")

    with monkeypatch.context() as patch:
        patch.setattr(scene.at.bus, "publish", fail)
        with pytest.raises(ConnectionError):
            tracking.follow(Caller(), item, scene.at)
    monkeypatch.setattr(scene.at.bus, "publish", lambda *facts: told.extend(facts))
    for _ in range(2):
        tracking.follow(Caller(), item, scene.at)
    assert [fact.user["status"] for fact in told] == ["away"]


def test_nothing_is_concluded_while_nobody_can_be_asked(scene: Scene) -> None:
    scene.plane.unreachable = True
    scene.pass_minutes(30)
    assert scene.status == "online"
    scene.plane.unreachable = False
    scene.pass_minutes(4)
    assert scene.status == "offline"


def test_after_a_restart_nobody_waits_for_the_next_look(scene: Scene) -> None:
    scene.plane.active.clear()
    watching.look(Caller(), watching.Look(everyone=True), scene.at)
    scene.workspace.settle()
    assert scene.status == "offline"


def test_connections_of_one_morning_do_not_end_together() -> None:
    lives = {watching.life(f"connection-{n}") for n in range(2_000)}
    assert min(lives) < timedelta(minutes=86)
    assert max(lives) > timedelta(minutes=114)
    assert max(lives) <= timedelta(minutes=115)
    assert len(lives) > 1_000


def test_a_silent_connection_is_gone_well_within_the_gateways_own_limit() -> None:
    assert 2 * presence.QUIET + timedelta(minutes=1) < timedelta(minutes=10)
