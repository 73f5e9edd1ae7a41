"""The picture that someone has at the login service they come through: their first avatar."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.ddp import Ddp
from tests.support.logins import account, add_service, configure, log_in, opened
from tests.support.pages import Pages, Said, workspace_among
from tests.support.people import stored
from tests.support.pictures import SVG, bomb, fetch, picture, pixels, post_form
from tests.support.pictures import stored as blobs
from tests.support.provider import CLIENT, Provider, client_of
from tests.support.settings import setting
from tests.support.workspace import Json, Person, Workspace

HOST, PNG = "pictures.example.com", {"content-type": "image/png"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider([client_of(CLIENT, CLIENT)])
    yield made
    made.stop()


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def workspace(mongo_uri: str, provider: Provider, pages: Pages) -> Iterator[Workspace]:
    """It may reach the provider, and where pictures are."""
    made = workspace_among(mongo_uri, pages, provider.host)
    add_service(made, provider, CLIENT, avatar_field="picture")
    yield made
    made.stop()


def place(pages: Pages, name: str, body: bytes, **more: Any) -> str:
    """Where the picture is."""
    pages.says[f"{HOST}/{name}"] = Said(body, **{"headers": PNG, **more})
    return f"https://{HOST}/{name}"


def come(workspace: Workspace, provider: Provider, **claims: Any) -> Json:
    """A newcomer, as stored."""
    return opened(workspace, log_in(workspace, CLIENT, account(provider, **claims)))


def work(workspace: Workspace) -> None:
    workspace.runtime.rpc.handlers["upload"]({"schedule": "default-avatars"})


def shown(workspace: Workspace, user: Json) -> Any:
    return fetch(workspace.admin, workspace, f"/avatar/{user['username']}")


def test_a_newcomer_gets_the_picture_that_they_have_there(
    workspace: Workspace, provider: Provider, pages: Pages
) -> None:
    url = place(pages, "me.png", picture(size=(300, 240)))
    user = come(workspace, provider, picture=url)
    assert user["services"][CLIENT]["avatarUrl"] == url
    assert shown(workspace, user).headers["Content-Type"] == "image/svg+xml"
    assert pages.times(f"{HOST}/me.png") == 0, "nobody's login waits for it"
    work(workspace)
    answer = shown(workspace, user)
    assert (answer.headers["Content-Type"], pixels(answer.content).size) == (
        "image/png",
        (200, 200),
    )
    after = stored(workspace, user["_id"])
    assert after["avatarOrigin"] == CLIENT
    assert answer.headers["ETag"] == f'"{after["avatarETag"]}"'
    assert "portrait" not in after["_contrail"]
    work(workspace)
    assert pages.times(f"{HOST}/me.png") == 1


async def test_everyone_hears_of_it(workspace: Workspace, provider: Provider, pages: Pages) -> None:
    work(workspace)
    user = come(workspace, provider, picture=place(pages, "heard.png", picture()))
    other = workspace.person()
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.resume(other.token)
        await client.sub("stream-notify-logged", "updateAvatar", False)
        await asyncio.to_thread(work, workspace)
        (told,) = await client.event("stream-notify-logged", "updateAvatar")
        etag = stored(workspace, user["_id"])["avatarETag"]
        assert told == {"username": user["username"], "etag": etag}


@pytest.mark.parametrize(
    ("name", "body", "more"),
    [
        ("svg", SVG, {}),
        ("page", b"<html>", {"headers": {"content-type": "text/html"}}),
        ("bomb", bomb(), {}),
        ("large", picture() + bytes(2 * 1024 * 1024), {}),
        ("missing", b"", {"status": 404}),
        ("broken", b"", {"status": 500}),
    ],
)
def test_what_is_no_picture_leaves_the_letters_and_nothing_else(
    workspace: Workspace, provider: Provider, pages: Pages, name: str, body: bytes, more: Json
) -> None:
    files = blobs(workspace, "avatars")
    user = come(workspace, provider, picture=place(pages, name, body, **more))
    work(workspace)
    work(workspace)
    assert pages.times(f"{HOST}/{name}") == 1, "it is not tried for ever"
    assert "avatarOrigin" not in stored(workspace, user["_id"])
    assert shown(workspace, user).headers["Content-Type"] == "image/svg+xml"
    assert blobs(workspace, "avatars") == files


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/a.png", "http://169.254.169.254/a.png", "file:///etc/passwd", "x"]
)
def test_no_provider_has_us_look_into_our_own_network(
    workspace: Workspace, provider: Provider, url: str
) -> None:
    user = come(workspace, provider, picture=url)
    work(workspace)
    assert "avatarOrigin" not in stored(workspace, user["_id"])


def test_whoever_has_chosen_an_avatar_keeps_it(
    workspace: Workspace, provider: Provider, pages: Pages
) -> None:
    answer = log_in(
        workspace, CLIENT, account(provider, picture=place(pages, "late.png", picture()))
    )
    user = opened(workspace, answer)
    token = answer.json()["data"]["authToken"]
    person = Person(workspace, user["_id"], token, user["username"])
    post_form(person, "v1/users.setAvatar", {"image": picture("JPEG")})
    work(workspace)
    assert stored(workspace, user["_id"])["avatarOrigin"] == "rest"
    assert shown(workspace, user).headers["Content-Type"] == "image/jpeg"


def test_whoever_has_no_name_yet_gets_it_once_they_have_one(
    workspace: Workspace, provider: Provider, pages: Pages
) -> None:
    configure(workspace, CLIENT, username_field="")
    try:
        url = place(pages, "unnamed.png", picture())
        answer = log_in(workspace, CLIENT, account(provider, picture=url))
    finally:
        configure(workspace, CLIENT, username_field="preferred_username")
    user = opened(workspace, answer)
    assert "username" not in user
    work(workspace)
    assert "avatarOrigin" not in stored(workspace, user["_id"])
    users = workspace.database["users"]
    users.update_one({"_id": user["_id"]}, {"$set": {"username": f"n{user['_id'].lower()}"}})
    work(workspace)
    assert stored(workspace, user["_id"])["avatarOrigin"] == CLIENT


def test_the_workspace_says_whether(workspace: Workspace, provider: Provider, pages: Pages) -> None:
    with setting(workspace, "Accounts_SetDefaultAvatar", False):
        user = come(workspace, provider, picture=place(pages, "off.png", picture()))
    work(workspace)
    assert "avatarOrigin" not in stored(workspace, user["_id"])
    assert "portrait" not in user["_contrail"]


def test_the_picture_is_suggested_to_who_has_it_there(
    workspace: Workspace, provider: Provider, pages: Pages
) -> None:
    body = picture()
    url = place(pages, "suggested.png", body)
    answer = log_in(workspace, CLIENT, account(provider, picture=url)).json()["data"]
    headers = {"X-User-Id": answer["userId"], "X-Auth-Token": answer["authToken"]}
    found = workspace.http("GET", "v1/users.getAvatarSuggestion", headers=headers).json()
    suggested = found["suggestions"][CLIENT]
    assert (suggested["service"], suggested["url"]) == (CLIENT, url)
    assert suggested["contentType"] == "image/png"
    assert suggested["blob"].startswith("data:image/png;base64,iVBOR")
