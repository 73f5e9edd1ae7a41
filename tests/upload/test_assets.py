"""The pictures that a workspace is known by."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from functions.upload.assets_known import ASSETS
from tests.support.ddp import Ddp
from tests.support.pictures import SVG, bomb, fetch, imported, picture, pixels, post_form, stored
from tests.support.scene import invoke
from tests.support.settings import value_of
from tests.support.workspace import Json, Workspace

SET, UNSET = "v1/assets.setAsset", "v1/assets.unsetAsset"
DRAWN = sorted((name, end) for name, one in ASSETS.items() if one.drawn for end in one.extensions)


def set_asset(workspace: Workspace, name: str, body: bytes, kind: str = "image/png") -> Any:
    files = {"asset": ("a.png", body, kind)}
    return post_form(workspace.admin, SET, files, {"assetName": name})


def show(workspace: Workspace, file: str, **headers: str) -> Any:
    return fetch(None, workspace, f"/assets/{file}", **headers)


def public(workspace: Workspace, name: str) -> Json:
    query = {"_id": f"Assets_{name}"}
    rows = workspace.http("GET", "v1/settings.public", params=query).json()["settings"]
    value: Json = next(row["value"] for row in rows if row["_id"] == query["_id"])
    return value


@pytest.mark.parametrize(("name", "extension"), DRAWN)
def test_until_one_is_set_a_picture_of_ours_is_shown(
    workspace: Workspace, name: str, extension: str
) -> None:
    answer = show(workspace, f"{name}.{extension}")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    if extension == "svg":
        assert answer.headers["Content-Type"] == "image/svg+xml"
        assert ET.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"
        return
    image = pixels(answer.content)
    assert image.size == (ASSETS[name].size or image.size)
    assert len(image.convert("RGB").getcolors(1 << 20) or []) > 2
    kinds = {"PNG": "image/png", "JPEG": "image/jpeg", "ICO": "image/x-icon"}
    assert answer.headers["Content-Type"] == kinds[str(image.format)]


def test_every_asset_has_a_public_setting_that_says_where_it_is(workspace: Workspace) -> None:
    for name, asset in ASSETS.items():
        row = workspace.database["rocketchat_settings"].find_one({"_id": f"Assets_{name}"})
        assert row is not None
        assert (row["type"], row["public"], row["asset"]) == ("asset", True, name)
        assert tuple(row["fileConstraints"]["extensions"]) == asset.extensions
        where = row["value"].get("defaultUrl")
        assert bool(where) == asset.drawn
        if where:
            assert fetch(None, workspace, f"/{where}").status_code == 200


def test_should_set_and_unset_the_logo_asset(workspace: Workspace) -> None:
    body, files = picture(), stored(workspace, "assets")
    answer = set_asset(workspace, "logo", body)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    default = {"defaultUrl": "assets/logo.svg"}
    assert public(workspace, "logo") == {"url": "assets/logo.png", **default}
    shown = show(workspace, "logo.png")
    assert (shown.content, shown.headers["Content-Type"]) == (body, "image/png")
    assert shown.headers["Cache-Control"] == "public, max-age=0"
    again = show(workspace, "logo.png", **{"If-Modified-Since": shown.headers["Last-Modified"]})
    assert again.status_code == 304
    set_asset(workspace, "logo", picture(color="#0000ff"))
    assert len(stored(workspace, "assets") - files) == 1
    workspace.admin.ok("POST", UNSET, {"assetName": "logo", "refreshAllClients": True})
    assert public(workspace, "logo") == default
    assert stored(workspace, "assets") == files
    assert show(workspace, "logo.svg").headers["Content-Type"] == "image/svg+xml"


def test_the_name_of_the_file_may_say_which_asset_it_is(workspace: Workspace) -> None:
    files = {"asset": ("background", picture("JPEG"), "image/jpeg")}
    assert post_form(workspace.admin, SET, files).status_code == 200
    assert show(workspace, "background.jpg").headers["Content-Type"] == "image/jpeg"
    workspace.admin.ok("POST", UNSET, {"assetName": "background"})
    assert show(workspace, "background.jpg").status_code == 404


def test_an_invalid_asset_is_refused(workspace: Workspace) -> None:
    for answer in (
        set_asset(workspace, "invalidAsset", picture()),
        workspace.admin.post(UNSET, {"assetName": "invalidAsset"}),
    ):
        assert (answer.status_code, answer.json()["errorType"]) == (400, "error-invalid-asset")
    answer = post_form(workspace.admin, SET, {}, {"assetName": "logo"})
    assert answer.json()["error"] == "[No file uploaded]"


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("logo", b"<html>", "error-invalid-file-type"),
        ("logo", picture("GIF"), "error-invalid-file-type"),
        ("logo", bomb(), "error-invalid-file-type"),
        ("favicon", picture(), "error-invalid-file-type"),
        ("favicon_ico", picture(), "error-invalid-file-type"),
        ("favicon_16", SVG, "error-invalid-file-type"),
        ("favicon_16", picture(size=(16, 17)), "error-invalid-file-height"),
        ("favicon_16", picture(size=(17, 16)), "error-invalid-file-width"),
    ],
)
def test_an_asset_is_a_picture_as_it_has_to_be(
    workspace: Workspace, name: str, body: bytes, code: str
) -> None:
    files, before = stored(workspace, "assets"), value_of(workspace, f"Assets_{name}")
    answer = set_asset(workspace, name, body)
    assert (answer.status_code, answer.json()["errorType"]) == (400, code)
    assert (stored(workspace, "assets"), value_of(workspace, f"Assets_{name}")) == (files, before)


def test_nothing_in_an_svg_runs_in_a_browser(workspace: Workspace) -> None:
    body = b'<?xml version="1.0"?>\n<!-- x -->\n' + SVG
    assert set_asset(workspace, "safari_pinned", body, "image/svg+xml").status_code == 200
    shown = show(workspace, "safari_pinned.svg")
    assert (shown.content, shown.headers["Content-Type"]) == (body, "image/svg+xml")
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    workspace.admin.ok("POST", UNSET, {"assetName": "safari_pinned"})


def test_an_asset_is_shown_under_its_own_extensions_alone(workspace: Workspace) -> None:
    assert show(workspace, "favicon_16.svg").status_code == 403
    assert show(workspace, "logo.html").status_code == 403
    assert show(workspace, "nothing.png").status_code == 404
    assert show(workspace, "logo").status_code == 200


def test_over_ddp_an_asset_is_set_and_unset(workspace: Workspace) -> None:
    body = picture(size=(16, 16))
    for content in (body, body.decode("latin-1")):
        params = [content, "image/png", "favicon_16"]
        assert invoke(workspace, workspace.admin, "setAsset", params) == {}
        assert show(workspace, "favicon_16.png").content == body
    assert invoke(workspace, workspace.admin, "unsetAsset", ["favicon_16"]) == {}
    assert show(workspace, "favicon_16.png").content != body


async def test_everyone_hears_of_a_new_asset(workspace: Workspace) -> None:
    async with Ddp(workspace.ws_url) as client:
        await client.connect()
        await client.sub("stream-notify-all", "public-settings-changed", False)
        await asyncio.to_thread(set_asset, workspace, "logo_dark", picture())
        told = await client.event("stream-notify-all", "public-settings-changed")
        assert (told[0], told[1]["_id"]) == ("updated", "Assets_logo_dark")
        assert told[1]["value"]["url"] == "assets/logo_dark.png"
        body = {"assetName": "logo_dark"}
        await asyncio.to_thread(workspace.admin.ok, "POST", UNSET, body)


def test_assets_of_an_imported_workspace_are_shown(workspace: Workspace) -> None:
    body = picture(size=(70, 70))
    imported(workspace, "assets", "tile_70", body)
    assert show(workspace, "tile_70.png").content != body
    value = {"url": "assets/tile_70.png", **public(workspace, "tile_70")}
    workspace.admin.ok("POST", "v1/settings/Assets_tile_70", {"value": value})
    assert show(workspace, "tile_70.png").content == body
    workspace.admin.ok("POST", UNSET, {"assetName": "tile_70"})
