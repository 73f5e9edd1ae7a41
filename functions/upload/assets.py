"""Setting and unsetting a workspace's assets. What clients are told of one is a setting."""

from __future__ import annotations

import re

from pydantic import Field

from contrail.domain.instance import Instance
from contrail.domain.settings import change
from contrail.shapes.caller import Caller
from contrail.shapes.errors import ChatError
from contrail.shapes.inputs import Input, Multipart
from contrail.shapes.rows import Document
from functions.upload.assets_known import ASSETS, TYPES, Asset
from functions.upload.emoji import binary
from functions.upload.keeping import drop, keeping, refuse_large
from functions.upload.multipart import read

KIND = "assets"
WHERE = {"function": "RocketChat.Assets.setAsset"}
SVG_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:(?:<\?xml[^>]*>|<!DOCTYPE[^>\[]*>|<!--(?:(?!-->).)*-->)\s*)*<svg[\s>]",
    re.DOTALL,
)
ICON = b"\0\0\1\0"


class AssetForm(Multipart):
    """`asset` is the file, `assetName` what it is for, otherwise the file's name says it."""


class OneAsset(Input):
    """`refreshAllClients` is accepted: clients hear of the setting anyway."""

    assetName: str
    refreshAllClients: bool | None = None


class Setting(Input):
    binaryContent: str | bytes
    contentType: str
    asset: str = Field(max_length=64)


class Unsetting(Input):
    asset: str = Field(max_length=64)


def set_form(caller: Caller, given: AssetForm, at: Instance) -> None:
    _refuse(caller, at, "setAsset")
    form = read(given, wanted="asset")
    _set(at, caller, form.fields.get("assetName") or form.name, form.body, form.type)


def set_method(caller: Caller, given: Setting, at: Instance) -> None:
    _refuse(caller, at, "setAsset")
    _set(at, caller, given.asset, binary(given.binaryContent), given.contentType)


def unset_rest(caller: Caller, which: OneAsset, at: Instance) -> None:
    unset(caller, Unsetting(asset=which.assetName[:64]), at)


def unset(caller: Caller, which: Unsetting, at: Instance) -> None:
    _refuse(caller, at, "unsetAsset")
    name = which.asset
    asset = _known(name, "RocketChat.Assets.unsetAsset")
    _change(at, caller, name, default(name, asset))
    drop(at, KIND, at.store.assets.take(name))


def default(name: str, asset: Asset) -> dict[str, str]:
    """The value of the setting until something is set."""
    return {"defaultUrl": f"assets/{name}.{asset.extension}"} if asset.drawn else {}


def _set(at: Instance, caller: Caller, name: str, body: bytes, said: str) -> None:
    asset = _known(name, WHERE["function"])
    refuse_large(at, body)
    extension = _extension(asset, body, said)
    kind = TYPES[extension]
    with keeping(at, KIND, body, kind) as file:
        fields = {"file": file, "type": kind, "extension": extension, "at": at.now()}
        before = at.store.assets.put(name, fields)
    drop(at, KIND, before)
    _change(at, caller, name, {"url": f"assets/{name}.{extension}", **default(name, asset)})


def _change(at: Instance, caller: Caller, name: str, value: dict[str, str]) -> None:
    key = f"Assets_{name}"
    rows = {row["_id"]: row for row in at.store.settings.by_ids([key])}
    if key in rows:
        change(at, caller, rows, {key: {"value": value}})


def _extension(asset: Asset, body: bytes, said: str) -> str:
    """What the bytes are, one of those that the asset may be. Raises for what is not as it must."""
    extension, size = _inspected(body)
    if extension not in asset.extensions:
        reason = f"Invalid file type: {said[:100]}"
        raise ChatError("error-invalid-file-type", reason, WHERE)
    if asset.size:
        for name, wanted, found in zip(("width", "height"), asset.size, size, strict=True):
            if wanted != found:
                raise ChatError(f"error-invalid-file-{name}", f"Invalid file {name}", WHERE)
    return extension


def _inspected(body: bytes) -> tuple[str, tuple[int, int]]:
    """An extension, empty for what no asset is, and width and height of pictures of pixels."""
    from functions.upload.avatars_pixels import NoPictureError, inspect  # noqa: PLC0415

    if SVG_ROOT.match(body[:4096]):
        return "svg", (0, 0)
    if body.startswith(ICON):
        return "ico", (0, 0)
    try:
        facts = inspect(body)
    except NoPictureError:
        return "", (0, 0)
    return facts.extension, (facts.width, facts.height)


def _known(name: str, function: str) -> Asset:
    asset = ASSETS.get(name)
    if asset is None:
        raise ChatError("error-invalid-asset", "Invalid asset", {"function": function})
    return asset


def _refuse(caller: Caller, at: Instance, method: str) -> None:
    if not at.allows(caller, "manage-assets"):
        details: Document = {"method": method, "action": "Managing_assets"}
        raise ChatError("error-action-not-allowed", "Managing assets not allowed", details)
