"""Facts about what clients write to each other's streams: see `facts`."""

from __future__ import annotations

from typing import Any, Literal

from contrail.shapes.fact import Fact


class UserStreamWritten(Fact):
    """A client wrote to someone's (`uid`) stream: signals of calls and the like. Ephemeral."""

    GROUP, DEDUP = "user:{uid}", "{origin}:{nonce}"
    kind: Literal["UserStreamWritten"] = "UserStreamWritten"
    uid: str
    event: str
    args: list[Any]
    origin: str
    nonce: str
