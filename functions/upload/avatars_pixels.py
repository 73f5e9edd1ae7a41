"""Pictures as pixels. Pillow is imported with this module, so it is imported where it is used."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps

from contrail.shapes.errors import ChatError
from functions.upload.avatars_letters import Letters
from functions.upload.opening import NoImageError, guarded, opened

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
MOST_PIXELS = 16_000_000
"""Of one frame: as pixels it takes 64 MB."""
MOST_FRAMES = 500
QUALITY = 90


class NoPictureError(ChatError):
    """The bytes are no picture that is taken here."""

    def __init__(self) -> None:
        super().__init__("error-invalid-image", "The image is not valid")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the bytes themselves say, whatever was said of them."""

    type: str
    width: int
    height: int

    @property
    def extension(self) -> str:
        return EXTENSIONS[self.type]


def inspect(body: bytes) -> Facts:
    """Read every frame of a picture, within bounds. Raises `NoPictureError`."""
    with _refusing(), opened(body, tuple(FORMATS), MOST_PIXELS) as image:
        found = Facts(FORMATS[str(image.format)], image.width, image.height)
        frames = getattr(image, "n_frames", 1)
        if frames > MOST_FRAMES or frames * image.width * image.height > MOST_PIXELS * 4:
            raise NoImageError("too many frames")
        for frame in range(frames):
            image.seek(frame)
            image.load()
    return found


def squared(body: bytes, side: int | None) -> tuple[bytes, str]:
    """A still picture made anew from the pixels of the first frame: `(bytes, media type)`.

    The right way up and without what else was in the file: places, comments, hidden documents.
    With a `side` it is a square of that size: cut to it, or where it is transparent, fitted into
    it. Raises `NoPictureError`.
    """
    with _refusing(), opened(body, tuple(FORMATS), MOST_PIXELS) as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
        clear = upright.has_transparency_data
        still = upright.convert("RGBA" if clear else "RGB")
        if side:
            size = (side, side)
            still = ImageOps.pad(still, size) if clear else ImageOps.fit(still, size)
        lossless = clear or image.format in ("PNG", "GIF")
    return _written(still, "image/png" if lossless else "image/jpeg")


def draw(letters: Letters, side: int, kind: str) -> bytes:
    """Letters as pixels."""
    image = Image.new("RGB", (side, side), letters.color)
    font = ImageFont.load_default(letters.font_size(side))
    middle = (side / 2, side / 2)
    ImageDraw.Draw(image).text(middle, letters.text, "#ffffff", font, anchor="mm")
    return _written(image, kind)[0]


@contextmanager
def _refusing() -> Iterator[None]:
    """Raises `NoPictureError` for what is no picture."""
    try:
        with guarded():
            yield
    except NoImageError as error:
        raise NoPictureError from error


def _written(image: Image.Image, kind: str) -> tuple[bytes, str]:
    out = io.BytesIO()
    if kind == "image/png":
        image.save(out, "PNG", optimize=True)
    else:
        image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), kind
