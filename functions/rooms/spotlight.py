"""Spotlight: a few people and channels that a text may mean, as one types it."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import Field

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.domain.searching import searched
from contrail.domain.wire import public_room
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError, InvalidInput
from contrail.shapes.inputs import Input
from contrail.shapes.rows import Document

ROOMS = 5
PERSON = dict.fromkeys(("username", "name", "nickname", "status", "statusText", "avatarETag"), 1)
MOST = 100
"""People that one answer may hold."""


class Kinds(Input):
    users: bool = True
    rooms: bool = True
    mentions: bool = False
    includeFederatedRooms: bool = False


class Asked(Input):
    """`usernames` are left out, with commas between them; `type` is `Kinds` as JSON."""

    query: str
    usernames: str | None = None
    type: str | None = None
    rid: str | None = None


class Method(Input):
    text: str
    exclude: list[str] = Field([], max_length=1_000)
    kinds: Kinds = Kinds()
    rid: str | None = None


def spotlight(caller: Caller, asked: Asked, at: Instance) -> dict[str, Any]:
    exclude = [name for name in (asked.usernames or "").split(",") if name]
    return _search(at, caller, asked.query, exclude, _kinds(asked.type), asked.rid)


def spotlight_method(caller: Caller, given: Method, at: Instance) -> dict[str, Any]:
    return _search(at, caller, given.text, given.exclude, given.kinds, given.rid)


def _kinds(text: str | None) -> Kinds:
    """Raises `InvalidInput` for what is no JSON object of flags."""
    if not text:
        return Kinds()
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = None
    flags = ("users", "rooms", "mentions", "includeFederatedRooms")
    if not isinstance(given, dict) or not all(
        isinstance(given.get(one, True), bool) for one in flags
    ):
        raise InvalidInput("invalid-params", "type must be valid JSON")
    return Kinds(**{one: given[one] for one in flags if one in given})


def _search(
    at: Instance,
    caller: Caller,
    text: str,
    exclude: list[str],
    kinds: Kinds,
    rid: str | None,
) -> dict[str, Any]:
    """`#x` means channels only, `@x` people only."""
    refuse = ChatError("error-not-allowed", "Not allowed", {"method": "spotlight"})
    if rid:
        access_room(at, caller, rid, refuse=refuse)
    sign, term = (text[:1], text[1:]) if text[:1] in ("#", "@") else ("", text)
    users, rooms = kinds.users and sign != "#", kinds.rooms and sign != "@"
    return {
        "users": _people(at, caller, term.strip(), exclude, rid) if users else [],
        "rooms": _rooms(at, caller, term.strip()) if rooms else [],
    }


def _rooms(at: Instance, caller: Caller, term: str) -> list[Document]:
    """Channels that the caller is not in, and the one of exactly this name in any case."""
    needed = ("view-outside-room", "view-c-room") if caller.logged_in else ("view-c-room",)
    if not caller.logged_in and not at.setting("Accounts_AllowAnonymousRead"):
        return []
    if not all(at.allows(caller, one) for one in needed):
        return []
    directory = at.store.room_directory
    exact = directory.called(term) if term else None
    if exact is not None and exact.get("teamId") and not exact.get("teamMain"):
        exact = None
    mine = at.store.room_lists.rids_of(caller.uid)
    first = [exact] if exact else []
    without = [*mine, *(room["_id"] for room in first)]
    found = [*first, *directory.channels(term, without=without, limit=ROOMS)][:ROOMS]
    return [public_room(room, caller.uid) for room in found]


def _people(
    at: Instance, caller: Caller, term: str, exclude: list[str], rid: str | None
) -> list[Document]:
    """Who is in room `rid` comes first; the others, marked as `outside`, only for those who may
    see whom they share no room with.
    """
    if not caller.logged_in:
        return []
    outside = all(at.allows(caller, one) for one in ("view-outside-room", "view-d-room"))
    if not outside and not rid:
        return []
    limit = min(max(at.number("Number_of_users_autocomplete_suggestions", 5), 0), MOST)
    among = searched(at)

    def found(without: list[str], within: list[str] | None, most: int) -> list[Document]:
        if most <= 0:
            return []
        store = at.store.directory
        return store.found(term, among, {}, without, within, PERSON, most)

    inside = sorted(at.store.memberships.members(rid)) if rid else []
    people = found(exclude, inside, limit) if rid else []
    if not outside:
        return people
    known = [str(one["username"]) for one in people]
    others = found([*exclude, *known], None, limit - len(people))
    if rid:
        return [*people, *({**one, "outside": True} for one in others)]
    return sorted(others, key=lambda one: one["username"] != term)
