"""The webhooks that post to a room or listen to it."""

from __future__ import annotations

from typing import Any

from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Forbidden
from contrail.shapes.inputs import Listed
from contrail.shapes.rows import Document
from functions.rooms.finding import WhichChannel, WhichGroup, access_channel, access_group

ALL = ("manage-outgoing-integrations", "manage-incoming-integrations")
OWN = ("manage-own-outgoing-integrations", "manage-own-incoming-integrations")
EVERY_CHANNEL, EVERY_GROUP = "all_public_channels", "all_private_groups"


class Integrations(Listed):
    """`includeAll...` takes those in that listen to every room of the kind."""


class ChannelIntegrations(WhichChannel, Integrations):
    includeAllPublicChannels: bool = True


class GroupIntegrations(WhichGroup, Integrations):
    includeAllPrivateGroups: bool = True


def of_channel(caller: Caller, page: ChannelIntegrations, at: Instance) -> dict[str, Any]:
    mine = _allowed(at, caller)
    standing = access_channel(at, caller, page)
    every = [EVERY_CHANNEL] if page.includeAllPublicChannels else []
    return _page(page, standing, mine, every, at)


def of_group(caller: Caller, page: GroupIntegrations, at: Instance) -> dict[str, Any]:
    mine = _allowed(at, caller)
    standing = access_group(at, caller, page)
    every = [EVERY_GROUP] if page.includeAllPrivateGroups else []
    return _page(page, standing, mine, every, at)


def _allowed(at: Instance, caller: Caller) -> Document:
    """Matches all of them, or those that the caller made."""
    if any(at.allows(caller, permission) for permission in ALL):
        return {}
    if any(at.allows(caller, permission) for permission in OWN):
        return {"_createdBy._id": caller.uid}
    raise Forbidden


def _page(
    page: Listed, standing: Standing, mine: Document, every: list[str], at: Instance
) -> dict[str, Any]:
    channels = [f"#{standing.room.get('name')}", *every]
    match = {"$and": [page.query, mine, {"channel": {"$in": channels}}]}
    sort = page.sort or [("_createdAt", 1)]
    rows, total = at.store.room_lists.integrations(match, sort, page.offset, page.count)
    return {"integrations": rows, "count": len(rows), "offset": page.offset, "total": total}
