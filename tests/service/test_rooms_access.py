"""Who may look into a room, join it, write there and change it: each kind against each person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.people import direct
from tests.support.rooms import change, give_role, group, room_of
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.workspace import Person, Workspace

CLOSED = (
    *("group", "read-only group", "archived group", "encrypted group", "a public team's group"),
    *("a private team's main room", "a channel's discussion"),
    "a discussion in the outsider's group",
)
"""Kinds of rooms that are private groups."""
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
    "read-only group": {LOOK: MEMBERS, JOIN: MEMBERS, WRITE: OWNERS, EDIT: OWNERS},
    "archived": {LOOK: KNOWN, JOIN: KNOWN},
    "archived group": {LOOK: MEMBERS, JOIN: MEMBERS},
    "encrypted group": {LOOK: MEMBERS, JOIN: MEMBERS, WRITE: MEMBERS, EDIT: OWNERS},
    "with a join code": {
        LOOK: KNOWN,
        JOIN: {*MEMBERS, "admin"},
        WRITE: KNOWN,
        EDIT: {*OWNERS, "admin"},
    },
    "blocked direct": {LOOK: {"owner", "member"}, JOIN: {"owner", "member"}},
    "a public team's main room": {LOOK: KNOWN, JOIN: KNOWN, WRITE: KNOWN, EDIT: {*OWNERS, "admin"}},
    "a private team's main room": {LOOK: MEMBERS, JOIN: MEMBERS, WRITE: MEMBERS, EDIT: OWNERS},
    "a public team's channel": {LOOK: KNOWN, JOIN: KNOWN, WRITE: KNOWN, EDIT: {*OWNERS, "admin"}},
    "a public team's group": {LOOK: MEMBERS, JOIN: MEMBERS, WRITE: MEMBERS, EDIT: OWNERS},
    "a channel of the outsider's private team": {
        LOOK: {*MEMBERS, "outsider"},
        JOIN: {*MEMBERS, "outsider"},
        WRITE: {*MEMBERS, "outsider"},
        EDIT: OWNERS,
    },
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
    "a discussion in the outsider's group": {
        LOOK: {*MEMBERS, "outsider"},
        JOIN: {*MEMBERS, "outsider"},
        WRITE: {*MEMBERS, "outsider"},
        EDIT: OWNERS,
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
        closed = kind in CLOSED
        family = "groups" if closed else "channels"
        if kind == "missing":
            return "no-such-room", family
        if kind.endswith("direct"):
            return self._direct(blocked=kind.startswith("blocked")), family
        extra: dict[str, Any] = {"readOnly": True} if kind.startswith("read-only") else {}
        if kind == "broadcast":
            extra = {"extraData": {"broadcast": True}}
        make = group if closed else self.workspace.channel
        rid = str(make(owner, *members, **extra)["_id"])
        give_role(self.of("moderator"), rid, "moderator")
        more = self._more(kind, rid)
        if more:
            change(self.workspace, rid, **more)
        return rid, family

    def _direct(self, *, blocked: bool) -> str:
        """With a third one in it; where one is blocked, of the two alone, always the same."""
        people = [self.of("owner"), self.of("member")]
        if not blocked:
            return str(direct(self.workspace, *people, self.workspace.person())["_id"])
        rid = "".join(sorted(one.id for one in people))
        if room_of(self.workspace, rid) is None:
            direct(self.workspace, *people)
        asked = {"rid": rid, "blocked": people[1].id}
        assert invoke(self.workspace, people[0], "blockUser", [asked])["result"] is True
        return rid

    def _more(self, kind: str, rid: str) -> dict[str, Any]:
        """What makes the room one of its kind."""
        if kind.startswith("archived"):
            return {"archived": True}
        if kind.startswith("encrypted"):
            return {"encrypted": True}
        if kind == "with a join code":
            return {"joinCodeRequired": True, "joinCode": "sesame"}
        if kind == "a channel's discussion":
            return {"prid": self.room("channel")[0]}
        if kind == "a discussion in the outsider's group":
            return {"prid": group(self.of("owner"), self.of("outsider"))["_id"]}
        if "team" not in kind:
            return {}
        private = "private" in kind
        given: dict[str, Any] = {"name": fresh("t"), "type": int(private)}
        if "outsider" in kind:
            given["members"] = [self.of("outsider").username]
        team = self.of("owner").ok("POST", "v1/teams.create", given)["team"]
        teams = self.workspace.database["rocketchat_team"]
        if "main" in kind:
            teams.update_one({"_id": team["_id"]}, {"$set": {"roomId": rid}})
        return {"teamId": team["_id"], **({"teamMain": True} if "main" in kind else {})}


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
    got, (rid, family) = set(), stage.room(kind)
    for name in PEOPLE:
        if what == JOIN:  # who joins changes the room for who comes next
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
