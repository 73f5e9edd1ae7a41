"""What messages show of the pages that they link to, found out after they were sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.pages import HTML, Pages, Said, workspace_among
from tests.support.scene import fresh, invoke
from tests.support.settings import setting
from tests.support.talking import got, sent, stored
from tests.support.workspace import Json, Person, Workspace

OG = (
    '<title>A &amp; B</title><meta property="og:title" content="Title">'
    "<meta content='Some \"words\"' property='og:description'>"
    '<meta property="og:image:width" content="30"><meta name="viewport" content="wide">'
)
CACHE = "rocketchat_oembed_cache"


@pytest.fixture(scope="module")
def wired(mongo_uri: str, pages: Pages) -> Iterator[Workspace]:
    made = workspace_among(mongo_uri, pages)
    yield made
    made.stop()


def _place() -> str:
    return f"{fresh('p')}.example/page"


def _seen(workspace: Workspace, person: Person, text: str, **more: object) -> Json:
    """A message with its links as they are once all was looked at."""
    rid = workspace.channel(person)["_id"]
    given = {"message": {"rid": rid, "msg": text}, **more}
    mid = person.ok("POST", "v1/chat.sendMessage", given)["message"]["_id"]
    workspace.settle()
    return got(person, mid)


async def test_a_message_comes_again_with_what_its_page_says_of_itself(
    wired: Workspace, pages: Pages
) -> None:
    url = f"{pages.page(_place(), OG)}?a=b#c"
    ann = wired.person()
    rid = wired.channel(ann)["_id"]
    async with Ddp(wired.ws_url) as client:
        await client.connect()
        await client.resume(ann.token)
        await client.sub("stream-room-messages", rid, False)
        answered = sent(ann, rid, f"see {url} please")
        [[first], [again]] = await client.until_events("stream-room-messages", rid, 2)
    assert answered["urls"] == first["urls"] == [{"url": url, "meta": {}}]
    assert again["_id"] == answered["_id"]
    assert again["msg"] == answered["msg"]
    assert "editedAt" not in again
    host = url.removeprefix("http://").partition("/")[0]
    meta = {"pageTitle": "A & B", "ogTitle": "Title", "ogDescription": 'Some "words"'}
    assert again["urls"] == [
        {
            "url": url,
            "meta": {**meta, "ogImageWidth": "30"},
            "headers": {"contentType": HTML["content-type"], "contentLength": "243"},
            "parsedUrl": {
                "host": host,
                "hostname": host,
                "port": None,
                "protocol": "http:",
                "pathname": "/page",
                "hash": "#c",
                "query": "a=b",
                "search": "?a=b",
            },
        }
    ]
    assert got(ann, answered["_id"])["urls"] == again["urls"]
    room = ann.ok("GET", "v1/rooms.info", {"roomId": rid})["room"]
    assert room["lastMessage"]["urls"] == again["urls"]


def test_the_page_is_asked_for_as_the_settings_say(wired: Workspace, pages: Pages) -> None:
    url = pages.page(place := _place(), OG)
    with setting(wired, "API_Embed_UserAgent", "Looker/1.0"):
        _seen(wired, wired.person(), url)
    (asked,) = [one for one in pages.asked if one.host + one.path == place]
    assert asked.headers["user-agent"] == "Looker/1.0 Rocket.Chat/6.12.0"
    assert asked.headers["accept-language"] == "en"
    assert "authorization" not in asked.headers


def test_oembed_has_an_iframe_with_style_max_width(wired: Workspace, pages: Pages) -> None:
    told = {"html": '<iframe width="1"></iframe>', "title": "Film", "width": 200, "type": "video"}
    pages.says["www.youtube.com/oembed"] = Said(told, headers={"content-type": "application/json"})
    url = f"https://www.youtube.com/watch?v={random_id()}"
    meta = _seen(wired, wired.person(), url)["urls"][0]["meta"]
    style = 'style="max-width: 100%;width:400px;height:225px"'
    assert meta == {
        "oembedHtml": f'<iframe {style} width="1"></iframe>',
        "oembedTitle": "Film",
        "oembedType": "video",
        "oembedUrl": url,
    }
    assert pages.asked[-1].query["url"] == url


def test_an_image_is_known_by_its_headers(wired: Workspace, pages: Pages) -> None:
    place = _place()
    pages.says[place] = Said(b"\x89PNG" + b"x" * 400_000, headers={"content-type": "image/png"})
    (url,) = _seen(wired, wired.person(), f"http://{place}")["urls"]
    assert url["headers"] == {"contentType": "image/png", "contentLength": "400004"}
    assert url["meta"] == {}


@pytest.mark.parametrize("previews", [[], ["http://other.example/"]])
def test_only_links_that_the_sender_names_are_looked_at(
    wired: Workspace, pages: Pages, previews: list[str]
) -> None:
    url = pages.page(place := _place(), OG)
    message = _seen(wired, wired.person(), url, previewUrls=previews)
    assert message["urls"] == [{"url": url, "meta": {}, "ignoreParse": True}]
    assert pages.times(place) == 0


def test_no_previews_where_a_message_has_more_than_five_links(
    wired: Workspace, pages: Pages
) -> None:
    places = [_place() for _ in range(6)]
    urls = [pages.page(place, OG) for place in places]
    ann = wired.person()
    assert [one["meta"] for one in _seen(wired, ann, " ".join(urls))["urls"]] == [{}] * 6
    assert not any(map(pages.times, places))
    five = _seen(wired, ann, " ".join(urls[1:]))["urls"]
    assert [one["meta"]["ogTitle"] for one in five] == ["Title"] * 5


def test_no_previews_beside_attachments(wired: Workspace, pages: Pages) -> None:
    ann, place = wired.person(), _place()
    rid = wired.channel(ann)["_id"]
    said = sent(ann, rid, pages.page(place, OG), attachments=[{"text": "x"}])
    wired.settle()
    assert got(ann, said["_id"])["urls"][0]["meta"] == {}
    assert pages.times(place) == 0


def test_an_edit_has_its_new_links_looked_at_and_keeps_what_is_known(
    wired: Workspace, pages: Pages
) -> None:
    ann, first, second = wired.person(), _place(), _place()
    message = _seen(wired, ann, pages.page(first, OG))
    text = f"http://{first} {pages.page(second, OG.replace('Title', 'Other'))}"
    given = {"roomId": message["rid"], "msgId": message["_id"], "text": text}
    ann.ok("POST", "v1/chat.update", given)
    wired.settle()
    titles = [one["meta"]["ogTitle"] for one in got(ann, message["_id"])["urls"]]
    assert titles == ["Title", "Other"]
    assert pages.times(first) == 1, "it was kept"


def test_other_changes_of_a_message_have_nothing_looked_at(wired: Workspace, pages: Pages) -> None:
    ann, place = wired.person(), _place()
    pages.says[place] = Said(status=500)
    message = _seen(wired, ann, f"http://{place}")
    assert message["urls"] == [{"url": f"http://{place}", "meta": {}}]
    ann.ok("POST", "v1/chat.react", {"messageId": message["_id"], "emoji": "smile"})
    wired.settle()
    assert pages.times(place) == 1


def test_a_page_is_looked_at_once_until_what_is_kept_of_it_is_old(
    wired: Workspace, pages: Pages
) -> None:
    ann, place = wired.person(), _place()
    url = pages.page(place, OG)
    _seen(wired, ann, url)
    cache = wired.database[CACHE]
    row = cache.find_one({"_id": url}) or {}
    assert set(row) == {"_id", "data", "updatedAt"}
    assert set(row["data"]) == {"url", "meta", "headers"}
    assert _seen(wired, ann, url)["urls"][0]["meta"]["ogTitle"] == "Title"
    assert pages.times(place) == 1
    old = {"updatedAt": row["updatedAt"] - timedelta(days=31)}
    cache.update_one({"_id": url}, {"$set": old})
    _seen(wired, ann, url)
    assert pages.times(place) == 2
    cache.update_one({"_id": url}, {"$set": old})
    told = invoke(wired, wired.admin, "OEmbedCacheCleanup", [])
    assert told["result"] == {"message": "cache_cleared"}
    assert cache.count_documents({"_id": url}) == 0


def test_nothing_is_looked_at_where_previews_are_off(wired: Workspace, pages: Pages) -> None:
    ann, place = wired.person(), _place()
    url = pages.page(place, OG)
    with setting(wired, "API_Embed", False):
        message = _seen(wired, ann, url)
        given = {"roomId": message["rid"], "url": url}
        preview = ann.ok("GET", "v1/chat.getURLPreview", given)["urlPreview"]
    assert preview == {"url": url, "meta": {}, "ignoreParse": True}
    assert message["urls"][0]["meta"] == {}
    assert pages.times(place) == 0


def test_a_message_deleted_meanwhile_stays_deleted(wired: Workspace, pages: Pages) -> None:
    ann, place = wired.person(), _place()
    rid = wired.channel(ann)["_id"]
    mid = random_id()

    def deleting(_: object) -> Said:
        ann.ok("POST", "v1/chat.delete", {"roomId": rid, "msgId": mid})
        return Said(OG, headers=HTML)

    pages.says[place] = deleting
    sent(ann, rid, f"http://{place}", _id=mid)
    wired.settle()
    assert stored(wired, mid) is None
    assert pages.times(place) == 1


def test_a_message_edited_meanwhile_keeps_what_it_says_now(wired: Workspace, pages: Pages) -> None:
    ann, place, other = wired.person(), _place(), _place()
    rid, mid = wired.channel(ann)["_id"], random_id()
    pages.page(other, OG.replace("Title", "Other"))

    def editing(_: object) -> Said:
        given = {"roomId": rid, "msgId": mid, "text": f"http://{other}"}
        ann.ok("POST", "v1/chat.update", given)
        return Said(OG, headers=HTML)

    pages.says[place] = editing
    sent(ann, rid, f"http://{place}", _id=mid)
    wired.settle()
    (url,) = got(ann, mid)["urls"]
    assert (url["url"], url["meta"]["ogTitle"]) == (f"http://{other}", "Other")


def test_url_preview_for_a_message_not_sent_yet(wired: Workspace, pages: Pages) -> None:
    ann, bob = wired.person(), wired.person()
    url = pages.page(_place(), OG)
    rid = ann.ok("POST", "v1/groups.create", {"name": fresh("p")})["group"]["_id"]
    preview = ann.ok("GET", "v1/chat.getURLPreview", {"roomId": rid, "url": url})["urlPreview"]
    assert (preview["url"], preview["ignoreParse"]) == (url, True)
    assert preview["meta"]["ogTitle"] == "Title"
    assert preview["headers"]["contentType"] == HTML["content-type"]
    refused = bob.get("v1/chat.getURLPreview", roomId=rid, url=url)
    assert (refused.status_code, refused.json()["errorType"]) == (400, "error-not-allowed")
    for given, missing in (({"url": url}, "roomId"), ({"roomId": rid}, "url")):
        answer = ann.get("v1/chat.getURLPreview", **given)
        assert answer.status_code == 400
        text = f"must have required property '{missing}' [invalid-params]"
        assert answer.json() == {"success": False, "error": text, "errorType": "invalid-params"}
