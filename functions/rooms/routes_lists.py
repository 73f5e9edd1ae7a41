"""Showing and listing rooms, their messages and people, and what one has read of them."""

from contrail.shapes.rows import Listing, Method, Refusal, Rest
from functions.rooms.routes_refusals import NO_SUCH_CHANNEL

NO_SUBSCRIPTION = Refusal(on="room", error="error-invalid-subscription")
FINDING = (
    Refusal(
        on="room", error="No permission [error-no-permission]", error_type="error-no-permission"
    ),
    Refusal(
        on="missing", error="Invalid room [error-invalid-room]", error_type="error-invalid-room"
    ),
)
READING = (
    Refusal.not_allowed("room", "readMessages"),
    Refusal(
        on="missing",
        error="This room does not exist [error-room-does-not-exist]",
        error_type="error-room-does-not-exist",
    ),
)

CHANNELS = Listing(
    sort=("name", "fname", "ts", "msgs", "usersCount", "lm", "_updatedAt"),
    fields=(
        *("_id", "name", "fname", "t", "topic", "description", "announcement", "usersCount"),
        *("msgs", "ts", "lm", "lastMessage", "ro", "default", "u", "customFields", "_updatedAt"),
    ),
    query={"_id": ("", "$in"), "name": ("", "$in"), "default": ("", "$ne"), "ro": ("", "$ne")},
)
MESSAGES = Listing(
    sort=("ts",),
    fields=(
        "_id",
        "rid",
        "msg",
        "ts",
        "u",
        "t",
        "tmid",
        "tcount",
        "tlm",
        "attachments",
        "_updatedAt",
    ),
    query={"tmid": ("", "$exists"), "t": ("", "$exists", "$ne"), "u._id": ("",)},
)

REST = (
    Rest("GET", "v1/channels.info", "channels:info", key="channel", refuses=(NO_SUCH_CHANNEL,)),
    Rest("GET", "v1/channels.list", "channels:list_channels", listing=CHANNELS),
    Rest(
        "GET",
        "v1/channels.messages",
        "history:messages",
        listing=MESSAGES,
        refuses=(NO_SUCH_CHANNEL,),
    ),
    Rest(
        "GET",
        "v1/channels.history",
        "history:channel_history",
        listing=Listing(sort=("ts",)),
        refuses=(NO_SUCH_CHANNEL,),
    ),
    Rest("GET", "v1/rooms.get", "mine:rooms"),
    Rest("GET", "v1/subscriptions.get", "mine:subscriptions"),
    Rest("POST", "v1/subscriptions.read", "reading:read", refuses=(NO_SUBSCRIPTION,)),
)

METHODS = (
    Method(
        "getRoomByTypeAndName",
        "channels:by_type_and_name",
        ("t", "name"),
        refuses=FINDING,
        idempotent=True,
    ),
    Method(
        "getRoomIdByNameOrId",
        "channels:id_by_name_or_id",
        ("name",),
        refuses=(Refusal.not_allowed("room", "getRoomIdByNameOrId"),),
        idempotent=True,
    ),
    Method(
        "channelsList",
        "channels:list_method",
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
    Method("rooms/get", "mine:rooms_method", ("updatedAt",), public=True, idempotent=True),
    Method(
        "subscriptions/get",
        "mine:subscriptions_method",
        ("updatedAt",),
        public=True,
        idempotent=True,
    ),
    Method(
        "readMessages",
        "reading:read_method",
        ("rid", "readThreads"),
        refuses=READING,
        idempotent=True,
    ),
)
