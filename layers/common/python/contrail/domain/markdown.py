"""The `md` of messages: what the workspace's settings have the parser look for."""

from __future__ import annotations

from typing import Any

import orjson

from contrail.domain.instance import Instance
from contrail.shapes.rows import Document

LARGEST = 48 * 1024
"""Bytes of a tree as JSON. A frame holds little more: clients parse what comes without one."""
SHORT = 500
"""Characters whose tree cannot be as large as that."""
UNREAD = ("e2e", "otr")
"""Types of messages whose text is nothing that the server could read."""


def of_text(at: Instance, text: str) -> list[dict[str, Any]]:
    """Empty for no text, and for one whose tree would be too large to send."""
    # Loading it takes as long as a request: only who needs it does.
    from contrail.markdown import parse  # noqa: PLC0415

    if not text:
        return []
    katex = {
        "dollarSyntax": bool(at.setting("Katex_Dollar_Syntax")),
        "parenthesisSyntax": bool(at.setting("Katex_Parenthesis_Syntax")),
    }
    listed = str(at.setting("Message_CustomDomain_AutoLink") or "").split(",")
    tree = parse(
        text,
        colors=bool(at.setting("HexColorPreview_Enabled")),
        emoticons=True,
        katex=katex if at.setting("Katex_Enabled") else None,
        custom_domains=[domain.strip() for domain in listed if domain.strip()],
        now=at.now(),
    )
    too_large = len(text) > SHORT and len(orjson.dumps(tree)) > LARGEST
    return [] if too_large else tree


def parsed(at: Instance, message: Document) -> Document:
    """The message with its `md`, if it was stored without one and has a text of someone's."""
    if "md" in message or "t" in message or not isinstance(message.get("msg"), str):
        return message
    tree = of_text(at, message["msg"])
    return {**message, "md": tree} if tree else message
