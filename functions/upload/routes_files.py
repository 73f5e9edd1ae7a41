"""What the upload service answers about files of messages."""

from contrail.shapes.rows import Listing, Method, Page, Refusal, Rest, Schedule

UNAUTHORIZED = Refusal(on="room", error="unauthorized", status=403)
FILES = Listing(
    sort=("name", "uploadedAt", "size", "type", "_updatedAt"),
    fields=(
        *("_id", "name", "size", "type", "rid", "userId", "user", "typeGroup", "uploadedAt"),
        *("path", "url", "extension", "identify", "description", "complete", "_updatedAt"),
    ),
    query={
        **dict.fromkeys(("_id", "type", "typeGroup", "userId"), ("", "$in")),
        "name": ("", "$regex"),
    },
)
NO_MAIL = Refusal(
    on="room",
    error="Unauthorized [error-action-not-allowed]",
    error_type="error-action-not-allowed",
)
"""Whoever has no right to send messages out of the workspace learns nothing of rooms."""
IMAGES = Listing(sort=("uploadedAt", "name"))


def _closed(word: str) -> Refusal:
    text = f'The required "roomId" or "roomName" param provided does not match any {word}'
    code = "error-room-not-found"
    return Refusal(on="room", error=f"{text} [{code}]", error_type=code)


NO_DIRECT = Refusal(on="room", error="[invalid-channel]", error_type="invalid-channel")

REST = (
    Rest("POST", "v1/rooms.media/:rid", "posting:media", refuses=(UNAUTHORIZED,)),
    Rest("POST", "v1/rooms.mediaConfirm/:rid/:fileId", "posting:confirm", refuses=(UNAUTHORIZED,)),
    Rest("POST", "v1/rooms.upload/:rid", "posting:upload", refuses=(UNAUTHORIZED,)),
    Rest(
        "GET",
        "v1/channels.files",
        "listing:of_channel",
        listing=FILES,
        refuses=(_closed("channel"),),
    ),
    Rest("GET", "v1/groups.files", "listing:of_group", listing=FILES, refuses=(_closed("group"),)),
    Rest("GET", "v1/im.files", "listing:of_direct", listing=FILES, refuses=(NO_DIRECT,)),
    Rest("GET", "v1/dm.files", "listing:of_direct", listing=FILES, refuses=(NO_DIRECT,)),
    Rest("GET", "v1/rooms.images", "listing:images", listing=IMAGES, refuses=(UNAUTHORIZED,)),
    Rest("GET", "v1/channels.images", "listing:images", listing=IMAGES, refuses=(UNAUTHORIZED,)),
)
EXPORTS = (
    Rest("POST", "v1/rooms.export", "exporting:export", refuses=(NO_MAIL,)),
    Rest("GET", "v1/users.requestDataDownload", "exporting:request"),
)
PAGES = (
    Page("GET", "file-upload/:id/:name", "fetching:fetch", knows=True),
    Page("GET", "data-export/:id", "exporting:fetch", knows=True),
    Page("GET", "file-upload/:id", "fetching:fetch", knows=True),
    Page("GET", "ufs/:store/:id/:name", "fetching:fetch_stored", knows=True),
)
METHODS = (
    Method("requestDataDownload", "exporting:request_method", ("data",)),
    Method(
        "sendFileMessage",
        "posting:send_file",
        ("rid", "store", "file", "msgData"),
        refuses=(Refusal(on="room", result=False),),
        idempotent=True,
    ),
)
SCHEDULES = (
    Schedule("files", "sweeping:sweep", every=600),
    Schedule("exports", "archiving:work", every=120),
)
