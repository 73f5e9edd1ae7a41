"""Whether a bucket takes and gives what it is signed for, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from contrail.ports.aws.blobs import S3Blobs
from contrail.ports.blobs import Key
from contrail.shapes.ids import random_id
from infra.outgoing import ask
from infra.verifying import Deployed, WrongError


def files(at: Deployed) -> None:
    """Presigned addresses do what they were signed for, for the workspace's pages, and no more."""
    bucket = at.only("S3::Bucket", "Files")
    blobs = S3Blobs(lambda: at.client("s3"), bucket)
    place, body = Key("uploads", random_id()), b"twelve bytes"
    upload = blobs.upload_url(place, content_type="text/plain", size=len(body), expires=60)
    _expect(200, "PUT", upload.url, body, upload.headers)
    try:
        for why, changed in (
            ("of another type", {**upload.headers, "Content-Type": "text/html"}),
            ("longer than signed", upload.headers),
        ):
            longer = body * 2 if why.startswith("longer") else body
            _refused(why, "PUT", upload.url, longer, changed)
        url = blobs.download_url(place, expires=60)
        if _expect(200, "GET", url) != body:
            raise WrongError("what was stored is not what is read")
        _expect(206, "GET", url, headers={"Range": "bytes=0-5"})
        _refused("for another file", "GET", url.replace(place.id, random_id()))
        _cross_origin(at, upload.url)
    finally:
        blobs.delete(place)
    if blobs.head(place) is not None:
        raise WrongError("what was deleted is there")


def private(at: Deployed) -> None:
    """What is stored is nobody's without a signature."""
    bucket = at.only("S3::Bucket", "Files")
    blobs, place = S3Blobs(lambda: at.client("s3"), bucket), Key("uploads", random_id())
    blobs.put(place, b"private", content_type="text/plain")
    try:
        plain = blobs.download_url(place, expires=60).partition("?")[0]
        _refused("unsigned", "GET", plain)
        _refused("unsigned", "PUT", plain, b"mine")
    finally:
        blobs.delete(place)


def _cross_origin(at: Deployed, url: str) -> None:
    asked = {"Access-Control-Request-Method": "PUT"}
    for origin in at.context.pages:
        plain = origin.replace("*", "any")
        status, _, headers = ask("OPTIONS", url, headers={**asked, "Origin": plain})
        if status != 200 or headers.get("access-control-allow-origin") not in (plain, origin, "*"):
            raise WrongError(f"pages of {origin} may not use files: {status}")
    status, _, headers = ask("OPTIONS", url, headers={**asked, "Origin": "https://evil.example"})
    if status < 400 and "access-control-allow-origin" in headers:
        raise WrongError("pages of anybody may use files")


def _expect(
    wanted: int, verb: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    status, answer, _ = ask(verb, url, body, headers or {})
    if status != wanted:
        raise WrongError(f"{verb} is answered {status} instead of {wanted}")
    return answer


def _refused(
    why: str, verb: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> None:
    status, _, _ = ask(verb, url, body, headers or {})
    if status != 403:
        raise WrongError(f"{verb} {why} is answered {status} instead of 403")
