"""The pictures that a workspace is known by, and what each may be."""

from __future__ import annotations

from dataclasses import dataclass

LOGO = ("svg", "png", "jpg", "jpeg")
TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "ico": "image/x-icon",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """`size` are width and height in pixels, where it has to have them.

    A `drawn` one has a picture of ours until another is set.
    """

    extensions: tuple[str, ...]
    size: tuple[int, int] | None = None
    drawn: bool = True

    @property
    def extension(self) -> str:
        """Of the picture that is drawn."""
        return self.extensions[0]


def _png(width: int, height: int = 0) -> Asset:
    return Asset(("png",), (width, height or width))


ASSETS = {
    "logo": Asset(LOGO),
    "logo_dark": Asset(LOGO),
    "background": Asset(LOGO, drawn=False),
    "background_dark": Asset(LOGO, drawn=False),
    "favicon_ico": Asset(("ico",)),
    "favicon": Asset(("svg",)),
    "favicon_16": _png(16),
    "favicon_32": _png(32),
    "favicon_192": _png(192),
    "favicon_512": _png(512),
    "touchicon_180": _png(180),
    "touchicon_180_pre": _png(180),
    "tile_70": _png(70),
    "tile_144": _png(144),
    "tile_150": _png(150),
    "tile_310_square": _png(310),
    "tile_310_wide": _png(310, 150),
    "safari_pinned": Asset(("svg",)),
}
