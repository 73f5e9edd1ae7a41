"""What OAuth's endpoints answer with."""

from __future__ import annotations

import re
import secrets
from html import escape
from importlib import resources
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from contrail.shapes.reply import Reply
from contrail.shapes.wirejson import encode

UNSTORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
PLACE = re.compile(r"\{\{(\w+)\}\}")
JSON = {"Content-Type": "application/json; charset=utf-8", **UNSTORED}
TEXT = {"Content-Type": "text/plain; charset=utf-8", **UNSTORED}


class Refused(Exception):
    """An error as OAuth words it."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status

    def reply(self, **headers: str) -> Reply:
        body = {"error": self.error, "error_description": self.description}
        return json(body, self.status, **headers)


def json(body: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(encode(body).decode(), status, {**JSON, **headers})


def text(body: str, status: int) -> Reply:
    return Reply(body, status, TEXT)


def redirect(uri: str, **parameters: str) -> Reply:
    """To the address, with these in its query besides what it has."""
    parts = urlsplit(uri)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return Reply(status=302, headers={"Location": urlunsplit(parts._replace(query=query))})


def page(name: str, status: int = 200, **values: str) -> Reply:
    """A page of this folder: `{{name}}` stands for a value, which is escaped.

    Its own scripts and styles run and no others, and no site may show it in a frame.
    """
    nonce = secrets.token_urlsafe(16)
    html = resources.files("functions.oauth").joinpath(f"{name}.html").read_text("utf-8")
    known = {**values, "nonce": nonce}
    html = PLACE.sub(lambda match: escape(known[match[1]]), html)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        **UNSTORED,
    }
    return Reply(html, status, headers)
