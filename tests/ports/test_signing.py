"""Our own signature is botocore's, and our requests are the ones that boto3 sends."""

from __future__ import annotations

import calendar
import random
import string
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import ReadOnlyCredentials

from contrail.ports.aws.signing import Signer, encoded
from tests.ports.conftest import REGION

HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
ANY = string.printable + "äЖ漢😀="


def _signed_by_botocore(
    credentials: ReadOnlyCredentials, service: str, url: str, method: str, body: bytes
) -> dict[str, str]:
    request = AWSRequest(method=method, url=url, data=body)
    SigV4Auth(credentials, service, REGION).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def _signed_by_us(
    credentials: ReadOnlyCredentials, service: str, at: str, method: str, path: str, body: bytes
) -> dict[str, str]:
    seconds = calendar.timegm(time.strptime(at, "%Y%m%dT%H%M%SZ"))
    signer = Signer(service, REGION, lambda: credentials, lambda: seconds)
    return signer.headers(method, HOST, path, body)


def test_signatures_are_botocores() -> None:
    rng = random.Random(7)
    for turn in range(300):
        token = rng.choice((None, "", rng.randbytes(30).hex()))
        credentials = ReadOnlyCredentials("AKIA", rng.randbytes(20).hex(), token)
        name = b64encode(rng.randbytes(rng.randint(1, 16))).decode()
        if turn % 3 == 0:
            name = "".join(rng.choices(ANY, k=rng.randint(1, 30))) + "="
        path = f"/websocket/@connections/{encoded(name)}"
        body = "".join(rng.choices(ANY, k=rng.randint(0, 200))).encode()
        method = rng.choice(("POST", "DELETE", "GET"))
        service = rng.choice(("execute-api", "lambda"))
        url = f"https://{HOST}{path}"
        theirs = _signed_by_botocore(credentials, service, url, method, body)
        ours = _signed_by_us(credentials, service, theirs["x-amz-date"], method, path, body)
        assert ours.pop("host") == HOST
        assert ours == theirs


def test_the_key_changes_with_the_day_and_with_the_credentials() -> None:
    at = [time.time()]
    given = [ReadOnlyCredentials("AKIA", "first", None)]
    ours = Signer("lambda", REGION, lambda: given[0], lambda: at[0])
    for secret, day in (("first", 0), ("second", 0), ("second", 1), ("first", 0)):
        at[0] += 86_400 * day
        given[0] = ReadOnlyCredentials("AKIA", secret, None)
        fresh = Signer("lambda", REGION, lambda: given[0], lambda: at[0])
        request = ("POST", HOST, "/x", b"")
        assert ours.headers(*request) == fresh.headers(*request)


@pytest.mark.parametrize(
    ("service", "call", "ours"),
    [
        (
            "apigatewaymanagementapi",
            lambda client: client.post_to_connection(ConnectionId="a+/b==", Data=b"x"),
            "/websocket/@connections/" + encoded("a+/b=="),
        ),
        (
            "lambda",
            lambda client: client.invoke(
                FunctionName="arn:aws:lambda:eu-west-1:123456789012:function:account:live",
                Payload=b"{}",
            ),
            "/2015-03-31/functions/"
            + encoded("arn:aws:lambda:eu-west-1:123456789012:function:account:live")
            + "/invocations",
        ),
    ],
)
def test_addresses_are_boto3s(
    service: str, call: Callable[[Any], Any], ours: str, aws_session: Any
) -> None:
    endpoint = f"https://{HOST}" + ("/websocket" if service != "lambda" else "")
    client = aws_session.client(service, endpoint_url=endpoint)
    sent: list[Any] = []

    class Raw:
        def read(self, *_: Any) -> bytes:
            return b""

        def stream(self, **_: Any) -> list[bytes]:
            return [b"{}"]

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {}, Raw())

    client.meta.events.register_first("before-send", answer)
    call(client)
    assert sent[0].url == f"https://{HOST}{ours}"
    assert sent[0].method == "POST"
