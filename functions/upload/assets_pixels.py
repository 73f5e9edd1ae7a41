"""The mark as pixels. Pillow is imported with this module: import it where used."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from functions.upload.assets_showing import MARK, SKY, TRAIL, WIDTH

FINER = 4
"""Times that it is drawn larger, for smooth edges."""
FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "ico": "ICO"}
ICONS = [(16, 16), (32, 32), (48, 48)]


def draw(size: tuple[int, int], extension: str) -> bytes:
    """On its ground; a wide one has the mark in its middle."""
    width, height = size[0] * FINER, size[1] * FINER
    image = Image.new("RGB", (width, height), SKY)
    pen, side = ImageDraw.Draw(image), min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    for start, end in MARK:
        points = [(left + x * side / 100, top + y * side / 100) for x, y in (start, end)]
        pen.line(points, TRAIL, round(WIDTH * side / 100))
    out = io.BytesIO()
    kind = FORMATS[extension]
    smooth = image.resize(size, Image.Resampling.LANCZOS)
    smooth.save(out, kind, **({"sizes": ICONS} if kind == "ICO" else {}))
    return out.getvalue()
