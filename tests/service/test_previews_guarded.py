"""What previews never do: reach into the network, believe a page too much, take long."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from contrail.domain.embedding_pages import read, relevant
from contrail.domain.embedding_providers import endpoint_of
from contrail.ports.web import Answer
from tests.support.pages import HTML, Pages, Said, workspace_among
from tests.support.scene import fresh
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

OG = '<meta property="og:title" content="Title">'


@pytest.fixture(scope="module")
def inner() -> Iterator[Pages]:
    """A server that nothing may reach: its address is a private one."""
    made = Pages()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def wired(mongo_uri: str, pages: Pages) -> Iterator[Workspace]:
    made = workspace_among(mongo_uri, pages)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def ann(wired: Workspace) -> Person:
    return wired.person()


@pytest.fixture(scope="module")
def rid(wired: Workspace, ann: Person) -> str:
    return str(wired.channel(ann)["_id"])


def _preview(person: Person, rid: str, url: str) -> Json:
    found: Json = person.ok("GET", "v1/chat.getURLPreview", {"roomId": rid, "url": url})
    return dict(found["urlPreview"])


def _blank(url: str) -> Json:
    return {"url": url, "meta": {}, "ignoreParse": True}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_private_addresses_are_refused_whatever_the_settings_say(
    wired: Workspace, inner: Pages, ann: Person, rid: str, host: str
) -> None:
    url = f"http://{host}:{inner.port}/"
    with (
        setting(wired, "API_EmbedIgnoredHosts", ""),
        setting(wired, "API_EmbedSafePorts", f"80, {inner.port}"),
    ):
        assert _preview(ann, rid, url) == _blank(url)
    assert inner.asked == []


def test_redirects_are_judged_like_the_address_itself(
    wired: Workspace, pages: Pages, inner: Pages, ann: Person, rid: str
) -> None:
    place = f"{fresh('p')}.example/"
    pages.says[place] = Said(
        status=302, headers={"location": f"http://127.0.0.1:{inner.port}/secret"}
    )
    url = f"http://{place}"
    with (
        setting(wired, "API_EmbedIgnoredHosts", ""),
        setting(wired, "API_EmbedSafePorts", f"80, {inner.port}"),
    ):
        assert _preview(ann, rid, url) == _blank(url)
    assert (pages.times(place), inner.asked) == (1, [])


def test_redirects_are_followed_and_end(pages: Pages, ann: Person, rid: str) -> None:
    place, round_ = f"{fresh('p')}.example/a", f"{fresh('p')}.example/"
    pages.says[place] = Said(status=301, headers={"location": "/b"})
    pages.page(place.replace("/a", "/b"), OG)
    assert _preview(ann, rid, f"http://{place}")["meta"] == {"ogTitle": "Title"}
    pages.says[round_] = Said(status=302, headers={"location": "/"})
    assert _preview(ann, rid, f"http://{round_}") == _blank(f"http://{round_}")
    assert pages.times(round_) == 6


@pytest.mark.parametrize(
    ("name", "value", "host"),
    [
        ("API_EmbedIgnoredHosts", "a.example, {}", "{}"),
        ("API_EmbedIgnoredHosts", "203.0.113.0/24", "203.0.113.7"),
        ("API_EmbedSafePorts", "443", "{}"),
        ("API_EmbedSafePorts", "80", "{}:81"),
    ],
)
def test_hosts_and_ports_are_those_of_the_settings(
    wired: Workspace, pages: Pages, ann: Person, rid: str, name: str, value: str, host: str
) -> None:
    known = f"{fresh('p')}.example"
    pages.page(f"{known}/", OG)
    url = f"http://{host.format(known)}/"
    before = len(pages.asked)
    with setting(wired, name, value.format(known)):
        assert _preview(ann, rid, url) == _blank(url)
    assert len(pages.asked) == before


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://a.example/",
        "x",
        "http://",
        "http://a.example:x/",
        "http://[",
        "http://me:pw@a.example/",
    ],
)
def test_what_is_no_address_of_a_page_has_no_preview(ann: Person, rid: str, url: str) -> None:
    assert _preview(ann, rid, url) == _blank(url)


def test_a_page_names_its_oembed_and_has_no_say_in_its_markup(
    pages: Pages, ann: Person, rid: str
) -> None:
    place = f"{fresh('p')}.example/"
    told = {"html": "<script>alert(1)</script>", "title": "Told", "author_name": "Ann"}
    pages.says[f"{place}oembed"] = Said(told)
    link = '<link rel="alternate" type="application/json+oembed" href="/oembed?x=1">'
    forged = '<meta property="oembed:html" content="<script>">'
    meta = _preview(ann, rid, pages.page(place, link + forged + OG))["meta"]
    assert meta == {"ogTitle": "Title", "oembedTitle": "Told", "oembedAuthorName": "Ann"}


def test_a_service_that_does_not_answer_leaves_the_page_itself(
    pages: Pages, ann: Person, rid: str
) -> None:
    pages.says["vimeo.com/api/oembed.json"] = Said(status=500)
    url = pages.page("vimeo.com/123", OG)
    assert _preview(ann, rid, url)["meta"] == {"ogTitle": "Title"}


def test_a_page_longer_than_what_is_read_of_it_is_read_to_there(
    pages: Pages, ann: Person, rid: str
) -> None:
    place = f"{fresh('p')}.example/"
    late = '<meta property="og:site_name" content="Late">'
    url = pages.page(place, OG + " " * 300_000 + late)
    assert _preview(ann, rid, url)["meta"] == {"ogTitle": "Title"}


def _page(body: bytes, kind: str = HTML["content-type"]) -> Json:
    return read(Answer(200, "http://a.example/", {"content-type": kind}, body)).meta


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<title>größe</title>".encode(), "text/html"),
        ("<title>größe</title>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<meta charset='windows-1252'><title>größe</title>".encode("cp1252"), "text/html"),
        ("<title>größe</title>".encode("cp1252"), "text/html"),
        ("<title>größe</title>".encode(), "text/html; charset=unicode_escape"),
    ],
)
def test_pages_are_read_in_their_own_encoding(body: bytes, kind: str) -> None:
    assert _page(body, kind)["pageTitle"] == "größe"


@pytest.mark.parametrize(
    "piece",
    [
        "<meta ",
        "<meta a='",
        '<meta "<',
        "<meta <",
        "<title>",
        "<link a=b",
        "<!--",
        "<meta content=x>",
    ],
)
def test_no_page_takes_long(piece: str) -> None:
    body = (piece * 250_000)[:250_000].encode()
    began = time.process_time()
    _page(body)
    assert time.process_time() - began < 2


def test_only_what_clients_show_is_kept_and_not_too_much_of_it() -> None:
    many = {f"ogX{n}": "x" * 500 for n in range(100)}
    kept = relevant({"ogImage": "javascript:alert(1)", "viewport": "x", "ogTitle": " T ", **many})
    assert kept["ogTitle"] == "T"
    assert "ogImage" not in kept
    assert "viewport" not in kept
    assert sum(map(len, kept.values())) <= 8000


def test_services_are_known_by_their_whole_host() -> None:
    assert endpoint_of("https://m.youtube.com/watch?v=1&t=2").startswith(
        "https://www.youtube.com/oembed?maxheight=200&format=json&url=https%3A%2F%2Fm.youtube"
    )
    for url in ("https://youtube.com.evil.example/x", "https://youtube.com/", "http://a.example/"):
        assert endpoint_of(url) == ""
