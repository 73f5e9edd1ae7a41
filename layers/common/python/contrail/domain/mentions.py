"""Who and what a message's text names: `@user`, `@all`, `@here`, `@team`, `#room`."""

from __future__ import annotations

import re

from contrail.domain.instance import Instance
from contrail.domain.notices import notify
from contrail.domain.usernames import USUAL
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

GROUPS = ("all", "here")
NOT_PERMITTED = {
    "all": (
        "mention-all",
        "Notify all in this room not allowed",
        {"method": "filterATAllTag", "action": "Notify_all_in_this_room"},
    ),
    "here": (
        "mention-here",
        "Notify active in this room not allowed",
        {"method": "filterATHereTag", "action": "Notify_active_in_this_room"},
    ),
}


def find(
    at: Instance, caller: Caller, text: str, room: Document, roles: tuple[str, ...]
) -> tuple[list[Document], list[Document]]:
    """The `mentions` and `channels` of a message.

    Costs nothing for a text without any, else a command for the people, one for what else their
    names may be, and two for rooms. Raises `error-action-not-allowed` for `@all` and `@here`
    without their permissions.
    """
    names, rooms = _named(at, "@", text), _named(at, "#", text)
    mentions = _mentioned(at, caller, names, room, roles)
    return mentions, _channels(at, caller, rooms) if rooms else []


def given(
    at: Instance, caller: Caller, names: list[str], room: Document, roles: tuple[str, ...]
) -> list[Document]:
    """The `mentions` of an encrypted message, by what its sender says of it; as `find`."""
    bare = dict.fromkeys(name.removeprefix("@") for name in names)
    return _mentioned(at, caller, list(bare), room, roles)


def _mentioned(
    at: Instance, caller: Caller, names: list[str], room: Document, roles: tuple[str, ...]
) -> list[Document]:
    groups = [name for name in names if name in GROUPS]
    for name in groups:
        permission, reason, details = NOT_PERMITTED[name]
        if not at.allows(caller, permission, roles):
            raise ChatError("error-action-not-allowed", reason, details)
    if groups and _too_many(at, caller, room):
        groups = []
    people = [name for name in names if name not in GROUPS]
    mentions: list[Document] = [{"_id": name, "username": name} for name in groups]
    return mentions + (_people(at, people) if people else [])


def _named(at: Instance, sign: str, text: str) -> list[str]:
    if sign not in text:
        return []
    setting = "UTF8_User_Names_Validation" if sign == "@" else "UTF8_Channel_Names_Validation"
    try:
        name = re.compile(rf"(?<![^\s>]){sign}({at.setting(setting) or USUAL})")
    except re.error:
        name = re.compile(rf"(?<![^\s>]){sign}({USUAL})")
    found = [match[1] for match in name.finditer(text)]
    # The dot that ends a sentence is no part of a name.
    return list(dict.fromkeys(one.rstrip(".") or one for one in found))


def _too_many(at: Instance, caller: Caller, room: Document) -> bool:
    """Whether the room has more members than may be called at once; the sender is told."""
    most = at.number("Message_MaxAll", 0)
    if most <= 0 or int(room.get("usersCount") or 0) <= most:
        return False
    text = f"Notify all in this room is disabled in rooms with more than {most} members"
    notify(at, caller, room["_id"], text)
    return True


def _people(at: Instance, names: list[str]) -> list[Document]:
    fields = {"username": 1, "name": 1}
    found = {row["username"]: row for row in at.store.users.by_usernames(names, fields)}
    mentions = [
        {key: found[name][key] for key in ("_id", "username", "name") if key in found[name]}
        | {"type": "user"}
        for name in names
        if name in found
    ]
    others = [name for name in names if name not in found]
    if not others:
        return mentions
    teams = at.store.mentionable.teams(others)
    return mentions + [{"_id": one["_id"], "name": one["name"], "type": "team"} for one in teams]


def _channels(at: Instance, caller: Caller, names: list[str]) -> list[Document]:
    """Public ones, and those that the sender is in: nobody learns what else there is."""
    rooms = at.store.mentionable.rooms(caller.uid, names)
    fields = ("_id", "name", "fname")
    shown = [{key: room[key] for key in fields if room.get(key)} for room in rooms]
    return sorted(shown, key=lambda room: names.index(room["name"]))


def uids(at: Instance, message: Document) -> list[str]:
    """The people that a message mentions besides its author, those of its teams too."""
    mentions = message.get("mentions") or ()
    found = [one["_id"] for one in mentions if one.get("type") == "user"]
    teams = [one["_id"] for one in mentions if one.get("type") == "team"]
    if teams:
        found += at.store.mentionable.team_members(teams)
    return [uid for uid in dict.fromkeys(found) if uid != message["u"]["_id"]]


def calls_everyone(message: Document) -> bool:
    return any(one["_id"] in GROUPS for one in message.get("mentions") or ())
