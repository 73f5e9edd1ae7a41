"""What is done with images of messages. Pillow is imported with this module: import it where used.

What an image says of itself is not believed: its format is the one that its bytes have.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from functions.upload.opening import NoImageError, guarded, opened

TYPES = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/jpg": "JPEG",
    "image/pjpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/x-ms-bmp": "BMP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}
KEPT = ("PNG", "JPEG", "WEBP")
"""Formats that a thumbnail has if the image does; of others it is a PNG."""
MOST_PIXELS = 50_000_000
"""Of an image that clients are told to show."""
BUDGET = 36_000_000
"""Bytes of memory that decoding an image may take. A JPEG is decoded smaller than it is."""
PER_PIXEL = {"JPEG": 4, "PNG": 4, "BMP": 4, "GIF": 6, "TIFF": 8, "WEBP": 15, "AVIF": 15}
"""Bytes that decoders need, by what they were seen to take."""
PREVIEW = 32
ORIENTATION = 0x0112
ORIENTED = ("JPEG", "WEBP", "TIFF")
TURNED = (5, 6, 7, 8)
PLAIN = ("RGB", "RGBA", "L")
"""Modes whose pixels can be averaged."""


@dataclass(frozen=True, slots=True)
class Size:
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Facts:
    """`format` in small letters; `size` as it is shown; an `upright` one needs no turning."""

    format: str
    size: Size
    upright: bool


@dataclass(frozen=True, slots=True)
class Thumbnail:
    body: bytes
    type: str
    size: Size


def examine(body: bytes, kind: str) -> Facts:
    """From the head of the file alone. Raises `NoImageError`."""
    with _opened(body, kind) as image:
        turned = _orientation(image) in TURNED
        width, height = image.size
        size = Size(height, width) if turned else Size(width, height)
        return Facts(str(image.format).lower(), size, _orientation(image) == 1)


def orientation(body: bytes, kind: str) -> int:
    """EXIF's number for it, 1 where nothing is to be turned. Raises `NoImageError`."""
    with _opened(body, kind) as image:
        return _orientation(image)


def thumbnail(body: bytes, kind: str, most: Size, *, turn: bool) -> Thumbnail | None:
    """No larger than `most`; None for an image that is no larger itself. Raises `NoImageError`."""
    with _opened(body, kind) as image:
        if image.width <= most.width and image.height <= most.height:
            return None
        form = image.format if image.format in KEPT else "PNG"
        small = _shrunk(image, most, turn=turn)
    return Thumbnail(_written(small, str(form)), f"image/{str(form).lower()}", Size(*small.size))


def preview(body: bytes, kind: str, *, turn: bool) -> str:
    """A JPEG of a few pixels, in base64: shown until the image is there. Raises `NoImageError`."""
    with _opened(body, kind) as image:
        small = _shrunk(image, Size(PREVIEW, PREVIEW), turn=turn)
    return base64.b64encode(_written(small, "JPEG")).decode()


def _opened(body: bytes, kind: str) -> Image.Image:
    form = TYPES.get(kind)
    if form is None:
        raise NoImageError("no type that is known here")
    return opened(body, (form,), MOST_PIXELS)


def _shrunk(image: Image.Image, most: Size, *, turn: bool) -> Image.Image:
    with guarded():
        image.draft("RGB", (most.width, most.height))
        if image.width * image.height * PER_PIXEL[str(image.format)] > BUDGET:
            raise NoImageError("too many pixels to decode")
        small = image
        if image.mode not in PLAIN:
            small = image.convert("RGBA" if image.has_transparency_data else "RGB")
        small.thumbnail((most.width, most.height))
        if turn and image.format in ORIENTED:
            small = ImageOps.exif_transpose(small)
            # Turned, it may have become higher than it may be.
            small.thumbnail((most.width, most.height))
        return small.convert("RGBA" if small.has_transparency_data else "RGB")


def _written(image: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    if form == "JPEG":
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
        flat.save(out, form, quality=85)
    else:
        image.save(out, form)
    return out.getvalue()


def _orientation(image: Image.Image) -> int:
    """Of formats that tell it without being decoded."""
    if image.format not in ORIENTED:
        return 1
    try:
        with guarded():
            return int(image.getexif().get(ORIENTATION, 1) or 1)
    except NoImageError:
        return 1
