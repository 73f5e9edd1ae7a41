"""Taking out of images what cameras and programs write into them: places, times, names.

The pixels stay as they are, bit by bit; which side is up is all that is kept.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from PIL import Image

from functions.upload import images, opening

PNG, TEXTS = b"\x89PNG\r\n\x1a\n", (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME")
JPEG, APP1, APP13, COMMENT, SCAN = b"\xff\xd8", 0xE1, 0xED, 0xFE, 0xDA
WEBP_TEXTS, WEBP_FLAGS = (b"EXIF", b"XMP "), 0x08 | 0x04
BARE = (0x01, *range(0xD0, 0xDA))
"""Markers of JPEG without a length."""


def stripped(body: bytes, kind: str) -> bytes:
    """The image without them; as it is where its format is another, or is broken."""
    try:
        if body.startswith(PNG):
            return PNG + b"".join(part for name, part in _png(body) if name not in TEXTS)
        if body.startswith(JPEG):
            return _jpeg(body, kind)
        if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
            return _webp(body)
    except (struct.error, IndexError):
        pass
    return body


def _png(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(body):
        (length,) = struct.unpack_from(">I", body, at)
        yield body[at + 4 : at + 8], body[at : at + 12 + length]
        at += 12 + length


def _jpeg(body: bytes, kind: str) -> bytes:
    kept, at = [JPEG], 2
    turned = _orientation(body, kind)
    if turned:
        kept.append(b"\xff\xe1" + struct.pack(">H", len(turned) + 2) + turned)
    while body[at] == 0xFF:
        marker = body[at + 1]
        if marker == SCAN:
            break
        if marker == 0xFF or marker in BARE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", body, at + 2)
        if marker not in (APP1, APP13, COMMENT):
            kept.append(body[at : at + 2 + length])
        at += 2 + length
    return b"".join((*kept, body[at:]))


def _orientation(body: bytes, kind: str) -> bytes:
    """A block of EXIF that says it alone; empty for an image that is upright."""
    try:
        if images.examine(body, kind).upright:
            return b""
    except opening.NoImageError:
        return b""
    kept = Image.Exif()
    kept[images.ORIENTATION] = images.orientation(body, kind)
    return kept.tobytes()


def _webp(body: bytes) -> bytes:
    parts, at = [], 12
    while at + 8 <= len(body):
        name, (length,) = body[at : at + 4], struct.unpack_from("<I", body, at + 4)
        whole = body[at : at + 8 + length + length % 2]
        if name == b"VP8X":
            whole = whole[:8] + bytes([whole[8] & ~WEBP_FLAGS]) + whole[9:]
        if name not in WEBP_TEXTS:
            parts.append(whole)
        at += len(whole)
    inside = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(inside)) + inside
