"""The one way to open a picture that somebody sent, whatever its bytes do to a decoder.

Pillow is imported with this module: import it where used.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image


class NoImageError(Exception):
    """The bytes are no picture of the formats that are taken, or one that is too large."""


def opened(body: bytes, formats: tuple[str, ...], most: int) -> Image.Image:
    """From the head of the file alone; `most` are the pixels that it may have.

    Formats that are not named are not tried. Raises `NoImageError`.
    """
    with guarded():
        # Pillow warns of images that are much larger than what is taken anywhere here.
        image = Image.open(io.BytesIO(body), formats=formats)
    if image.width * image.height > most:
        image.close()
        raise NoImageError("too many pixels")
    return image


@contextmanager
def guarded() -> Iterator[None]:
    """Decoders raise whatever a broken file leads them to: it becomes `NoImageError`."""
    try:
        yield
    except NoImageError:
        raise
    except Exception as error:  # noqa: BLE001
        raise NoImageError(str(error)) from None
