"""Direct rooms: `im.*` and `dm.*` are one set of rows under two names."""

from dataclasses import replace

from contrail.shapes.rows import Limit, Listing, Method, Refusal, Rest
from functions.rooms.routes_lists import ADMINISTRATORS, BY_TIME, MEMBERS, MESSAGES, ROOMS

NO_SUCH_DIRECT = Refusal(on="room", error="[invalid-channel]", error_type="invalid-channel")
CLOSED = Refusal(on="room", error="unauthorized", status=403)
EDITING = Refusal(
    on="edit-room",
    error="Editing room is not allowed [error-action-not-allowed]",
    error_type="error-action-not-allowed",
    details={"method": "saveRoomSettings", "action": "Editing_room"},
)


def _get(name: str, use_case: str, refusal: Refusal, listing: Listing | None = None) -> Rest:
    return Rest("GET", f"v1/im.{name}", use_case, listing=listing, refuses=(refusal,))


_IM = (
    Rest(
        "POST",
        "v1/im.create",
        "directs:create",
        key="room",
        refuses=(Refusal.not_allowed("create-d", "createDirectMessage"),),
    ),
    Rest("POST", "v1/im.delete", "directs:delete", refuses=(NO_SUCH_DIRECT,)),
    Rest("POST", "v1/im.open", "opening:open_direct", refuses=(CLOSED,)),
    Rest("POST", "v1/im.close", "opening:close_direct", refuses=(CLOSED,)),
    Rest("POST", "v1/im.setTopic", "directs:set_topic", refuses=(CLOSED, EDITING)),
    Rest("GET", "v1/im.list", "listing:directs", listing=ROOMS),
    _get("list.everyone", "listing:directs_all", ADMINISTRATORS, ROOMS),
    _get("counters", "counters:of_direct", CLOSED),
    _get("history", "history:direct_history", NO_SUCH_DIRECT, BY_TIME),
    _get("members", "members:direct_members", NO_SUCH_DIRECT, MEMBERS),
    _get("messages", "history:direct_messages", NO_SUCH_DIRECT, MESSAGES),
    _get("messages.others", "history:others_messages", ADMINISTRATORS, BY_TIME),
)

REST = (*_IM, *(replace(row, path=row.path.replace("v1/im.", "v1/dm.")) for row in _IM))

METHODS = (
    Method(
        "createDirectMessage",
        "directs:create_method",
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"),
        limit=Limit(10, 60_000, unless="send-many-messages"),
        refuses=(Refusal.not_allowed("create-d", "createDirectMessage"),),
        idempotent=True,
    ),
)
