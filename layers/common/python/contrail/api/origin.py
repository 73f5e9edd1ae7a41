"""Where a gateway's request came from: through our edge, or around it.

The edge adds a secret to what it passes on. Where `ORIGIN_SECRET` names that secret, a request
without it is refused, and one with it is believed about its client's address: who could reach the
gateways past the edge could write any address there.
"""

from __future__ import annotations

import hmac
import uuid
from typing import Any

from contrail.api.values import text
from contrail.domain.instance import Instance
from contrail.domain.keyring import first
from contrail.shapes.caller import Caller
from contrail.shapes.errors import Forbidden

HEADER = "x-contrail-origin"
ADDRESS = "cloudfront-viewer-address"
"""`<address>:<port>`, an IPv6 address without brackets."""
Event = dict[str, Any]


def anonymous(event: Event, at: Instance) -> Caller:
    """What is known of a caller before anyone has logged in. Raises `Forbidden`."""
    context = event.get("requestContext", {})
    identity = context.get("identity", {})
    address = identity.get("sourceIp") or ""
    if at.environment.origin_secret:
        _check(event, at)
        address = header(event, ADDRESS).rpartition(":")[0] or address
    return Caller(
        correlation_id=context.get("requestId") or str(uuid.uuid4()),
        connection_id=context.get("connectionId") or "",
        address=address,
        user_agent=(identity.get("userAgent") or "")[:512],
    )


def header(event: Event, name: str) -> str:
    """Whatever its case; empty when it is not there."""
    headers = event.get("headers") or {}
    return text(next((value for key, value in headers.items() if key.lower() == name), ""))


def _check(event: Event, at: Instance) -> None:
    """Each of two secrets is right while one takes the other's place.

    The edge may show the whole of what is kept: it was told it when it was deployed.
    """
    shown = (header(event, HEADER).split() or [""])[0].encode()

    def same(expected: str) -> bool | None:
        return hmac.compare_digest(shown, expected.encode()) or None

    if not shown or not first(at.secrets, at.environment.origin_secret, same):
        raise Forbidden
