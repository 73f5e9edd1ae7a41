"""`/assets/...`: what was set, otherwise what is drawn here."""

from __future__ import annotations

from contrail.domain.instance import Instance
from contrail.ports.blobs import Key
from contrail.shapes.caller import Caller
from contrail.shapes.inputs import Visited
from contrail.shapes.reply import Reply
from functions.upload.assets import KIND
from functions.upload.assets_known import ASSETS, TYPES, Asset
from functions.upload.pictures import (
    ANYWHERE,
    FRESH,
    NEVER_CHANGED,
    SVG,
    Picture,
    refused,
    show,
)

HEADERS = {**FRESH, **ANYWHERE}
BUCKET = "assets"
SKY, TRAIL = "#10529E", "#ffffff"
MARK = (((20, 78), (72, 26)), ((30, 84), (84, 30)))
"""Two trails in a square of 100: from, to."""
WIDTH = 8


class File(Visited):
    file: str


def serve(caller: Caller, asked: File, at: Instance) -> Reply:
    name, _, extension = asked.file.partition(".")
    asset = ASSETS.get(name)
    if asset is None:
        return refused(404, "Not found")
    if extension and extension not in asset.extensions:
        return refused(403, "Forbidden")
    found = _stored(at, name) or _drawn(asset, extension or asset.extension)
    return show(asked, found) if found else refused(404, "Not found")


def mark(*, dark: bool = False) -> str:
    """The mark as SVG, in one colour without a ground where it is to be `dark`."""
    color = "#000000" if dark else TRAIL
    ground = "" if dark else f'<rect width="100" height="100" rx="22" fill="{SKY}"/>'
    lines = "".join(
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>' for (x1, y1), (x2, y2) in MARK
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'{ground}<g stroke="{color}" stroke-width="{WIDTH}" stroke-linecap="round">{lines}</g>'
        "</svg>"
    )


def _stored(at: Instance, name: str) -> Picture | None:
    asset = at.store.assets.by_name(name)
    if asset is not None:
        found = at.blobs.get(Key(KIND, asset["file"]))
        known = found and Picture(found[1], asset["type"], asset["at"], headers=HEADERS)
        return known or None
    value = at.setting(f"Assets_{name}")
    url = str(value.get("url") or "") if isinstance(value, dict) else ""
    kind = TYPES.get(url.rpartition(".")[2], "")
    entry = at.store.grid.find(BUCKET, {"filename": name}) if kind else None
    body = at.store.grid.read(BUCKET, {"filename": name}) if entry else None
    if entry is None or body is None:
        return None
    return Picture(body, kind, entry.get("uploadDate") or NEVER_CHANGED, headers=HEADERS)


def _drawn(asset: Asset, extension: str) -> Picture | None:
    if not asset.drawn:
        return None
    if extension == "svg":
        pinned = asset.extensions == ("svg",) and asset is ASSETS["safari_pinned"]
        return Picture(mark(dark=pinned), SVG, NEVER_CHANGED, headers=HEADERS)
    from functions.upload.assets_pixels import draw  # noqa: PLC0415 - Pillow takes its time

    body = draw(asset.size or (512, 512), extension)
    return Picture(body, TYPES[extension], NEVER_CHANGED, headers=HEADERS)
