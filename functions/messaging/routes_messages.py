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
NO_EDITING = Refusal(
    on="room",
    error="Message editing not allowed [error-action-not-allowed]",
    error_type="error-action-not-allowed",
    details={"method": "updateMessage", "action": "Message_editing"},
)
NO_DELETING = Refusal(
    on="room",
    error="Not allowed [error-action-not-allowed]",
    error_type="error-action-not-allowed",
    details={"method": "deleteMessage", "action": "Delete_message"},
)
NO_CLEANING = (
    Refusal.not_allowed("room", "cleanRoomHistory"),
    Refusal.not_allowed("clean-channel-history", "cleanRoomHistory"),
)
NO_ROOM_TO_EDIT = Refusal(
    on="missing", error="Invalid room [error-invalid-room]", error_type="error-invalid-room"
)

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
    Rest("POST", "v1/chat.update", "editing:update", key="message", refuses=(NO_EDITING,)),
    Rest("POST", "v1/chat.delete", "deleting:delete", refuses=(NO_DELETING,)),
    Rest("POST", "v1/rooms.cleanHistory", "pruning:clean", refuses=NO_CLEANING[:1]),
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
        "updateMessage",
        "editing:update_method",
        ("message", "previewUrls"),
        refuses=(NO_EDITING, NO_ROOM_TO_EDIT),
    ),
    Method("deleteMessage", "deleting:delete_method", ("message",), refuses=(NO_DELETING,)),
    Method("deleteFileMessage", "deleting:delete_file", ("fileId",)),
    Method("cleanRoomHistory", "pruning:clean_method", ("options",), refuses=NO_CLEANING[:1]),
    Method(
        "loadHistory",
        "loading:load_history",
        ("rid", "end", "limit", "ls", "showThreadMessages"),
        refuses=(Refusal(on="room", result=False),),
        idempotent=True,
    ),
)
