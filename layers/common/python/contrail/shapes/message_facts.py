"""Facts about messages that are gone: see `facts`."""

from __future__ import annotations

from typing import Literal

from contrail.shapes.fact import Fact
from contrail.shapes.rows import Document


class MessagesDeleted(Fact):
    """Messages of a room were deleted. `room` is as it stood after that.

    `pruned` is what was asked for, where many were deleted by age: `excludePinned`,
    `ignoreDiscussion`, `ts` and `users`. None for a single message.
    """

    GROUP, DEDUP = "room:{room[_id]}", "{ids[0]}:deleted"
    kind: Literal["MessagesDeleted"] = "MessagesDeleted"
    room: Document
    ids: tuple[str, ...]
    pruned: Document | None = None
