"""Two or fifty at once in one room: one consistent end. And what it costs, counted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from contrail.domain import members
from contrail.domain.access import find_standing
from contrail.shapes.caller import Caller
from contrail.shapes.ids import random_id
from tests.support.counting import Commands
from tests.support.rooms import (
    give_role,
    group,
    members_of,
    roles_in,
    said_in,
    stored_room,
    subscription_in,
)
from tests.support.scene import fresh
from tests.support.workspace import Person, Workspace

ADMIN = {"admin_username": "boss", "admin_pass": "secret", "admin_email": "boss@example.com"}
AT_ONCE = 50


def _at_once(work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(work, range(AT_ONCE)))


def test_fifty_times_into_one_room_at_once_is_once(workspace: Workspace) -> None:
    owner, person = workspace.person(), workspace.person()
    rid = workspace.channel(owner)["_id"]
    given = {"roomId": rid}
    answers = _at_once(lambda _: person.post("v1/channels.join", given).status_code)
    assert answers == [200] * AT_ONCE
    rows = workspace.database["rocketchat_subscription"].count_documents({"rid": rid})
    assert (rows, stored_room(workspace, rid)["usersCount"]) == (2, 2)
    assert said_in(workspace, rid) == [("uj", person.username, person.username)]


def test_fifty_people_into_one_room_at_once_are_all_counted(workspace: Workspace) -> None:
    owner = workspace.person()
    rid = workspace.channel(owner)["_id"]
    at, people = workspace.runtime.instances["rooms"], _people(workspace, AT_ONCE)
    room = at.store.rooms.by_id(rid) or {}

    def join(number: int) -> bool:
        one = people[number]
        return members.join(at, Caller(uid=one["_id"], username=one["username"]), room)

    assert all(_at_once(join))
    workspace.settle()
    assert stored_room(workspace, rid)["usersCount"] == AT_ONCE + 1
    assert len(said_in(workspace, rid)) == AT_ONCE
    times = [row["ts"] for row in workspace.database["rocketchat_message"].find({"rid": rid})]
    assert len(set(times)) == AT_ONCE


def test_of_two_owners_who_leave_fifty_times_at_once_one_stays(workspace: Workspace) -> None:
    owners = [workspace.person(), workspace.person()]
    rid = group(owners[0], owners[1])["_id"]
    give_role(owners[1], rid, "owner")
    codes = _at_once(
        lambda number: owners[number % 2].post("v1/groups.leave", {"roomId": rid}).status_code
    )
    assert sorted(codes) == [200] + [400] * (AT_ONCE - 1)
    left = members_of(workspace, rid)
    assert len(left) == 1
    stays = owners[codes.index(200) % 2 - 1]
    assert (left, roles_in(stays, rid)) == ({stays.id}, ["owner"])
    assert stored_room(workspace, rid)["usersCount"] == 1


def test_of_owners_who_unmake_each_other_at_once_one_stays_owner(workspace: Workspace) -> None:
    owners = [workspace.person() for _ in range(4)]
    rid = workspace.channel(*owners)["_id"]
    for one in owners:
        give_role(one, rid, "owner")

    def unmake(number: int) -> int:
        other = owners[(number + 1) % 4]
        given = {"roomId": rid, "userId": other.id}
        return owners[number % 4].post("v1/channels.removeOwner", given).status_code

    _at_once(unmake)
    held = [one.username for one in owners if "owner" in roles_in(one, rid)]
    assert len(held) >= 1
    assert stored_room(workspace, rid)["usersCount"] == 4


def test_one_who_is_taken_out_by_many_at_once_is_taken_out_once(workspace: Workspace) -> None:
    owner, member = workspace.person(), workspace.person()
    rid = workspace.channel(owner, member)["_id"]
    given = {"roomId": rid, "userId": member.id}
    codes = _at_once(lambda _: owner.post("v1/channels.kick", given).status_code)
    assert codes.count(200) == 1
    assert stored_room(workspace, rid)["usersCount"] == 1
    assert said_in(workspace, rid) == [("ru", member.username, owner.username)]


def test_of_many_who_are_ignored_at_once_none_is_forgotten(workspace: Workspace) -> None:
    owner, others = workspace.person(), [workspace.person() for _ in range(8)]
    rid = workspace.channel(owner, *others)["_id"]

    def ignore(place: int, ignored: bool) -> None:
        given = {"rid": rid, "userId": others[place].id, "ignore": str(ignored).lower()}
        owner.ok("GET", "v1/chat.ignoreUser", given)

    for ignored in (True, False):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(partial(ignore, ignored=ignored), range(8)))
        row = subscription_in(owner, rid) or {}
        assert set(row["ignored"]) == ({one.id for one in others} if ignored else set())


def _people(workspace: Workspace, count: int) -> list[dict[str, Any]]:
    """Straight in the database."""
    people: list[dict[str, Any]] = [
        {"_id": random_id(), "username": fresh("u"), "name": "P", "active": True, "type": "user"}
        for _ in range(count)
    ]
    now = workspace.runtime.clock.now()
    workspace.database["users"].insert_many(
        [{**one, "_contrail": {"username": one["username"]}, "_updatedAt": now} for one in people]
    )
    return people


@pytest.fixture
def counted(new_workspace: Callable[..., Workspace]) -> tuple[Workspace, Commands]:
    commands = Commands()
    return new_workspace(test_mode=False, listeners=(commands,), **ADMIN), commands


def _cost(workspace: Workspace, commands: Commands, work: Callable[[], Any]) -> list[str]:
    """The commands of one request; those of the fan-out are not its own."""
    workspace.settle()
    bus = workspace.runtime.bus
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bus, "publish", lambda *facts: None)
        commands.reset()
        work()
        # What takes long asks once more for the versions of what is cached.
        return [one for one in commands.seen if one != "find contrail_versions"]


def _room_of(workspace: Workspace, owner: Person, size: int) -> str:
    rid = str(workspace.channel(owner)["_id"])
    at = workspace.runtime.instances["rooms"]
    room = at.store.rooms.by_id(rid) or {}
    members.add(at, Caller(uid=owner.id), room, _people(workspace, size), said=None)
    workspace.settle()
    return rid


def _coming_and_going(
    workspace: Workspace, owner: Person, rid: str
) -> tuple[Callable[[], None], ...]:
    (stranger,) = _people(workspace, 1)
    at, caller = workspace.runtime.instances["rooms"], Caller(uid=stranger["_id"])

    def join() -> None:
        standing = find_standing(at, caller, rid)
        assert standing is not None
        assert members.join(at, caller, standing.room)

    def kick() -> None:
        owner.ok("POST", "v1/channels.kick", {"roomId": rid, "userId": stranger["_id"]})

    def rename() -> None:
        owner.ok("POST", "v1/channels.rename", {"roomId": rid, "name": fresh("n")})

    return join, kick, rename


def test_coming_going_and_renaming_cost_the_same_in_a_small_room_and_a_large_one(
    counted: tuple[Workspace, Commands],
) -> None:
    workspace, commands = counted
    owner = workspace.login("boss", "secret")
    costs = []
    for size in (2, 600):
        works = _coming_and_going(workspace, owner, _room_of(workspace, owner, size))
        costs.append([_cost(workspace, commands, work) for work in works])
    assert costs[0] == costs[1]
    assert [len(seen) for seen in costs[0]] == [8, 11, 9]


def _invite(owner: Person, given: dict[str, Any]) -> None:
    owner.ok("POST", "v1/channels.invite", given)


def test_inviting_a_thousand_at_once_costs_by_the_batch(
    counted: tuple[Workspace, Commands],
) -> None:
    workspace, commands = counted
    owner = workspace.login("boss", "secret")
    seen = {}
    for count in (1, 250, 1_000):
        rid = workspace.channel(owner)["_id"]
        given = {"roomId": rid, "userIds": [one["_id"] for one in _people(workspace, count)]}
        seen[count] = _cost(workspace, commands, partial(_invite, owner, given))
        assert stored_room(workspace, rid)["usersCount"] == count + 1
        assert len(said_in(workspace, rid)) == count
    assert len(seen[1]) == len(seen[250])
    assert len(seen[1_000]) - len(seen[250]) == 3 * 5, "five commands for each further batch"
