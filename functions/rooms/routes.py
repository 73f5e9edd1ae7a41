"""What the rooms service answers."""

from contrail.shapes.rows import Listing, Method, Refusal, Rest, Table

CREATING = Refusal(on="create-c", error="unauthorized", status=403)
NO_SUCH_CHANNEL = Refusal(
    on="room",
    error='The required "roomId" or "roomName" param provided does not match any channel '
    "[error-room-not-found]",
    error_type="error-room-not-found",
)
NO_SUBSCRIPTION = Refusal(on="room", error="error-invalid-subscription")


JOINING = (
    Refusal.not_allowed("room", "joinRoom"),
    Refusal(
        on="missing",
        error="Invalid room [error-invalid-room]",
        error_type="error-invalid-room",
        details={"method": "joinRoom"},
    ),
)
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

TABLE = Table(
    service="rooms",
    rest=(
        Rest("POST", "v1/channels.create", "channels:create", key="channel", refuses=(CREATING,)),
        Rest("GET", "v1/channels.info", "channels:info", key="channel", refuses=(NO_SUCH_CHANNEL,)),
        Rest("GET", "v1/channels.list", "channels:list_channels", listing=CHANNELS),
        Rest("POST", "v1/channels.join", "joining:join", key="channel", refuses=(NO_SUCH_CHANNEL,)),
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
    ),
    methods=(
        Method(
            "createChannel",
            "channels:create_method",
            ("name", "members", "readOnly", "customFields", "extraData"),
            refuses=(Refusal.not_allowed("create-c", "createChannel"),),
        ),
        Method(
            "joinRoom",
            "joining:join_method",
            ("roomId", "joinCode"),
            refuses=JOINING,
            idempotent=True,
        ),
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
    ),
)
