"""Making, joining, changing and ending rooms."""

from contrail.shapes.rows import Method, Refusal, Rest
from functions.rooms.routes_refusals import NO_SUCH_CHANNEL

CREATING = Refusal(on="create-c", error="unauthorized", status=403)
JOINING = (
    Refusal.not_allowed("room", "joinRoom"),
    Refusal(
        on="missing",
        error="Invalid room [error-invalid-room]",
        error_type="error-invalid-room",
        details={"method": "joinRoom"},
    ),
)

REST = (
    Rest("POST", "v1/channels.create", "channels:create", key="channel", refuses=(CREATING,)),
    Rest("POST", "v1/channels.join", "joining:join", key="channel", refuses=(NO_SUCH_CHANNEL,)),
)

METHODS = (
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
)
