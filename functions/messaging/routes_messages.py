"""Sending, changing and getting messages."""

from contrail.shapes.rows import Limit, Method, Refusal, Rest

NOT_ALLOWED = Refusal(on="room", error="error-not-allowed")
NO_ROOM = Refusal(on="missing", error="error-invalid-room")
SENDING = (
    Refusal(
        on="room",
        error="Not allowed [error-not-allowed]",
        error_type="error-not-allowed",
        details={"method": "sendMessage"},
    ),
    Refusal(on="missing", result=None),
)
NO_CHANNEL = Refusal(on="room", error="[invalid-channel]", error_type="invalid-channel")
NO_MESSAGE = Refusal(on="room", error="unauthorized", status=403)

REST = (
    Rest(
        "POST",
        "v1/chat.sendMessage",
        "messages:send",
        key="message",
        refuses=(NOT_ALLOWED, NO_ROOM),
    ),
    Rest("POST", "v1/chat.postMessage", "posting:post", refuses=(NO_CHANNEL,)),
    Rest("GET", "v1/chat.getMessage", "messages:get", key="message", refuses=(NO_MESSAGE,)),
)

METHODS = (
    Method(
        "sendMessage",
        "messages:send_method",
        ("message", "previewUrls"),
        limit=Limit(5, 1000, unless="send-many-messages"),
        refuses=SENDING,
        keyed="message._id",
    ),
    Method(
        "loadHistory",
        "loading:load_history",
        ("rid", "end", "limit", "ls", "showThreadMessages"),
        refuses=(Refusal(on="room", result=False),),
        idempotent=True,
    ),
)
