"""One's own rooms: what one is in, has read, hides, likes and wants to hear of."""

from contrail.shapes.rows import Method, Refusal, Rest
from functions.rooms.routes_refusals import NO_SUCH_CHANNEL

NO_SUBSCRIPTION = Refusal(on="room", error="error-invalid-subscription")
READING = (
    Refusal.not_allowed("room", "readMessages"),
    Refusal(
        on="missing",
        error="This room does not exist [error-room-does-not-exist]",
        error_type="error-room-does-not-exist",
    ),
)


def _invalid_subscription(method: str, reason: str = "Invalid subscription") -> Refusal:
    return Refusal(
        on="room",
        error=f"{reason} [error-invalid-subscription]",
        error_type="error-invalid-subscription",
        details={"method": method},
    )


NOT_FOUND = Refusal(
    on="room",
    error="Subscription not found [error-subscription-not-found]",
    error_type="error-subscription-not-found",
    details={"method": "unreadMessages", "action": "Unread_messages"},
)
SAVING = _invalid_subscription("saveNotificationSettings")
IGNORING = _invalid_subscription("ignoreUser")

REST = (
    Rest("GET", "v1/rooms.get", "mine:rooms"),
    Rest("GET", "v1/subscriptions.get", "mine:subscriptions"),
    Rest("GET", "v1/subscriptions.getOne", "mine:one"),
    Rest("POST", "v1/subscriptions.read", "reading:read", refuses=(NO_SUBSCRIPTION,)),
    Rest("POST", "v1/subscriptions.unread", "reading:unread", refuses=(NOT_FOUND,)),
    Rest("POST", "v1/rooms.favorite", "notifying:favorite", refuses=(NO_SUCH_CHANNEL,)),
    Rest("POST", "v1/rooms.saveNotification", "notifying:save_notifications", refuses=(SAVING,)),
    Rest("GET", "v1/chat.ignoreUser", "notifying:ignore", refuses=(IGNORING,)),
)

METHODS = (
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
    Method(
        "unreadMessages",
        "reading:unread_method",
        ("firstUnreadMessage", "room"),
        refuses=(NOT_FOUND,),
        idempotent=True,
    ),
    Method(
        "openRoom",
        "opening:open_method",
        ("rid",),
        refuses=(Refusal.not_allowed("room", "openRoom"),),
        idempotent=True,
    ),
    Method(
        "hideRoom",
        "opening:hide_method",
        ("rid",),
        refuses=(Refusal.not_allowed("room", "hideRoom"),),
        idempotent=True,
    ),
    Method(
        "toggleFavorite",
        "notifying:favorite_method",
        ("rid", "f"),
        refuses=(
            _invalid_subscription("toggleFavorite", "You must be part of a room to favorite it"),
        ),
    ),
    Method(
        "saveNotificationSettings",
        "notifying:save_notification",
        ("roomId", "field", "value"),
        refuses=(SAVING,),
        idempotent=True,
    ),
    Method(
        "saveAudioNotificationValue",
        "notifying:save_sound",
        ("rid", "value"),
        refuses=(_invalid_subscription("saveAudioNotificationValue"),),
        idempotent=True,
    ),
    Method(
        "ignoreUser", "notifying:ignore_method", ("data",), refuses=(IGNORING,), idempotent=True
    ),
)
