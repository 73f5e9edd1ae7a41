"""Which pages the workspace may look at, and looking at them."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urljoin, urlsplit

from contrail.domain.instance import Instance
from contrail.ports.web import Answer, Bounds, Request, WebError

LONGEST = 5.0
"""Seconds for one request."""
SIZE = 250_000
"""Bytes of a page that are read: what it says of itself stands at its beginning."""
REDIRECTS = 5
MOVED = (301, 302, 303, 307, 308)
PORTS = {"http": 80, "https": 443}


class Unwanted(Exception):
    """The workspace's settings keep it from being looked at."""


def fetch(at: Instance, url: str, seconds: float, *, follow: bool = True) -> Answer:
    """Raises `WebError` and `Unwanted`. Every redirect is judged like the address itself."""
    for _ in range(REDIRECTS + 1 if follow else 1):
        _check(at, url)
        if seconds <= 0:
            raise WebError("there is no time left")
        bounds = Bounds(seconds=min(seconds, LONGEST), size=SIZE, cut=True)
        answer = at.web.request(Request(url, headers=_headers(at), bounds=bounds))
        location = answer.headers.get("location")
        if answer.status not in MOVED or not location or not follow:
            return answer
        try:
            url = urljoin(url, location)
        except ValueError:
            raise Unwanted("redirects to what is no address") from None
    raise WebError("too many redirects")


def _headers(at: Instance) -> dict[str, str]:
    agent = f"{at.setting('API_Embed_UserAgent') or ''} Rocket.Chat/6.12.0"
    given = {"user-agent": agent, "accept-language": str(at.setting("Language") or "en")}
    # What an admin wrote has to fit into a header.
    return {name: " ".join(text.split()).strip() for name, text in given.items() if text.isascii()}


def _check(at: Instance, url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Unwanted("no address") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise Unwanted("no address of a page")
    if _is_ignored(at, parts):
        raise Unwanted(f"{parts.hostname}: an ignored host")
    safe = _listed(at, "API_EmbedSafePorts")
    if safe and str(port) not in safe:
        raise Unwanted(f"{parts.hostname}: no safe port")


def _is_ignored(at: Instance, parts: SplitResult) -> bool:
    ignored = _listed(at, "API_EmbedIgnoredHosts")
    host = (parts.hostname or "").lower().rstrip(".")
    if host in ignored:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in map(_network, ignored) if network)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _listed(at: Instance, setting: str) -> set[str]:
    given = str(at.setting(setting) or "").split(",")
    return {part.strip().lower() for part in given if part.strip()}
