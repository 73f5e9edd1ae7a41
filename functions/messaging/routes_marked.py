"""Lists of messages, what changed in a room, history by time, searching."""

from contrail.shapes.rows import Listing, Method, Refusal, Rest

FIELDS = (
    *("_id", "rid", "msg", "ts", "u", "t", "tmid", "tcount", "tlm", "replies", "attachments"),
    *("mentions", "channels", "urls", "reactions", "starred", "pinned", "drid", "_updatedAt"),
)
MESSAGES = Listing(
    sort=("ts", "_updatedAt"),
    fields=FIELDS,
    query={"t": ("", "$ne", "$exists"), "tmid": ("", "$exists"), "u._id": ("",)},
)
BARE = Refusal(on="room", error="error-not-allowed")
NOT_ALLOWED = Refusal(
    on="room", error="Not allowed [error-not-allowed]", error_type="error-not-allowed"
)
SYNCING = Refusal.not_allowed("room", "messages/get")
FALSE = Refusal(on="room", result=False)

REST = (
    Rest(
        "GET",
        "v1/chat.getPinnedMessages",
        "marked:pinned",
        listing=MESSAGES,
        refuses=(NOT_ALLOWED,),
    ),
    Rest(
        "GET",
        "v1/chat.getMentionedMessages",
        "marked:mentioned",
        listing=MESSAGES,
        refuses=(BARE,),
    ),
    Rest(
        "GET", "v1/chat.getStarredMessages", "marked:own_stars", listing=MESSAGES, refuses=(BARE,)
    ),
    Rest("GET", "v1/chat.getDiscussions", "marked:discussions", listing=MESSAGES, refuses=(BARE,)),
    Rest(
        "GET",
        "v1/chat.getDeletedMessages",
        "marked:deleted",
        listing=Listing(sort=("_deletedAt",)),
        refuses=(BARE,),
    ),
    Rest("GET", "v1/chat.syncMessages", "syncing:sync", refuses=(SYNCING,)),
    Rest("GET", "v1/chat.search", "searching:search", refuses=(BARE,)),
)

METHODS = (
    Method(
        "messages/get",
        "syncing:sync_method",
        ("rid", "options"),
        refuses=(SYNCING,),
        idempotent=True,
    ),
    Method(
        "loadMissedMessages",
        "loading:load_missed",
        ("rid", "start"),
        refuses=(FALSE,),
        idempotent=True,
    ),
    Method(
        "loadNextMessages",
        "loading:load_next",
        ("rid", "end", "limit", "showThreadMessages"),
        refuses=(Refusal.not_allowed("room", "loadNextMessages"),),
        idempotent=True,
    ),
    Method(
        "loadSurroundingMessages",
        "loading:load_surrounding",
        ("message", "limit", "showThreadMessages"),
        refuses=(FALSE,),
        idempotent=True,
    ),
    Method(
        "getMessages",
        "loading:by_ids",
        ("messages",),
        idempotent=True,
    ),
    Method("getSingleMessage", "loading:single", ("mid",), idempotent=True),
    Method(
        "messageSearch",
        "searching:search_method",
        ("text", "rid", "limit", "offset"),
        refuses=(FALSE,),
        idempotent=True,
    ),
    Method(
        "rocketchatSearch.search",
        "searching:provider_search",
        ("text", "context", "payload"),
        idempotent=True,
    ),
    Method("rocketchatSearch.getProvider", "searching:provider", idempotent=True),
)
