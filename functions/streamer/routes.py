"""What the streamer answers, and which queues it works through."""

from contrail.shapes.rows import UNLIMITED, Consumer, Method, Rest, Route, Table

FRAMES = "frames"
PARKED = "parked"
FACTS = "facts"
DELIVERIES = "deliveries"

TABLE = Table(
    service="streamer",
    rest=(
        # The method itself is limited.
        Rest("POST", "v1/method.call/:name", "calls:call", key="message", limit=UNLIMITED),
        Rest(
            "POST",
            "v1/method.callAnon/:name",
            "calls:call",
            key="message",
            public=True,
            limit=UNLIMITED,
        ),
    ),
    methods=(Method("callWithTwoFactorRequired", "calls:call_with_code", ("call",)),),
    consumers=(
        Consumer(FRAMES, "frames:handle", by_time=True, together=True),
        Consumer(PARKED, "parking:ripen"),
        Consumer(FACTS, "fanout:spread", together=True),
        Consumer(DELIVERIES, "delivery:deliver", together=True),
    ),
    sockets=(Route("$connect", "frames:opening"),),
)
