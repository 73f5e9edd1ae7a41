"""Port: facts and work items between functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from contrail.shapes.fact import Fact

NAMED = "queue"
"""The attribute in which an item says which queue it was sent to: queues may travel on one."""


class Bus(Protocol):
    def publish(self, *facts: Fact) -> None:
        """Hand facts over durably, in order per group; equal dedup ids are taken once."""

    def enqueue(
        self, queue: str, body: str, *, group: str, dedup: str, attributes: Mapping[str, str]
    ) -> None:
        """Put an item on a FIFO work queue, with the same promises."""
