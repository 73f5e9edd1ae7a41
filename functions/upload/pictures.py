"""Answers that are files: pictures and sounds that web pages are made of.

They are small and public, so they go through the function: clients compare what comes with them.
Whatever they hold, nothing in them runs in a browser.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from contrail.shapes.inputs import Visited
from contrail.shapes.reply import Reply

INERT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""What a browser may do with a document that somebody uploaded: show it."""
NEVER_CHANGED = datetime(2015, 1, 1, tzinfo=UTC)
"""When the pictures that are drawn here are dated: clients send this back."""
SVG = "image/svg+xml"
FRESH = {"Cache-Control": "public, max-age=0", "Expires": "-1"}
ANYWHERE = {"Access-Control-Allow-Origin": "*"}


@dataclass(frozen=True, slots=True)
class Picture:
    """`etag` is without quotes; a picture that is `drawn` here has that of its text."""

    body: str | bytes
    type: str
    modified: datetime
    etag: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def show(asked: Visited, picture: Picture) -> Reply:
    """The picture, or 304 for who still has it."""
    body = picture.body
    raw = body.encode() if isinstance(body, str) else body
    tag = f'"{picture.etag or hashlib.sha1(raw, usedforsecurity=False).hexdigest()}"'
    dated = {"Last-Modified": http_date(picture.modified), "ETag": tag}
    if _has(asked, tag, dated["Last-Modified"]):
        return Reply(status=304, headers=dated)
    known = {
        "Content-Type": picture.type,
        "Content-Disposition": "inline",
        "Content-Security-Policy": INERT,
        **dated,
        **picture.headers,
    }
    return Reply(body, headers=known)


def redirect(address: str, headers: dict[str, str]) -> Reply:
    return Reply(status=302, headers={"Location": address, **headers})


def refused(status: int, text: str) -> Reply:
    return Reply(text, status, {"Content-Type": "text/plain"})


def _has(asked: Visited, tag: str, modified: str) -> bool:
    """Tags go before dates, which are compared as they are."""
    if asked.if_none_match:
        given = [one.strip().removeprefix("W/") for one in asked.if_none_match.split(",")]
        return tag in given or "*" in given
    return asked.if_modified_since == modified
