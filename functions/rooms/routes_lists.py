"""Showing and listing rooms, their messages and people."""

from dataclasses import replace

from contrail.shapes.rows import Limit, Listing, Method, Refusal, Rest
from functions.rooms.routes_refusals import NO_SUCH_CHANNEL, NO_SUCH_GROUP

FAMILIES = {"channels": ("channel", NO_SUCH_CHANNEL), "groups": ("group", NO_SUCH_GROUP)}
"""Endpoints' family -> what they call a room, and how they refuse one."""
WEBHOOKS = (
    Refusal(on="room", error="unauthorized", status=403),
    Refusal(on="manage-own-incoming-integrations", error="unauthorized", status=403),
)
"""Who may not manage any is told so before the room is looked for."""
SHOWING = (
    Refusal(on="room", error="not-allowed", error_type="Not Allowed"),
    replace(NO_SUCH_CHANNEL, on="missing"),
)
FINDING = (
    Refusal(
        on="room", error="No permission [error-no-permission]", error_type="error-no-permission"
    ),
    Refusal(
        on="missing", error="Invalid room [error-invalid-room]", error_type="error-invalid-room"
    ),
)
ADMINISTRATION = Refusal(on="view-room-administration", error="error-not-authorized")
ADMINISTRATORS = Refusal(on="view-room-administration", error="unauthorized", status=403)
ROOM_SORT = ("name", "fname", "ts", "msgs", "usersCount", "lm", "_updatedAt")
ROOMS = Listing(
    sort=ROOM_SORT,
    fields=(
        *("_id", "name", "fname", "t", "topic", "description", "announcement", "usersCount"),
        *("msgs", "ts", "lm", "lastMessage", "ro", "default", "u", "customFields", "_updatedAt"),
        *("teamId", "teamMain", "archived", "uids", "usernames"),
    ),
    query={"_id": ("", "$in"), "name": ("", "$in"), "default": ("", "$ne"), "ro": ("", "$ne")},
)
MESSAGES = Listing(
    sort=("ts",),
    fields=(
        *("_id", "rid", "msg", "ts", "u", "t", "tmid", "tcount", "tlm", "attachments"),
        "_updatedAt",
    ),
    query={"tmid": ("", "$exists"), "t": ("", "$exists", "$ne"), "u._id": ("",)},
)
FIELDS = Listing(sort=("_id",), fields=ROOMS.fields)
ADMIN_ROOMS = Listing(
    sort=(*ROOM_SORT, "default", "t", "featured"), query={"t": ("", "$in"), "default": ("",)}
)
BY_TIME = Listing(sort=("ts",))
MEMBERS = Listing(sort=("username", "name"))
INTEGRATIONS = Listing(
    sort=("_createdAt", "_updatedAt", "name", "type"), query={"type": ("", "$in"), "name": ("",)}
)


def _invalid_room(method: str, on: str = "room") -> Refusal:
    return Refusal(
        on=on,
        error="Invalid room [error-invalid-room]",
        error_type="error-invalid-room",
        details={"method": method},
    )


def _rows(family: str) -> tuple[Rest, ...]:
    """What `channels.*` and `groups.*` have alike."""
    one, closed = FAMILIES[family]

    def get(name: str, use_case: str, listing: Listing | None = None) -> Rest:
        return Rest("GET", f"v1/{family}.{name}", use_case, listing=listing, refuses=(closed,))

    return (
        get("history", f"history:{one}_history", BY_TIME),
        get("messages", f"history:{one}_messages", MESSAGES),
        get("members", f"members:{one}_members", MEMBERS),
        get("roles", f"members:{one}_roles"),
        get("moderators", f"members:{one}_moderators"),
        get("counters", f"counters:of_{one}"),
        Rest("GET", f"v1/{family}.info", f"showing:{one}_info", key=one, refuses=(closed,)),
        Rest("GET", f"v1/{family}.online", f"members:{one}_online"),
        Rest(
            "GET",
            f"v1/{family}.getIntegrations",
            f"integrations:of_{one}",
            listing=INTEGRATIONS,
            refuses=WEBHOOKS,
        ),
        Rest("POST", f"v1/{family}.open", f"opening:open_{one}", refuses=(closed,)),
        Rest("POST", f"v1/{family}.close", f"opening:close_{one}", refuses=(closed,)),
    )


REST = (
    *_rows("channels"),
    *_rows("groups"),
    Rest("GET", "v1/channels.list", "listing:channels", listing=ROOMS),
    Rest("GET", "v1/channels.list.joined", "listing:channels_joined", listing=ROOMS),
    Rest("GET", "v1/groups.list", "listing:groups", listing=ROOMS),
    Rest(
        "GET", "v1/groups.listAll", "listing:groups_all", listing=ROOMS, refuses=(ADMINISTRATORS,)
    ),
    Rest(
        "GET",
        "v1/channels.getAllUserMentionsByChannel",
        "history:channel_mentions",
        listing=BY_TIME,
        refuses=(_invalid_room("getUserMentionsByChannel"),),
    ),
    Rest(
        "GET",
        "v1/channels.anonymousread",
        "history:anonymous_messages",
        public=True,
        listing=BY_TIME,
    ),
    Rest("GET", "v1/rooms.info", "showing:room_info", listing=FIELDS, refuses=SHOWING),
    Rest("GET", "v1/rooms.nameExists", "showing:name_exists"),
    Rest(
        "GET",
        "v1/rooms.adminRooms",
        "administration:list_rooms",
        listing=ADMIN_ROOMS,
        refuses=(ADMINISTRATION,),
    ),
    Rest("GET", "v1/rooms.adminRooms.getRoom", "administration:room", refuses=(ADMINISTRATION,)),
    Rest(
        "GET",
        "v1/rooms.autocomplete.adminRooms",
        "administration:autocomplete",
        refuses=(ADMINISTRATION,),
    ),
    Rest("GET", "v1/rooms.autocomplete.channelAndPrivate", "selecting:own_rooms"),
    Rest(
        "GET",
        "v1/rooms.autocomplete.channelAndPrivate.withPagination",
        "selecting:own_rooms_page",
        listing=Listing(sort=("name", "fname", "ts")),
    ),
    Rest("GET", "v1/rooms.autocomplete.availableForTeams", "selecting:for_teams"),
)

METHODS = (
    Method(
        "getRoomByTypeAndName",
        "showing:by_type_and_name",
        ("t", "name"),
        refuses=FINDING,
        idempotent=True,
    ),
    Method(
        "getRoomIdByNameOrId",
        "showing:id_by_name_or_id",
        ("name",),
        refuses=(Refusal.not_allowed("room", "getRoomIdByNameOrId"),),
        idempotent=True,
    ),
    Method(
        "getRoomNameById",
        "showing:name_by_id",
        ("rid",),
        refuses=(Refusal.not_allowed("room", "getRoomNameById"),),
        idempotent=True,
    ),
    Method(
        "getRoomById",
        "showing:by_id",
        ("rid",),
        limit=Limit(10, 60_000),
        refuses=(Refusal.not_allowed("room", "getRoomById"),),
        idempotent=True,
    ),
    Method("roomNameExists", "showing:name_exists_method", ("name",), idempotent=True),
    Method("getTotalChannels", "showing:total_channels", idempotent=True),
    Method(
        "channelsList",
        "listing:list_method",
        ("filter", "channelType", "limit", "sort"),
        idempotent=True,
    ),
    Method(
        "getChannelHistory",
        "history:history_method",
        ("options",),
        refuses=(Refusal(on="room", result=False),),
        idempotent=True,
    ),
    Method(
        "getUserMentionsByChannel",
        "history:mentions_method",
        ("data",),
        refuses=(_invalid_room("getUserMentionsByChannel"),),
        idempotent=True,
    ),
    Method(
        "getUsersOfRoom",
        "members:users_of_room",
        ("rid", "showAll", "options", "filter"),
        refuses=(
            Refusal(
                on="room",
                error="Not Authorized [not-authorized]",
                error_type="not-authorized",
                details={"method": "getUsersOfRoom"},
            ),
            _invalid_room("getUsersOfRoom", "missing"),
        ),
        idempotent=True,
    ),
    Method(
        "getRoomRoles",
        "members:roles_method",
        ("rid",),
        refuses=(_invalid_room("getRoomRoles"),),
        idempotent=True,
    ),
)
