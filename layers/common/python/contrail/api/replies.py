"""What a use case answers in HTTP's own terms, for the gateway."""

from __future__ import annotations

import base64
from typing import Any

from contrail.shapes.reply import Reply


def answer(reply: Reply) -> dict[str, Any]:
    """API Gateway's proxy response."""
    body = reply.body
    return {
        "statusCode": reply.status,
        "headers": {**reply.headers, "X-Content-Type-Options": "nosniff"},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
    }
