"""Answers that are too large for a function's payload: compressed, or refused in our own words."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from contrail.api.envelopes import failure
from contrail.api.origin import header
from contrail.shapes.errors import ChatError

LARGE = 1024 * 1024
"""Characters that always fit, however long they become as JSON in an answer of a function."""
PAYLOAD = 6 * 1024 * 1024
"""Bytes of an answer of Lambda's, at most, and of an event for it."""
SPARE = 16 * 1024
"""Bytes for what else is in such an answer."""
READING = ("GET", "HEAD")
Event = dict[str, Any]


def fitted(event: Event, answer: Event) -> Event:
    """The answer as it can leave. A large one to a client that reads and unpacks is compressed.

    Only there: for bytes a gateway asks who the client says it takes, which the edge sets of
    requests that read.
    """
    if answer["isBase64Encoded"] or len(answer["body"]) <= LARGE:
        return answer
    if event.get("httpMethod") in READING and _unpacks(header(event, "accept-encoding")):
        packed = gzip.compress(answer["body"].encode(), compresslevel=1, mtime=0)
        body = base64.b64encode(packed).decode()
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        answer = {
            **answer,
            "headers": {**answer["headers"], **headers},
            "body": body,
            "isBase64Encoded": True,
        }
        return answer if len(body) <= PAYLOAD - SPARE else failure(_too_large())
    return answer if len(json.dumps(answer)) <= PAYLOAD - SPARE else failure(_too_large())


def _unpacks(accepted: str) -> bool:
    """Whether a list of encodings has gzip, and not to say that it is not wanted."""
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").rstrip("0") not in ("q=", "q=0.")
    return False


def _too_large() -> ChatError:
    reason = "The answer is too large: ask for less of it, or accept it compressed with gzip"
    return ChatError("error-answer-too-large", reason, status=413)
