"""Who may look into a room, join it, write there and change it: each kind against each person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.people import direct
from tests.support.rooms import change, give_role, group
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.workspace import Person, Workspace

LOOK, JOIN, WRITE, EDIT = "look", "join", "write", "edit"
PEOPLE = ("owner", "moderator", "member", "outsider", "admin", "guest", "nobody")
OWNERS = {"owner", "moderator"}
MEMBERS = {*OWNERS, "member"}
KNOWN = {*MEMBERS, "outsider", "admin"}

ALLOWED: dict[str, dict[str, set[str]]] = {
    "channel": {LOOK: KNOWN, JOIN: KNOWN, WRITE: KNOWN, EDIT: {*OWNERS, "admin"}},
    "group": {LOOK: MEMBERS, JOIN: MEMBERS, WRITE: MEMBERS, EDIT: OWNERS},
    "direct": {LOOK: {"owner", "member"}, JOIN: {"owner", "member"}, WRITE: {"owner", "member"}},
    "read-only": {LOOK: KNOWN, JOIN: KNOWN, WRITE: {*OWNERS, "admin"}, EDIT: {*OWNERS, "admin"}},
    "broadcast": {LOOK: KNOWN, JOIN: KNOWN, WRITE: {*OWNERS, "admin"}, EDIT: {*OWNERS, "admin"}},
    "archived": {LOOK: KNOWN, JOIN: KNOWN},
    "a private team's channel": {
        LOOK: MEMBERS,
        JOIN: MEMBERS,
        WRITE: MEMBERS,
        EDIT: OWNERS,
    },
    "a channel's discussion": {
        LOOK: KNOWN,
        JOIN: KNOWN,
        WRITE: KNOWN,
        EDIT: {*OWNERS, "admin"},
    },
    "missing": {},
}
"""Kind of room -> what -> who may. Joining what one is in already is no mistake."""


class Stage:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        names = ("owner", "moderator", "member", "outsider")
        self.people: dict[str, Person | None] = {name: workspace.person() for name in names}
        self.people |= {"admin": workspace.admin, "guest": _guest(workspace), "nobody": None}

    def of(self, name: str) -> Person:
        person = self.people[name]
        assert person is not None
        return person

    def room(self, kind: str) -> tuple[str, str]:
        """The id of a new room, and the family of its endpoints."""
        owner, members = self.of("owner"), [self.of("moderator"), self.of("member")]
        closed = kind in ("group", "a channel's discussion")
        family = "groups" if closed else "channels"
        if kind == "missing":
            return "no-such-room", family
        if kind == "direct":
            others = self.workspace.person()
            room = direct(self.workspace, owner, self.of("member"), others)
            return str(room["_id"]), family
        extra: dict[str, Any] = {"readOnly": True} if kind == "read-only" else {}
        if kind == "broadcast":
            extra = {"extraData": {"broadcast": True}}
        make = group if closed else self.workspace.channel
        rid = str(make(owner, *members, **extra)["_id"])
        give_role(self.of("moderator"), rid, "moderator")
        if kind == "a channel's discussion":
            change(self.workspace, rid, prid=self.room("channel")[0])
        if kind == "archived":
            change(self.workspace, rid, archived=True)
        if kind == "a private team's channel":
            given = {"name": fresh("t"), "type": 1}
            team = owner.ok("POST", "v1/teams.create", given)["team"]
            change(self.workspace, rid, teamId=team["_id"])
        return rid, family


def _guest(workspace: Workspace) -> Person:
    person = workspace.person()
    workspace.database["users"].update_one({"_id": person.id}, {"$set": {"roles": ["guest"]}})
    return person


def _look(person: Person | None, workspace: Workspace, rid: str, family: str) -> bool:
    return "result" in invoke(workspace, person, "getRoomIdByNameOrId", [rid])


def _join(person: Person | None, workspace: Workspace, rid: str, family: str) -> bool:
    return "error" not in invoke(workspace, person, "joinRoom", [rid])


def _write(person: Person | None, workspace: Workspace, rid: str, family: str) -> bool:
    given = {"message": {"rid": rid, "msg": "hi"}}
    headers = person.headers if person else {}
    path = "v1/chat.sendMessage"
    return workspace.http("POST", path, json=given, headers=headers).status_code == 200


def _edit(person: Person | None, workspace: Workspace, rid: str, family: str) -> bool:
    given = {"roomId": rid, "topic": fresh("t")}
    headers = person.headers if person else {}
    path = f"v1/{family}.setTopic"
    return workspace.http("POST", path, json=given, headers=headers).status_code == 200


TRIES: dict[str, Callable[[Person | None, Workspace, str, str], bool]] = {
    LOOK: _look,
    JOIN: _join,
    WRITE: _write,
    EDIT: _edit,
}


@pytest.fixture(scope="module")
def stage(workspace: Workspace) -> Stage:
    return Stage(workspace)


@pytest.mark.parametrize("kind", sorted(ALLOWED))
@pytest.mark.parametrize("what", TRIES)
def test_each_person_may_do_in_each_kind_of_room_what_the_table_says(
    stage: Stage, kind: str, what: str
) -> None:
    allowed = ALLOWED[kind].get(what, set())
    got = set()
    for name in PEOPLE:
        rid, family = stage.room(kind)
        if TRIES[what](stage.people[name], stage.workspace, rid, family):
            got.add(name)
    assert got == allowed


def test_where_anyone_may_read_channels_are_open_and_groups_are_not(stage: Stage) -> None:
    workspace = stage.workspace
    with setting(workspace, "Accounts_AllowAnonymousRead", True):
        channel, closed = stage.room("channel")[0], stage.room("group")[0]
        for rid, status in ((channel, 200), (closed, 400)):
            answer = workspace.http("GET", "v1/channels.anonymousread", params={"roomId": rid})
            assert answer.status_code == status
