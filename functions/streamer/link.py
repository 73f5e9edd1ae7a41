"""A connection while one of its queued items is worked on: its record, and the way to it.

The items of a connection are worked on one after the other, so nobody else saves its record.
"""

from __future__ import annotations

from typing import Any

from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.connections import Connection, Frame, Mark

YOUNG = 10_000
"""Milliseconds after its opening in which a connection's frames may have been mixed up."""
MARKS = 16
"""Frames that are remembered: more than one batch, which is all that can be delivered again."""


class TooEarly(Exception):
    """The frame is refused as things stand, but what it lacks may be on its way behind it.

    `refusal` are the frames that answer it if nothing comes.
    """

    def __init__(self, *refusal: str) -> None:
        super().__init__()
        self.refusal = refusal


class Link:
    def __init__(self, record: Connection, caller: Caller, at: Instance) -> None:
        self.record = record
        self.at = at
        self._caller = caller

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def caller(self) -> Caller:
        """What the record says of its user; the owner of a method checks it."""
        return self._caller.model_copy(
            update={
                "uid": self.record.uid,
                "token_hash": self.record.token_hash,
                "connection_id": self.record.id,
                "address": self.record.address,
                "user_agent": self.record.user_agent,
            }
        )

    def young_at(self, frame: Frame) -> bool:
        return frame.time - self.record.opened_at < YOUNG

    def post(self, *frames: str) -> None:
        self.at.sockets.post(self.record.id, *frames)

    def save(self, **changes: Any) -> bool:
        """False, and nothing stored, when the connection is gone."""
        self.record = self.record.model_copy(update=changes)
        return self.at.connections.save(self.record)

    def marked(self, frame: Frame, mark: Mark) -> dict[str, Mark]:
        """The marks with this one among them, for `save`."""
        others = [(key, its) for key, its in self.record.marks.items() if key != frame.id]
        return dict([*others, (frame.id, mark)][-MARKS:])

    def give_up(self) -> None:
        """Send the client away: it comes back with a connection that is known."""
        self.at.connections.close(self.record.id)
        self.at.sockets.close(self.record.id)
