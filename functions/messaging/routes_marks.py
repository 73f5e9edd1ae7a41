"""Reactions, stars, pins, and who has read a message."""

from contrail.shapes.rows import Method, Refusal, Rest

COMMUNITY = Refusal(
    on="community",
    error="This is an enterprise feature [error-action-not-allowed]",
    error_type="error-action-not-allowed",
    details={"method": "getReadReceipts"},
)

REST = (
    Rest("POST", "v1/chat.react", "reacting:react"),
    Rest("POST", "v1/chat.starMessage", "starring:star"),
    Rest("POST", "v1/chat.unStarMessage", "starring:unstar"),
    Rest("POST", "v1/chat.pinMessage", "pinning:pin", key="message"),
    Rest("POST", "v1/chat.unPinMessage", "pinning:unpin"),
    Rest("GET", "v1/chat.getMessageReadReceipts", "receipts:receipts", refuses=(COMMUNITY,)),
)

METHODS = (
    Method("setReaction", "reacting:react_method", ("reaction", "messageId", "shouldReact")),
    Method(
        "starMessage",
        "starring:star_method",
        ("message",),
        refuses=(Refusal(on="room", result=False),),
        idempotent=True,
    ),
    Method("pinMessage", "pinning:pin_method", ("message", "pinnedAt")),
    Method("unpinMessage", "pinning:unpin_method", ("message",), idempotent=True),
    Method(
        "getReadReceipts",
        "receipts:receipts_method",
        ("options",),
        refuses=(COMMUNITY,),
        idempotent=True,
    ),
)
