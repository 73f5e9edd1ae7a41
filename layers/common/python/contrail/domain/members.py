"""Who is in a room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from contrail.domain import listening, teams, translation
from contrail.domain.instance import Instance
from contrail.domain.roomchanges import tell_changed
from contrail.domain.system_messages import Saying, say
from contrail.domain.unread import shown
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.fact import Fact
from contrail.shapes.facts import SubscriptionChanged
from contrail.shapes.ids import random_id
from contrail.shapes.rows import Document

MANY = 250
"""People who are written together."""
JOINING: Document = {"alert": True, "unread": 1, "userMentions": 1}
"""As upstream: a room one has just come to shows as unread until it is opened."""
OWN_DOING = ("uj", "ul")
"""System messages in the name of who comes or goes; the others are in the caller's."""
IN_TEAMS = {
    "uj": "ujt",
    "au": "added-user-to-team",
    "ul": "ult",
    "ru": "removed-user-from-team",
}
"""What is said instead in the main room of a team."""
Item = TypeVar("Item")


def portions(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """So many at a time as are written together."""
    for start in range(0, len(items), MANY):
        yield items[start : start + MANY]


def subscription_of(room: Document, user: Document, now: object, **more: object) -> Document:
    """A new subscription of `user` (`_id`, `username`, `name`) to `room`."""
    document = {
        "_id": random_id(),
        "rid": room["_id"],
        "t": room["t"],
        "name": room.get("name"),
        "fname": room.get("fname"),
        "u": {"_id": user["_id"], "username": user.get("username"), "name": user.get("name")},
        "ts": now,
        "ls": now,
        "open": True,
        "alert": False,
        "unread": 0,
        "userMentions": 0,
        "groupMentions": 0,
        "_updatedAt": now,
        **more,
    }
    for key in ("prid", "customFields", "archived"):
        if room.get(key):
            document[key] = room[key]
    return {key: value for key, value in document.items() if value is not None}


def preferred(at: Instance, user: Document) -> Document:
    """Fields of a subscription that follow from what `user` (with `settings.preferences`) likes."""
    wants = (user.get("settings") or {}).get("preferences") or {}
    fields = translation.on_joining(at, user)
    for preference, field, origin in (
        ("desktopNotifications", "desktopNotifications", "desktopPrefOrigin"),
        ("pushNotifications", "mobilePushNotifications", "mobilePrefOrigin"),
        ("emailNotificationMode", "emailNotifications", "emailPrefOrigin"),
    ):
        if wants.get(preference) not in (None, "default"):
            fields |= {field: wants[preference], origin: "user"}
    if wants.get("highlights"):
        fields["userHighlights"] = wants["highlights"]
    return fields


def told(caller: Caller, action: str, subscription: Document, room: Document) -> Fact:
    """That a subscription was `inserted` or `updated`."""
    return SubscriptionChanged.model_validate(
        {
            "action": action,
            "subscription": shown(subscription, room),
            "room": room_shown(room) if action == "inserted" else None,
            "nonce": random_id(),
            "correlation_id": caller.correlation_id,
        }
    )


def tell(at: Instance, caller: Caller, action: str, subscription: Document, room: Document) -> None:
    """Publish that a subscription was `inserted` or `updated`."""
    at.publish(told(caller, action, subscription, room))


def told_removed(caller: Caller, subscription: Document) -> Fact:
    """That a subscription is gone, and with it the room from its owner's list."""
    return SubscriptionChanged(
        action="removed",
        subscription={key: subscription[key] for key in ("_id", "rid", "t", "u")},
        room={"_id": subscription["rid"]},
        nonce=random_id(),
        correlation_id=caller.correlation_id,
    )


def join(
    at: Instance, caller: Caller, room: Document, *, silenced: bool = False, **more: object
) -> bool:
    """Make the caller a member and, unless `silenced`, say so in the room.

    `more` are fields of the subscription. False when they are a member already.
    """
    said = None if silenced else "uj"
    return bool(add(at, caller, room, [_with_preferences(at, caller)], said=said, **more))


def _with_preferences(at: Instance, caller: Caller) -> Document:
    fields = {"settings.preferences": 1, "inviteToken": 1}
    found = at.store.users.by_id(caller.uid, fields) or {}
    return {**found, **caller.short}


def _accept_invite(at: Instance, caller: Caller, user: Document) -> None:
    """Bring someone into the room that they used an invite to before they had a username."""
    invite = at.store.invites.by_id(user["inviteToken"]) if user.get("inviteToken") else None
    room = at.store.rooms.by_id(invite["rid"]) if invite else None
    if room is not None:
        add(at, caller, room, [user], said="uj")


def add(
    at: Instance,
    caller: Caller,
    room: Document,
    users: Sequence[Document],
    *,
    said: str | None = "au",
    **more: object,
) -> list[Document]:
    """Make people members; those of them who were not before. A few commands for so many of them.

    `users` have `_id username name` and, for what they prefer, `settings.preferences`. `more` are
    fields of their subscriptions. `said` is the type of the system message that tells of each:
    `au`, by the caller, or `uj`, by themselves; None for none.
    """
    added: list[Document] = []
    for some in portions(users):
        now = at.now()
        rows = [
            subscription_of(room, one, now, **{**JOINING, **preferred(at, one), **more})
            for one in some
        ]
        made = at.store.memberships.add(rows)
        if not made:
            continue
        counted = at.store.rooms.change_count(room["_id"], len(made), now) or room
        at.publish(*(told(caller, "inserted", row, counted) for row in made))
        if said is None:
            tell_changed(at, caller, counted)
        else:
            _say(at, caller, room, [row["u"] for row in made], said)
        new = {row["u"]["_id"] for row in made}
        added += [one for one in some if one["_id"] in new]
    if added and room.get("teamMain"):
        _enrol(at, caller, room["teamId"], added, said)
    return added


def _enrol(
    at: Instance, caller: Caller, team_id: str, users: Sequence[Document], said: str | None
) -> None:
    """Who comes to the main room of a team is in the team, and in what it joins by default."""
    teams.enrol(at, caller, team_id, users)
    for room in at.store.rooms.team_defaults(team_id):
        favorite = {"f": True} if room.get("favorite") else {}
        add(at, caller, room, users, said=said, **favorite)


def remove(
    at: Instance, caller: Caller, room: Document, user: Document, *, said: str | None = "ul"
) -> bool:
    """Take someone (`_id username name roles`) out of a room; False when they were not in it.

    When this returns, their connections are out of the room's audiences. `said` is the type of the
    system message: `ul`, by themselves, or `ru`, by the caller; None for none.
    """
    row = at.store.memberships.remove(user["_id"], room["_id"])
    if row is None:
        return False
    removed(at, caller, room, user, row, said=said)
    return True


def removed(
    at: Instance,
    caller: Caller,
    room: Document,
    user: Document,
    row: Document,
    *,
    said: str | None = "ul",
) -> None:
    """What follows when someone's subscription `row` was taken away."""
    if room.get("teamMain"):
        at.store.teams.remove_member(room["teamId"], user["_id"])
    listening.end_in_room(at, caller, user, room)
    at.store.trash.keep("subscription", [row], at.now())
    counted = at.store.rooms.change_count(room["_id"], -1, at.now())
    at.publish(told_removed(caller, row))
    if counted is None:
        return
    if counted.get("usersWaitingForE2EKeys"):
        waiting = {"usersWaitingForE2EKeys": {"userId": user["_id"]}}
        at.store.rooms.change(room["_id"], {"_updatedAt": at.now()}, pull=waiting)
    if said is None:
        tell_changed(at, caller, counted)
    else:
        _say(at, caller, room, [row["u"]], said)


def _say(
    at: Instance, caller: Caller, room: Document, people: Sequence[Document], said: str
) -> None:
    kind = said
    if room.get("teamMain"):
        kind = IN_TEAMS.get(said, said)
    elif room.get("prid") and said == "uj":
        kind = "ut"
    sayings = [
        Saying(kind, str(one.get("username") or ""), one if said in OWN_DOING else caller.short)
        for one in people
    ]
    say(at, room["_id"], sayings, correlation_id=caller.correlation_id)


def join_defaults(at: Instance, caller: Caller, *, silenced: bool = False) -> None:
    """Make the caller a member of every default room, of default teams and their default rooms."""
    user, said = _with_preferences(at, caller), None if silenced else "uj"
    _accept_invite(at, caller, user)
    for room in at.store.rooms.defaults():
        favorite = {"f": True} if room.get("favorite") else {}
        add(at, caller, room, [user], said=said, **favorite)
