"""The caller's own rooms and subscriptions, whole or what changed since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contrail.domain.instance import Instance
from contrail.domain.unread import shown
from contrail.domain.wire import room_shown
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Input, When
from contrail.shapes.rows import Document


class Since(Input):
    documented = {
        "updatedSince": (
            "error-updatedSince-param-invalid",
            'The "updatedSince" query parameter must be a valid date.',
        )
    }
    updatedSince: When | None = None


class SinceMethod(Input):
    updatedAt: When | None = None


def rooms(caller: Caller, since: Since, at: Instance) -> dict[str, Any]:
    return {"update": _rooms(caller, since.updatedSince, at), "remove": []}


def rooms_method(
    caller: Caller, since: SinceMethod, at: Instance
) -> list[Document] | dict[str, Any]:
    """A plain array without a date: some clients index it."""
    return _synced(_rooms(caller, since.updatedAt, at), since.updatedAt)


def subscriptions(caller: Caller, since: Since, at: Instance) -> dict[str, Any]:
    return {"update": _subscriptions(caller, since.updatedSince, at), "remove": []}


def subscriptions_method(
    caller: Caller, since: SinceMethod, at: Instance
) -> list[Document] | dict[str, Any]:
    return _synced(_subscriptions(caller, since.updatedAt, at), since.updatedAt)


def _synced(rows: list[Document], since: datetime | None) -> list[Document] | dict[str, Any]:
    return rows if since is None else {"update": rows, "remove": []}


def _rooms(caller: Caller, since: datetime | None, at: Instance) -> list[Document]:
    if not caller.logged_in:
        anonymous = at.setting("Accounts_AllowAnonymousRead")
        found = at.store.rooms.defaults() if anonymous else []
        return [room_shown(room) for room in found if room["t"] == "c"]
    found = [row["room"] for row in at.store.subscriptions.with_rooms(caller.uid) if row["room"]]
    return [room_shown(room) for room in found if since is None or room["_updatedAt"] > since]


def _subscriptions(caller: Caller, since: datetime | None, at: Instance) -> list[Document]:
    """A subscription also counts as changed when its room moved."""
    if not caller.logged_in:
        return []
    pairs = at.store.subscriptions.with_rooms(caller.uid)
    rows = [shown(pair, pair["room"]) for pair in pairs]
    return [row for row in rows if since is None or row["_updatedAt"] > since]
