"""What follows from the text of a message: links, quotes of other messages, mentions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from contrail.domain import markdown, mentions, quoting
from contrail.domain.access import Standing
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.rows import Document

LINK = re.compile(r"https?://[^\s<>()\[\]\"'`]*[^\s<>()\[\]\"'`.,;:!?]")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
ENCRYPTED = "e2e"


def compose(
    at: Instance,
    caller: Caller,
    message: Document,
    standing: Standing,
    *,
    previews: Sequence[str] | None = None,
) -> Document:
    """The fields that follow from `msg`: it too, where words in it are not allowed.

    `attachments` keep what is no quote. `previews` are the links whose pages may be looked at;
    None is all of them. Raises `error-action-not-allowed` as `mentions.find` does.
    """
    text = _censored(at, message.get("msg") or "")
    links = [] if message.get("parseUrls") is False else links_of(text)
    if message.get("t") == ENCRYPTED:
        named = message.get("e2eMentions") or {}
        names = list(named.get("e2eUserMentions") or ())
        people = mentions.given(at, caller, names, standing.room, standing.roles)
        channels: list[Document] = []
    else:
        people, channels = mentions.find(at, caller, text, standing.room, standing.roles)
    quotes = quoting.quoted(at, caller, links) if links else {}
    fields: Document = {
        "msg": text,
        "urls": [_url(link, quotes, previews) for link in links],
        "mentions": people,
        "channels": channels,
    }
    if message.get("t") not in markdown.UNREAD:
        tree = markdown.of_text(at, text)
        if tree:
            fields["md"] = tree
    kept = [one for one in message.get("attachments") or () if not quoting.own(at, one)]
    if quotes or "attachments" in message:
        fields["attachments"] = [*quotes.values(), *(_described(at, one) for one in kept)]
    return fields


def _described(at: Instance, attachment: Document) -> Document:
    """What is written of a file is parsed as a message is."""
    text = attachment.get("description")
    if not isinstance(text, str):
        return attachment
    return {**attachment, "descriptionMd": markdown.of_text(at, text)}


def links_of(text: str) -> list[str]:
    """Those outside of code, each once."""
    return list(dict.fromkeys(LINK.findall(CODE.sub(" ", text)))) if "://" in text else []


def _url(link: str, quotes: dict[str, Any], previews: Sequence[str] | None) -> Document:
    url: Document = {"url": link, "meta": {}}
    if link in quotes or (previews is not None and link not in previews):
        url["ignoreParse"] = True
    return url


def _censored(at: Instance, text: str) -> str:
    if not text or not at.setting("Message_AllowBadWordsFilter"):
        return text
    bad = _words(at, "Message_BadWordsFilterList") - _words(at, "Message_BadWordsWhitelist")
    if not bad:
        return text
    longest_first = sorted(bad, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first))
    words = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)
    return words.sub(lambda match: "*" * len(match[0]), text)


def _words(at: Instance, setting: str) -> set[str]:
    listed = str(at.setting(setting) or "").split(",")
    return {word.strip().lower() for word in listed if word.strip()}
