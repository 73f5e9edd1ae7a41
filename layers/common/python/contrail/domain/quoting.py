"""Quotes: a link to a message of this workspace becomes an attachment that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from contrail.domain.access import access_room
from contrail.domain.instance import Instance
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.rows import Document

MOST = 10
"""Links of one message that are looked up."""
USUAL_CHAIN = 2
PORTS = {"http": 80, "https": 443}


def is_quote(attachment: object) -> bool:
    return isinstance(attachment, dict) and bool(attachment.get("message_link"))


def own(at: Instance, attachment: object) -> bool:
    """Whether an attachment is a quote of a message of this workspace, or says so."""
    link = attachment.get("message_link") if isinstance(attachment, dict) else None
    return isinstance(link, str) and bool(_message_id(link, _hosts(at)))


def quoted(at: Instance, caller: Caller, links: Iterable[str]) -> dict[str, Document]:
    """Link -> attachment, for those that lead to a message which the caller may read.

    One command for the messages and one for each room they are in.
    """
    hosts = _hosts(at)
    ids = {link: mid for link in links if (mid := _message_id(link, hosts))}
    wanted = dict(list(ids.items())[:MOST])
    if not wanted:
        return {}
    found = {row["_id"]: row for row in at.store.message_lists.by_ids(set(wanted.values()))}
    open_rooms = {rid for rid in {row["rid"] for row in found.values()} if _may(at, caller, rid)}
    return {
        link: _attachment(at, link, found[mid])
        for link, mid in wanted.items()
        if mid in found and found[mid]["rid"] in open_rooms
    }


def _hosts(at: Instance) -> set[str]:
    return {_host(at.environment.root_url), _host(str(at.setting("Site_Url") or ""))} - {""}


def _host(address: str) -> str:
    """With its port, without whom it is asked for by."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if parts.hostname else ""


def _message_id(link: str, hosts: set[str]) -> str:
    """Empty for a link that leads elsewhere."""
    if "msg=" not in link or _host(link) not in hosts:
        return ""
    return next(iter(parse_qs(urlsplit(link).query).get("msg", ())), "")


def _may(at: Instance, caller: Caller, rid: str) -> bool:
    try:
        access_room(at, caller, rid)
    except ChatError:
        return False
    return True


def _attachment(at: Instance, link: str, message: Document) -> Document:
    chain = at.number("Message_QuoteChainLimit", USUAL_CHAIN)
    return {"message_link": link, **shown(message, chain - 1)}


def shown(message: Document, chain: int) -> Document:
    """What an attachment shows of a message: quotes in it `chain` levels deep."""
    username = str(message["u"].get("username") or "")
    attachment: dict[str, Any] = {
        "text": message.get("msg") or "",
        "author_name": message.get("alias") or username,
        "author_icon": f"/avatar/{quote(username)}",
        "ts": message["ts"],
        "attachments": _inner(message.get("attachments") or (), chain),
    }
    for key in ("md", "content"):
        if message.get(key):
            attachment[key] = message[key]
    return attachment


def _inner(attachments: Iterable[Any], chain: int) -> list[Document]:
    kept = []
    for one in attachments:
        if not isinstance(one, dict) or (is_quote(one) and chain <= 0):
            continue
        inside = one.get("attachments")
        less = {"attachments": _inner(inside, chain - 1)} if isinstance(inside, list) else {}
        kept.append({**one, **less})
    return kept
