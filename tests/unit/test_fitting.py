"""Answers within a function's payload: a large one is compressed where the client unpacks it."""

from __future__ import annotations

import base64
import gzip
import json
import random
from typing import Any

import pytest

from contrail.api.fitting import LARGE, PAYLOAD, fitted

MB = 1024 * 1024


def _answer(body: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": False}


def _event(verb: str = "GET", accepted: str = "gzip") -> dict[str, Any]:
    return {"httpMethod": verb, "headers": {"Accept-Encoding": accepted}}


def _left(answer: dict[str, Any]) -> tuple[int, str]:
    body = json.loads(answer["body"])
    return answer["statusCode"], body["errorType"]


@pytest.mark.parametrize("accepted", ["gzip", "br;q=1.0, GZIP;q=0.5", "deflate, gzip"])
def test_what_is_large_is_compressed(accepted: str) -> None:
    body = "ab\u4e2d" * (3 * MB)
    made = fitted(_event(accepted=accepted), _answer(body))
    assert made["isBase64Encoded"] is True
    assert made["headers"]["Content-Encoding"] == "gzip"
    assert made["headers"]["Content-Type"] == "application/json"
    assert gzip.decompress(base64.b64decode(made["body"])).decode() == body
    assert len(json.dumps(made)) <= PAYLOAD


@pytest.mark.parametrize(
    ("verb", "accepted"),
    [
        ("POST", "gzip"),
        ("GET", ""),
        ("GET", "identity"),
        ("GET", "gzip;q=0"),
        ("GET", "gzip;q=0.0"),
    ],
)
def test_who_does_not_read_or_unpack_gets_what_fits_and_is_told_what_does_not(
    verb: str, accepted: str
) -> None:
    event = _event(verb, accepted)
    fits = _answer("x" * (PAYLOAD - 64 * 1024))
    assert fitted(event, fits) == fits
    assert _left(fitted(event, _answer("x" * PAYLOAD))) == (413, "error-answer-too-large")
    # What stands for six characters each, once it is JSON in JSON.
    assert _left(fitted(event, _answer("\u4e2d" * MB + "x" * 64 * 1024)))[0] == 413


def test_what_is_small_or_bytes_is_left_alone() -> None:
    small = _answer("x" * LARGE)
    assert fitted(_event(), small) is small
    file = {**_answer("x" * (2 * LARGE)), "isBase64Encoded": True}
    assert fitted(_event(), file) is file


def test_what_does_not_fit_compressed_either_is_refused() -> None:
    noise = base64.b85encode(random.Random(1).randbytes(8 * MB)).decode()
    assert _left(fitted(_event(), _answer(noise))) == (413, "error-answer-too-large")
