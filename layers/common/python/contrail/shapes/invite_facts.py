"""Facts about invite links: see `facts`."""

from __future__ import annotations

from typing import Literal

from contrail.shapes.fact import Fact
from contrail.shapes.rows import Document


class InviteMade(Fact):
    """Someone (`uid`) made an invite link."""

    GROUP, DEDUP = "user:{uid}", "{invite[_id]}:made"
    kind: Literal["InviteMade"] = "InviteMade"
    uid: str
    invite: Document
