"""Facts about what clients write to each other's streams: see `facts`."""

from __future__ import annotations

from typing import Any, Literal

from contrail.shapes.fact import Fact
from contrail.shapes.rows import Document


class UserStreamWritten(Fact):
    """A client wrote to someone's (`uid`) stream: signals of calls and the like. Ephemeral.

    With a `room` it is for whoever is still in it.
    """

    GROUP, DEDUP = "user:{uid}", "{origin}:{nonce}"
    kind: Literal["UserStreamWritten"] = "UserStreamWritten"
    uid: str
    event: str
    args: list[Any]
    room: Document | None = None
    origin: str
    nonce: str
