"""Previews of links, and the work that is done about messages after they were stored."""

from contrail.shapes.rows import Consumer, Method, Refusal, Rest, Schedule

NOT_ALLOWED = Refusal(
    on="room", error="Not allowed [error-not-allowed]", error_type="error-not-allowed"
)

REST = (Rest("GET", "v1/chat.getURLPreview", "previews:preview", refuses=(NOT_ALLOWED,)),)

METHODS = (
    Method(
        "OEmbedCacheCleanup",
        "previews:clear",
        refuses=(Refusal.not_allowed("clear-oembed-cache", "OEmbedCacheCleanup"),),
        idempotent=True,
    ),
)

CONSUMERS = (Consumer("afterwards", "afterwards:work"),)
SCHEDULES = (Schedule("forget-previews", "previews:forget", every=86_400),)
