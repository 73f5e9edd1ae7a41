"""What the edge in front of the gateways adds to every request."""

from __future__ import annotations

from contrail.api.origin import ADDRESS, HEADER
from local.underway import Event, Handler

OURS = {HEADER, ADDRESS}


def behind_edge(handler: Handler, secret: str) -> Handler:
    """`handler` for events that come from a gateway. What clients say in the edge's name goes."""

    def called(event: Event) -> Event:
        if "requestContext" not in event:
            return handler(event)
        address = event["requestContext"]["identity"]["sourceIp"]
        own = {HEADER: secret, ADDRESS: f"{address}:40000"}
        given = {k: v for k, v in event["headers"].items() if k.lower() not in OURS}
        return handler({**event, "headers": {**given, **own}})

    return called
