"""What several rows refuse with."""

from contrail.shapes.rows import Refusal

NO_SUCH_CHANNEL = Refusal(
    on="room",
    error='The required "roomId" or "roomName" param provided does not match any channel '
    "[error-room-not-found]",
    error_type="error-room-not-found",
)
NO_SUCH_GROUP = Refusal(
    on="room",
    error='The required "roomId" or "roomName" param provided does not match any group '
    "[error-room-not-found]",
    error_type="error-room-not-found",
)
