"""What the presence service answers, and the queue it works through."""

from contrail.shapes.rows import Consumer, Method, Rest, Schedule, Table, TwoFactor

MANAGING = ("manage-user-status",)

TABLE = Table(
    service="presence",
    rest=(
        Rest("GET", "v1/users.presence", "people:presence"),
        Rest(
            "GET",
            "v1/presence.getConnections",
            "broadcast:connections",
            permissions=MANAGING,
        ),
        Rest(
            "POST",
            "v1/presence.enableBroadcast",
            "broadcast:enable",
            permissions=MANAGING,
            two_factor=TwoFactor(),
        ),
    ),
    methods=(
        Method("UserPresence:online", "tracking:online", public=True, idempotent=True),
        Method("UserPresence:away", "tracking:away", public=True, idempotent=True),
    ),
    consumers=(Consumer("presence", "tracking:follow"),),
    schedules=(Schedule("presence", "watching:look", every=60),),
)
