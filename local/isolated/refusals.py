"""Errors in the two shapes that AWS's protocols have for them."""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape

from aiohttp import web


def json_refusal(status: int, kind: str, message: str) -> web.Response:
    body = {"__type": kind, "message": message}
    return web.json_response(body, status=status, headers={"x-amzn-ErrorType": kind})


def xml_refusal(status: int, kind: str, message: str) -> web.Response:
    text = (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{escape(kind)}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return web.Response(status=status, text=text, content_type="text/xml")
