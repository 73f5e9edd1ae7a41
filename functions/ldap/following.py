"""Roles and rooms of people, brought in line with the directory's groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from contrail.domain import creating, members, roles
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.logs import warn
from contrail.shapes.rows import Document
from functions.ldap.configuration import text
from functions.ldap.directory import Directory
from functions.ldap.groups import Rule, rule_of_channels, rule_of_roles, rule_of_teams
from functions.ldap.profiles import Profile

Person = tuple[Profile, Document]
"""What the directory says of someone, and the user that they are."""
OWNER = "owner"
REMOVES_ROLES = "LDAP_Sync_User_Data_Roles_AutoRemove"
ENFORCES_CHANNELS = "LDAP_Sync_User_Data_Channels_Enforce_AutoChannels"
EACH_LOGIN = "LDAP_Validate_Teams_For_Each_Login"


@dataclass(frozen=True, slots=True)
class Following:
    """What of groups is followed, read once for many people. None of it is followed where off."""

    roles: Rule | None
    channels: Rule | None
    teams: Rule | None

    @classmethod
    def of(cls, at: Instance) -> Following:
        return cls(rule_of_roles(at), rule_of_channels(at), rule_of_teams(at))

    @classmethod
    def at_login(cls, at: Instance, *, new: bool) -> Following:
        every = cls.of(at)
        return every if new or at.setting(EACH_LOGIN) is True else replace(every, teams=None)

    @property
    def anything(self) -> bool:
        return bool(self.roles or self.channels or self.teams)

    def follow(
        self, at: Instance, caller: Caller, directory: Directory, people: Sequence[Person]
    ) -> None:
        """Raises `DirectoryError`; what was changed before stays so."""
        if not people:
            return
        if self.roles:
            _follow_roles(at, caller, directory, self.roles, people)
        if self.channels:
            channel = partial(_channel, at, caller)
            enforces = at.setting(ENFORCES_CHANNELS) is True
            _follow_rooms(at, caller, directory, self.channels, people, channel, enforces=enforces)
        if self.teams:
            _follow_rooms(
                at,
                caller,
                directory,
                self.teams,
                people,
                lambda name, _: _main_room(at, name),
                enforces=True,
            )


def _follow_roles(
    at: Instance, caller: Caller, directory: Directory, rule: Rule, people: Sequence[Person]
) -> None:
    """Only who gains or loses a role costs anything here."""
    known = {key: role for role in at.store.roles.all() for key in (role.get("name"), role["_id"])}
    mapped = [known[name] for name in rule.all if name in known]
    mapped = [role for role in mapped if role.get("scope") != roles.IN_ROOMS]
    removes = at.setting(REMOVES_ROLES) is True
    for profile, user in people:
        wanted = rule.wanted(directory, profile)
        wanted_ids = {known[name]["_id"] for name in wanted if name in known}
        for role in mapped:
            has = role["_id"] in (user.get("roles") or ())
            if has == (role["_id"] in wanted_ids) or (has and not removes):
                continue
            user = _with_role(at, caller, user, role, given=not has)


def _with_role(
    at: Instance, caller: Caller, user: Document, role: Document, *, given: bool
) -> Document:
    held = [one for one in user.get("roles") or () if one != role["_id"]]
    try:
        if given:
            roles.give(at, caller, user, role, "")
            held.append(role["_id"])
        else:
            roles.take(at, caller, user, role, "")
    except ChatError as error:
        warn("role kept", uid=user["_id"], role=role["_id"], error=error.code)
        return user
    return {**user, "roles": held}


def _follow_rooms(
    at: Instance,
    caller: Caller,
    directory: Directory,
    rule: Rule,
    people: Sequence[Person],
    room_of: Callable[[str, bool], Document | None],
    *,
    enforces: bool,
) -> None:
    """A few commands for each room, however many people there are. Owners stay where they are.

    `room_of` finds a room by what the rule calls it; it is told whether anyone is to be in it.
    """
    wanted: dict[str, list[Document]] = {name: [] for name in rule.all}
    for profile, user in people:
        for name in rule.wanted(directory, profile):
            wanted[name].append(user)
    for name, users in wanted.items():
        room = room_of(name, bool(users))
        if room is None:
            continue
        members.add(at, caller, room, users, said="uj")
        inside = {one["_id"] for one in users}
        others = {user["_id"]: user for _, user in people if user["_id"] not in inside}
        if not enforces or not others:
            continue
        for row in at.store.subscriptions.of_members(room["_id"], others):
            if OWNER not in (row.get("roles") or ()):
                members.remove(at, caller, room, others[row["u"]["_id"]])


def _channel(at: Instance, caller: Caller, name: str, needed: bool) -> Document | None:
    """The channel or group of that name; made where someone is to be in it and it is missing."""
    room = at.store.rooms.by_name(name)
    if room is not None:
        return room if room["t"] in ("c", "p") else None
    if not needed:
        return None
    owner = at.store.users.by_username(
        text(at, "Sync_User_Data_Channels_Admin"), {"username": 1, "name": 1}
    )
    if owner is None:
        warn("channel not made", channel=name, error="no such owner")
        return None
    try:
        return creating.create_room(at, caller, kind="c", name=name, owner=owner)
    except ChatError as error:
        warn("channel not made", channel=name, error=error.code)
        return None


def _main_room(at: Instance, name: str) -> Document | None:
    """Of the team of that name: who is in it is in the team."""
    team = at.store.teams.by_name(name)
    return at.store.rooms.by_id(str(team["roomId"])) if team else None
