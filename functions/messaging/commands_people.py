"""Slash commands about who is in a room: inviting, removing, muting people."""

from __future__ import annotations

from collections.abc import Sequence

from contrail.domain.access import Standing
from functions.messaging.commands_asked import NO_CHANNEL, Asked

LIMIT = "API_User_Limit"
USUAL_LIMIT = 500
TOO_MANY = "User Limit Exceeded"
CREATED = "Channel `#{}` created."
ADDED = "The users have been added"
NOT_ALLOWED = "Not allowed"
ADDING_ANYWHERE = ("add-user-to-any-c-room", "add-user-to-any-p-room")
NEW_ROOM = {"c": "createChannel", "p": "createPrivateGroup"}
LISTING = "view-broadcast-member-list"


def on_member(method: str, asked: Asked) -> None:
    """Do what the method does to one member of the room."""
    name = asked.text.strip()
    user = asked.user(name) if name.replace("@", "", 1) else None
    if user is not None:
        asked.call(method, {"rid": asked.rid, "username": user["username"]})


def invite(asked: Asked) -> None:
    """People by their usernames, with spaces or commas between them."""
    names = [name.removeprefix("@") for name in asked.text.replace(",", " ").split()]
    wanted = list(dict.fromkeys(name for name in names if name))
    if len(wanted) > asked.at.number(LIMIT, USUAL_LIMIT):
        asked.tell(TOO_MANY)
        return
    found = asked.at.store.users.by_usernames(wanted, {"username": 1}) if wanted else []
    if wanted and not found:
        asked.tell(f"No user exists by the name of `@{' @'.join(wanted)}`.")
    elif found:
        usernames = [user["username"] for user in found]
        asked.attempt("addUsersToRoom", {"rid": asked.rid, "users": usernames})


def invite_all_from(asked: Asked) -> None:
    """Everyone of the room that is named, into the one where it was typed."""
    name = _channel(asked)
    base = asked.room(name) if name else None
    if base is not None:
        _invite_all(asked, base, asked.standing, name)
    elif name:
        asked.tell(NO_CHANNEL.format(name))


def invite_all_to(asked: Asked) -> None:
    """Everyone of the room where it was typed, into the one that is named: a new one, maybe."""
    name = _channel(asked)
    if name:
        _invite_all(asked, asked.standing, asked.room(name, *ADDING_ANYWHERE), name)


def _channel(asked: Asked) -> str:
    return asked.text.strip().replace("#", "", 1)


def _invite_all(asked: Asked, base: Standing, target: Standing | None, name: str) -> None:
    """Into a room that is there they come as `addUsersToRoom` lets the caller add them."""
    if base.room.get("broadcast") and not asked.at.allows(asked.caller, LISTING, base.roles):
        asked.tell(NOT_ALLOWED)
        return
    if int(base.room.get("usersCount") or 0) > asked.at.number(LIMIT, USUAL_LIMIT):
        asked.tell(TOO_MANY)
        return
    usernames = _outside(asked, base, target)
    if target is not None:
        given = {"rid": target.room["_id"], "users": usernames}
        if asked.attempt("addUsersToRoom", given):
            asked.tell(ADDED)
    elif base.room["t"] not in NEW_ROOM:
        asked.tell(NO_CHANNEL.format(name))
    elif asked.attempt(NEW_ROOM[base.room["t"]], name, usernames):
        asked.tell(CREATED.format(name))
        asked.tell(ADDED)


def _outside(asked: Asked, base: Standing, target: Standing | None) -> Sequence[str]:
    """Usernames of those in `base` who are not in `target` yet."""
    store = asked.at.store
    uids = store.memberships.members(base.room["_id"])
    if target is not None:
        inside = store.subscriptions.of_members(target.room["_id"], uids)
        uids -= {row["u"]["_id"] for row in inside}
    people = store.users.by_ids(uids, {"username": 1})
    return [one["username"] for one in people if one.get("username")]
