"""Threads: lists of them, their messages, following them."""

from contrail.shapes.rows import Limit, Listing, Method, Refusal, Rest
from functions.messaging.routes_marked import FIELDS

NOT_ALLOWED = Refusal(
    on="room", error="Not Allowed [error-not-allowed]", error_type="error-not-allowed"
)
FOLLOWING = Limit(5, 5000)
THREADS = Listing(
    sort=("tlm", "ts", "tcount"),
    fields=FIELDS,
    query={"t": ("", "$ne", "$exists"), "u._id": ("",), "replies": ("", "$in")},
)
REPLIES = Listing(sort=("ts",), fields=FIELDS, query={"t": ("", "$ne", "$exists"), "u._id": ("",)})

REST = (
    Rest(
        "GET",
        "v1/chat.getThreadsList",
        "threads:threads",
        listing=THREADS,
        refuses=(NOT_ALLOWED,),
    ),
    Rest("GET", "v1/chat.syncThreadsList", "threads:sync_threads", refuses=(NOT_ALLOWED,)),
    Rest("GET", "v1/chat.getThreadMessages", "threads:thread_messages", listing=REPLIES),
    Rest("GET", "v1/chat.syncThreadMessages", "threads:sync_thread_messages"),
    Rest("POST", "v1/chat.followMessage", "following:follow"),
    Rest("POST", "v1/chat.unfollowMessage", "following:unfollow"),
)

METHODS = (
    Method(
        "getThreadsList",
        "threads:threads_method",
        ("options",),
        refuses=(Refusal.not_allowed("room", "getThreadsList"),),
        idempotent=True,
    ),
    Method("getThreadMessages", "threads:messages_method", ("options",), idempotent=True),
    Method("followMessage", "following:follow_method", ("mid",), limit=FOLLOWING, idempotent=True),
    Method(
        "unfollowMessage", "following:unfollow_method", ("mid",), limit=FOLLOWING, idempotent=True
    ),
    Method("readThreads", "following:read", ("tmid",), idempotent=True),
)
