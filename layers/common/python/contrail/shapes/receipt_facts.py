"""Facts about who has read what: see `facts`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contrail.shapes.fact import Fact
from contrail.shapes.rows import Document


class MessagesRead(Fact):
    """All members of a room have read it `until` then, or all who follow the thread `tmid` have."""

    GROUP, DEDUP = "room:{room[_id]}", "{room[_id]}:{nonce}"
    kind: Literal["MessagesRead"] = "MessagesRead"
    room: Document
    until: datetime
    tmid: str | None = None
    nonce: str
