"""What a link leads to, as messages show it: looked at once, then kept for a while."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from contrail.domain import embedding_providers as providers
from contrail.domain.embedding_fetching import Unwanted, fetch
from contrail.domain.embedding_pages import Page, read, relevant
from contrail.domain.instance import Instance
from contrail.domain.patience import Patience
from contrail.ports.web import Answer, WebError
from contrail.shapes.logs import note
from contrail.shapes.rows import Document

KEPT = 30
"""Days, where the setting says none."""
IFRAME = 'iframe style="max-width: 100%;width:400px;height:225px"'
LONGEST_HEADER = 200


def look(at: Instance, url: str, patience: Patience) -> Document | None:
    """`meta`, `headers` and `parsedUrl` of a link; None where its page could not be looked at."""
    since = at.now() - timedelta(days=max(0, at.number("API_EmbedCacheExpirationDays", KEPT)))
    data = at.store.oembed.find(url, since)
    if data is None:
        data = _looked_at(at, url, patience)
        if data is None:
            return None
        at.store.oembed.keep(url, data, at.now())
    return _shown(url, data)


def _looked_at(at: Instance, url: str, patience: Patience) -> Document | None:
    """As the cache keeps it."""
    try:
        found = _of_provider(at, url, patience) or _of_page(at, url, patience)
    except (WebError, Unwanted) as error:
        note("link not looked at", why=str(error))
        return None
    if found is None:
        return None
    meta, answer = found
    names = {"contentType": "content-type", "contentLength": "content-length"}
    headers = {
        name: answer.headers[header][:LONGEST_HEADER]
        for name, header in names.items()
        if answer.headers.get(header)
    }
    return {"url": url, "meta": relevant(meta), "headers": headers}


def _of_provider(at: Instance, url: str, patience: Patience) -> tuple[Document, Answer] | None:
    """What a service says of its own; where it says nothing, the page is looked at like any."""
    endpoint = providers.endpoint_of(url)
    if not endpoint:
        return None
    try:
        answer = fetch(at, endpoint, patience.left, follow=False)
    except (WebError, Unwanted) as error:
        note("provider did not answer", why=str(error))
        return None
    told = providers.told(answer, trusted=True)
    return ({**told, "oembedUrl": url}, answer) if told else None


def _of_page(at: Instance, url: str, patience: Patience) -> tuple[Document, Answer] | None:
    answer = fetch(at, url, patience.left)
    if answer.status != 200:
        return None
    page = read(answer)
    return {**page.meta, **_discovered(at, page, patience)}, answer


def _discovered(at: Instance, page: Page, patience: Patience) -> Document:
    """What the address says that a page names for it. Its markup is anybody's: left out."""
    if not page.oembed:
        return {}
    try:
        return providers.told(fetch(at, page.oembed, patience.left), trusted=False)
    except (WebError, Unwanted) as error:
        note("page's oEmbed not looked at", why=str(error))
        return {}


def _shown(url: str, data: Document) -> Document:
    """Of the cache, which may be an import's."""
    meta = data.get("meta")
    kept = relevant(meta) if isinstance(meta, dict) else {}
    if "oembedHtml" in kept:
        kept["oembedHtml"] = kept["oembedHtml"].replace("iframe", IFRAME, 1)
    headers = data.get("headers")
    said = headers if isinstance(headers, dict) else {}
    named = {key: str(said[key]) for key in ("contentLength", "contentType") if said.get(key)}
    return {"meta": kept, **({"headers": named} if named else {}), "parsedUrl": parsed(url)}


def parsed(url: str) -> Document:
    """A link taken apart as Node's `url.parse` does."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    host = parts.hostname or ""
    return {
        "host": f"{host}:{port}" if port else host,
        "hash": f"#{parts.fragment}" if parts.fragment else None,
        "pathname": parts.path or "/",
        "protocol": f"{parts.scheme}:",
        "port": str(port) if port else None,
        "query": parts.query or None,
        "search": f"?{parts.query}" if parts.query else None,
        "hostname": host,
    }
