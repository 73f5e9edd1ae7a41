"""What is done with images: turned, made smaller, freed of what they should not say."""

from __future__ import annotations

import base64
import io
import random
from functools import partial

import pytest
from PIL import Image

from functions.upload import images
from functions.upload.images import Size
from functions.upload.opening import NoImageError
from functions.upload.stripping import stripped
from tests.support.uploads import claiming, picture

MOST = Size(480, 360)
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def colors(body: bytes) -> tuple[str, str]:
    """Of the upper left and of the lower right corner."""
    image = opened(body).convert("RGB")
    red, _, blue = image.split()
    first, last = (5, 5), (image.width - 6, image.height - 6)
    return _color(red, blue, first), _color(red, blue, last)


def _color(red: Image.Image, blue: Image.Image, at: tuple[int, int]) -> str:
    box = (*at, at[0] + 1, at[1] + 1)
    return "red" if red.crop(box).tobytes() > blue.crop(box).tobytes() else "blue"


@pytest.mark.parametrize("form", FORMATS)
def test_an_image_is_known_by_its_bytes_and_made_smaller(form: str) -> None:
    body, kind = picture(form=form), f"image/{form.lower()}"
    assert images.examine(body, kind).size == Size(1024, 768)
    small = images.thumbnail(body, kind, MOST, turn=True)
    assert small is not None
    assert (small.size, opened(small.body).size) == (MOST, (480, 360))
    assert colors(small.body) == ("red", "blue")
    kept = form if form in ("PNG", "JPEG", "WEBP") else "PNG"
    assert (opened(small.body).format, small.type) == (kept, f"image/{kept.lower()}")
    assert images.thumbnail(picture(480, 300, form), kind, MOST, turn=True) is None


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_thumbnail_is_the_right_way_up_if_it_is_to_be_turned(orientation: int) -> None:
    body = picture(form="JPEG", orientation=orientation)
    facts = images.examine(body, "image/jpeg")
    sideways = orientation in images.TURNED
    assert facts.size == (Size(768, 1024) if sideways else Size(1024, 768))
    small = images.thumbnail(body, "image/jpeg", MOST, turn=True)
    as_it_is = images.thumbnail(body, "image/jpeg", MOST, turn=False)
    assert small is not None
    assert as_it_is is not None
    assert small.size == (Size(270, 360) if sideways else MOST)
    assert as_it_is.size == MOST
    assert colors(small.body)[0] == ("blue" if orientation in (3, 4, 6, 7) else "red")
    assert colors(as_it_is.body)[0] == "red"


@pytest.mark.parametrize("form", FORMATS)
def test_a_preview_is_a_jpeg_of_a_few_pixels(form: str) -> None:
    body = picture(form=form)
    small = base64.b64decode(images.preview(body, f"image/{form.lower()}", turn=True))
    assert (opened(small).format, opened(small).size) == ("JPEG", (32, 24))


def test_what_is_transparent_stays_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (900, 900), (255, 0, 0, 0)).save(out, "PNG")
    small = images.thumbnail(out.getvalue(), "image/png", MOST, turn=True)
    assert small is not None
    assert opened(small.body).getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_stripping_takes_out_what_a_camera_wrote_and_nothing_else(
    form: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 14.0)
    if orientation != 1:
        exif[0x0112] = orientation
    out = io.BytesIO()
    opened(picture(64, 48)).save(out, form, exif=exif, quality=90)
    body, kind = out.getvalue(), f"image/{form.lower()}"
    assert b"a camera" in body
    bare = stripped(body, kind)
    assert b"a camera" not in bare
    assert 0x8825 not in opened(bare).getexif()
    assert opened(bare).tobytes() == opened(body).tobytes()
    assert stripped(bare, kind) == bare
    if form == "JPEG":
        assert images.orientation(bare, kind) == orientation


def look_at(body: bytes, kind: str, label: str) -> None:
    looks = (
        partial(images.examine, body, kind),
        partial(images.thumbnail, body, kind, Size(16, 16), turn=True),
        partial(images.preview, body, kind, turn=True),
    )
    for look in looks:
        try:
            look()
        except NoImageError:
            pass
        except Exception as error:
            raise AssertionError(label) from error


def test_no_bytes_break_what_looks_at_images() -> None:
    seed = random.randrange(2**32)
    draw = random.Random(seed)
    for number in range(300):
        form = draw.choice(FORMATS)
        body = bytearray(picture(60, 40, form, orientation=draw.choice((1, 6))))
        for _ in range(draw.randrange(1, 12)):
            body[draw.randrange(len(body))] = draw.randrange(256)
        cut = bytes(body[: draw.randrange(len(body) // 2, len(body) + 1)])
        kind = f"image/{form.lower()}"
        label = f"seed {seed}, number {number}"
        assert isinstance(stripped(cut, kind), bytes), label
        look_at(cut, kind, label)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    body = claiming(20_000, 20_000)
    with pytest.raises(NoImageError, match="pixels"):
        images.examine(body, "image/png")
    large = claiming(6000, 5000)
    assert images.examine(large, "image/png").size == Size(6000, 5000)
    with pytest.raises(NoImageError, match="too many pixels to decode"):
        images.thumbnail(large, "image/png", MOST, turn=True)
