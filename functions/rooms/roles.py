"""Making people owners, moderators and leaders of a room, and ending that."""

from __future__ import annotations

from collections.abc import Callable

from contrail.domain import roomroles
from contrail.domain.access import Standing, find_standing
from contrail.domain.instance import Instance
from contrail.domain.roomroles import Change
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input
from functions.rooms.kinds import Kind
from functions.rooms.people import FIELDS, PlaceAndUser, find

Write = Callable[[Instance, Caller, Standing, Change], None]


class RoomAndUid(Input):
    rid: str
    userId: str


def _rest(
    role: str, method: str, write: Write
) -> Callable[[Kind, Caller, PlaceAndUser, Instance], None]:
    def use_case(kind: Kind, caller: Caller, given: PlaceAndUser, at: Instance) -> None:
        standing = kind.find(at, caller, given)
        write(at, caller, standing, Change(role, method, find(at, given)))

    return use_case


def _ddp(role: str, method: str, write: Write) -> Callable[[Caller, RoomAndUid, Instance], bool]:
    def use_case(caller: Caller, given: RoomAndUid, at: Instance) -> bool:
        standing = find_standing(at, caller, given.rid)
        if standing is None:
            raise ChatError("error-invalid-room", "Invalid room", {"method": method})
        user = at.store.users.by_id(given.userId, FIELDS) or {"_id": given.userId}
        write(at, caller, standing, Change(role, method, user))
        return True

    return use_case


add_owner = _rest("owner", "addRoomOwner", roomroles.give)
remove_owner = _rest("owner", "removeRoomOwner", roomroles.take)
add_moderator = _rest("moderator", "addRoomModerator", roomroles.give)
remove_moderator = _rest("moderator", "removeRoomModerator", roomroles.take)
add_leader = _rest("leader", "addRoomLeader", roomroles.give)
remove_leader = _rest("leader", "removeRoomLeader", roomroles.take)

add_owner_method = _ddp("owner", "addRoomOwner", roomroles.give)
remove_owner_method = _ddp("owner", "removeRoomOwner", roomroles.take)
add_moderator_method = _ddp("moderator", "addRoomModerator", roomroles.give)
remove_moderator_method = _ddp("moderator", "removeRoomModerator", roomroles.take)
add_leader_method = _ddp("leader", "addRoomLeader", roomroles.give)
remove_leader_method = _ddp("leader", "removeRoomLeader", roomroles.take)
