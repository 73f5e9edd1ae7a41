"""Services that say by oEmbed what their addresses stand for."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from contrail.domain.embedding_pages import camel
from contrail.ports.web import Answer
from contrail.shapes.rows import Document

KNOWN = {
    "youtube.com": "https://www.youtube.com/oembed?maxheight=200&format=json",
    "youtu.be": "https://www.youtube.com/oembed?maxheight=200&format=json",
    "vimeo.com": "https://vimeo.com/api/oembed.json?maxheight=200",
    "soundcloud.com": "https://soundcloud.com/oembed?format=json&maxheight=150",
    "dailymotion.com": "https://www.dailymotion.com/services/oembed?maxheight=200&format=json",
    "slideshare.net": "https://www.slideshare.net/api/oembed/2?format=json&maxheight=200",
    "twitter.com": "https://publish.twitter.com/oembed",
    "open.spotify.com": "https://open.spotify.com/oembed",
}
"""Host, also with `www.` or `m.` before it -> where to ask."""


def endpoint_of(url: str) -> str:
    """Where to ask what an address stands for; empty for those of no known service."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    endpoint = KNOWN.get(host, "") if parts.path.strip("/") or parts.query else ""
    if not endpoint:
        return ""
    asked = urlsplit(endpoint)
    query = urlencode([*parse_qsl(asked.query), ("url", url)])
    return asked._replace(query=query).geturl()


def told(answer: Answer, *, trusted: bool) -> Document:
    """The texts of an oEmbed answer as `meta` names them; empty for what is none.

    Clients show `oembedHtml` as it is: only `trusted` services have one.
    """
    if answer.status != 200:
        return {}
    try:
        given = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(given, dict):
        return {}
    meta = {camel(f"oembed_{key}"): value for key, value in given.items() if isinstance(value, str)}
    if not trusted:
        meta.pop("oembedHtml", None)
    return meta
