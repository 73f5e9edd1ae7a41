"""Messages as REST shows them, kept as the JSON they became.

Many open the same room and are shown the same of it. The JSON of a message follows from its BSON
alone: the same bytes, the same JSON, whoever asks, and a message that changed is other bytes.
"""

from __future__ import annotations

from functools import lru_cache

import orjson
from bson.raw_bson import RawBSONDocument

from contrail.domain.instance import Instance
from contrail.domain.messages import shown_to
from contrail.domain.wire import message_shown
from contrail.shapes.caller import Caller
from contrail.shapes.wirejson import encode
from contrail.store.messages import taken_apart

KEPT = 2_000
LARGEST = 4 * 1024
"""Bytes of a message. Its JSON is mostly about as long: what is kept stays around 16 MB."""


def as_json(at: Instance, row: RawBSONDocument, caller: Caller) -> orjson.Fragment:
    """What `shown_to` makes of a message, as `encode` writes it."""
    raw = bytes(row.raw)
    made = _for_everyone(raw) if len(raw) <= LARGEST else None
    return made or orjson.Fragment(encode(shown_to(at, taken_apart(raw), caller)))


@lru_cache(KEPT)
def _for_everyone(raw: bytes) -> orjson.Fragment | None:
    """None where it depends on who asks, or on the settings that a text is parsed by."""
    message = taken_apart(raw)
    if "starred" in message or "md" not in message:
        return None
    return orjson.Fragment(encode(message_shown(message)))
