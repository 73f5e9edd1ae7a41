"""The outbox markers of the messages that a batch of facts tells of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from contrail.domain.instance import Instance
from contrail.shapes.facts import AnyFact, MessageSent
from contrail.shapes.message_facts import MessagesDeleted
from contrail.shapes.rows import Document
from contrail.store.messages import FIRST, revision

PATIENCE = 0.5
"""Seconds that a message waits for earlier ones of its room that are being stored."""
PAUSE = 0.005


class Outbox:
    """Of one room: read once for a batch, and cleared once."""

    def __init__(self, at: Instance, facts: Sequence[AnyFact]) -> None:
        self._at = at
        sent = [fact.message.get("ts") for fact in facts if isinstance(fact, MessageSent)]
        self._until: datetime | None = max((ts for ts in sent if ts), default=None)
        self._pending: list[Document] | None = None
        self._handed: dict[int, list[str]] = {}
        self._deleted: list[str] = []

    def before(self, fact: MessageSent) -> list[Document]:
        """Messages of the room that come before this one, though their facts come after it.

        Those not even stored yet are waited for, for a moment. Handed on before their own facts
        come, they find their work items taken then: equal dedup ids are one item. A message that
        has changed since is none of them: what changed came after this one, and comes with a fact
        of its own.
        """
        self._wait(set(fact.behind))
        ts = fact.message["ts"]
        if self._pending is None or fact.behind or self._until is None or ts > self._until:
            until = max(ts, self._until or ts)
            self._pending = self._at.store.messages.pending_before(fact.message["rid"], until)
        known = {mid for mids in self._handed.values() for mid in mids}
        return [
            message
            for message in self._pending
            if message["ts"] < ts and revision(message) == FIRST and message["_id"] not in known
        ]

    def handed(self, mid: str, rev: int) -> None:
        """This revision of a message has all its work items."""
        self._handed.setdefault(rev, []).append(mid)

    def told(self, fact: MessagesDeleted) -> None:
        self._deleted += fact.ids

    def clear(self) -> None:
        """One command for each revision there is, and one for what was deleted."""
        for rev, mids in self._handed.items():
            self._at.store.messages.clear_pending(mids, rev)
        if self._deleted:
            self._at.store.tombstones.clear_pending(self._deleted)

    def _wait(self, missing: set[str]) -> None:
        deadline = time.monotonic() + PATIENCE
        while missing and time.monotonic() < deadline:
            missing -= {message["_id"] for message in self._at.store.messages.by_ids(missing)}
            if missing:
                time.sleep(PAUSE)
