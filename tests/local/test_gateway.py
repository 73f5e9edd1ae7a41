"""The REST side of the local gateway: API Gateway's events, limits and codes."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
from typing import Any

import aiohttp
import pytest

from contrail.api import envelopes
from local.edge import Edge
from local.gateway import Bounds
from tests.support.gateway import OK, Event, gateway
from tests.support.workspace import Workspace

MB = 1024 * 1024
TOO_LARGE = (413, envelopes.TOO_LARGE)


async def refused(answer: aiohttp.ClientResponse) -> tuple[int, str]:
    """Status and error of a refusal in Rocket.Chat's envelope."""
    assert answer.headers["Content-Type"] == "application/json"
    body = await answer.json()
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    return answer.status, body["error"]


def test_the_limits_are_api_gateways() -> None:
    assert Bounds() == Bounds(
        body=10 * MB,
        payload=6 * MB,
        headers=10_240,
        frame=32 * 1024,
        rest=29.0,
        idle=600.0,
        lifetime=7200.0,
    )


async def test_a_request_reaches_the_handler_as_a_proxy_event() -> None:
    async with gateway() as front:
        headers = {"X-Auth-Token": "t", "X-Forwarded-For": "6.6.6.6", "User-Agent": "test/1"}
        url = f"{front.url}/api/v1/me?a=1&a=2&b=x+y%2Fz&c[]=%C3%A9&d"
        async with front.http.post(url, headers=headers, data=b'{"x":1}') as answer:
            assert (answer.status, await answer.text()) == (200, "{}")
    (event,) = front.requests
    context = event.pop("requestContext")
    event["headers"] = {key: event["headers"][key] for key in headers}
    event["multiValueHeaders"] = {key: event["multiValueHeaders"][key] for key in headers}
    assert event == {
        "resource": "/account/{proxy+}",
        "path": "/account/v1/me",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {key: [value] for key, value in headers.items()},
        "queryStringParameters": {"a": "2", "b": "x y/z", "c[]": "é", "d": ""},
        "multiValueQueryStringParameters": {
            "a": ["1", "2"],
            "b": ["x y/z"],
            "c[]": ["é"],
            "d": [""],
        },
        "pathParameters": {"proxy": "v1/me"},
        "stageVariables": None,
        "body": '{"x":1}',
        "isBase64Encoded": False,
    }
    keys = """accountId apiId domainName domainPrefix extendedRequestId httpMethod identity path
    protocol requestId requestTime requestTimeEpoch resourceId resourcePath stage"""
    assert set(context) == set(keys.split())
    assert (context["path"], context["stage"]) == ("/api/account/v1/me", "api")
    identity = context["identity"]
    assert identity["sourceIp"] == "127.0.0.1", "not what the client wrote into a header"
    assert identity["userAgent"] == "test/1"


async def test_no_body_and_no_query_are_null_and_binary_is_base64() -> None:
    async with gateway() as front:
        async with front.http.get(f"{front.url}/api/v1/me") as answer:
            assert answer.status == 200
        async with front.http.post(f"{front.url}/api/v1/me", data=b"\xff\x00") as answer:
            assert answer.status == 200
    plain, binary = front.requests
    names = "body", "queryStringParameters", "multiValueQueryStringParameters"
    assert [plain[name] for name in names] == [None, None, None]
    assert (binary["body"], binary["isBase64Encoded"]) == ("/wA=", True)


async def test_an_answer_leaves_as_the_handler_gave_it() -> None:
    picture = base64.b64encode(b"\x89PNG").decode()
    given: Event = {
        "statusCode": 201,
        "headers": {"Content-Type": "image/png"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": picture,
        "isBase64Encoded": True,
    }
    async with gateway(handler=lambda _: given) as front:
        answer = await front.http.get(f"{front.url}/api/v1/me")
        assert (answer.status, await answer.read()) == (201, b"\x89PNG")
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("path", "service", "seen"),
    [
        ("v1/me", "account", "/account/v1/me"),
        ("v1/method.call/rooms%252Fget", "streamer", "/streamer/v1/method.call/rooms%252Fget"),
        ("v1/method.call/rooms%2Fget", "streamer", "/streamer/v1/method.call/rooms%2Fget"),
        ("v1/method.call/rooms/get", "streamer", "/streamer/v1/method.call/rooms/get"),
        ("v1/method.callAnon/a:b", "streamer", "/streamer/v1/method.callAnon/a:b"),
        ("v1/rooms.media/%20%C3%A9", "upload", "/upload/v1/rooms.media/%20%C3%A9"),
        ("v1/rooms.media/r/f", "upload", "/upload/v1/rooms.media/r/f"),
        ("v1/rooms.media/own/f", "rooms", "/rooms/v1/rooms.media/own/f"),
    ],
)
async def test_paths_reach_their_service_as_the_client_encoded_them(
    path: str, service: str, seen: str
) -> None:
    async with gateway() as front:
        assert await _raw(front.url, "GET", f"/api/{path}") == 200
    (event,) = front.requests
    assert event["path"] == seen
    assert event["resource"] == f"/{service}/{{proxy+}}"


def test_two_owners_of_what_only_a_parameter_tells_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="a/ belongs to one and two"):
        Edge({"a/:x": "one", "a/:y/b": "two"})


async def _raw(url: str, verb: str, path: str) -> int:
    """The status for a path sent exactly as it is."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"{verb} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    status, body = answer.split(b" ", 2)[1], answer.partition(b"\r\n\r\n")[2]
    if verb != "HEAD":
        json.loads(body)
    return int(status)


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/api/v1/nothing.here"),
        ("GET", "/api/v1/ME"),
        ("GET", "/api/v1/me/"),
        ("GET", "/api/v1//me"),
        ("GET", "//api/v1/me"),
        ("GET", "/api"),
        ("GET", "/v1/me"),
        ("GET", "/account/v1/me"),
        ("GET", "/api/../api/v1/me"),
        ("POST", "/"),
        ("POST", "/websocket"),
        ("HEAD", "/api/v1/nothing.here"),
        ("OPTIONS", "/api/v1/nothing.here"),
    ],
)
async def test_what_no_service_owns_is_404_in_json(verb: str, path: str) -> None:
    async with gateway() as front:
        assert await _raw(front.url, verb, path) == 404
    assert front.requests == []


async def test_every_verb_reaches_the_handler_and_head_answers_without_a_body() -> None:
    async with gateway() as front:
        for verb in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
            async with front.http.request(verb, f"{front.url}/api/v1/me") as answer:
                assert answer.status == 200
                assert await answer.text() == ("" if verb == "HEAD" else "{}")
    verbs = [event["httpMethod"] for event in front.requests]
    assert verbs == ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (b"x" * (6 * MB - 4096), True),
        (b"x" * (6 * MB + 1), False),
        (b"x" * (10 * MB + 1), False),
        (b"\xff" * (4 * MB), True),
        (b"\xff" * (5 * MB), False),  # base64 is a third longer
        (b'"' * (3 * MB + 1), False),  # as is each quote in the event's JSON
    ],
    ids=["under 6 MB", "over 6 MB", "over 10 MB", "binary", "large binary", "escapes"],
)
async def test_bodies_beyond_what_a_function_may_be_given_are_413(body: bytes, fits: bool) -> None:
    async with gateway() as front:
        async with front.http.post(f"{front.url}/api/v1/me", data=io.BytesIO(body)) as answer:
            if fits:
                assert answer.status == 200
            else:
                assert await refused(answer) == TOO_LARGE
        async with front.http.get(f"{front.url}/api/v1/me") as answer:
            assert answer.status == 200, "the gateway goes on"
    assert len(front.requests) == 1 + fits


async def test_a_handler_that_takes_too_long_is_504_and_holds_up_nobody() -> None:
    go_on = threading.Event()

    def slow(event: Event) -> Event:
        if event["httpMethod"] == "POST":
            assert go_on.wait(20)
        return OK

    async with gateway(Bounds(rest=0.2), slow) as front:
        async with front.http.post(f"{front.url}/api/v1/me") as answer:
            assert await refused(answer) == (504, "Endpoint request timed out")
        async with front.http.get(f"{front.url}/api/v1/me") as answer:
            assert answer.status == 200
        go_on.set()


def _raises(_: Event) -> Event:
    raise TimeoutError("a failure of the function's own")


def _huge(_: Event) -> Event:
    return {"statusCode": 200, "body": '"' * (3 * MB + 1)}


@pytest.mark.parametrize(
    "handler", [_raises, _huge, lambda _: {"body": "no status"}, lambda _: None]
)
async def test_a_handler_that_breaks_is_502(handler: Any) -> None:
    async with gateway(handler=handler) as front:
        answer = await front.http.get(f"{front.url}/api/v1/me")
        assert await refused(answer) == (502, "Internal server error")


async def test_the_root_says_what_this_is() -> None:
    async with gateway() as front, front.http.get(front.url + "/") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert "Contrail" in await answer.text()


@pytest.mark.parametrize(
    "name", ["rooms%252Fget", "rooms%2Fget", "rooms:get", "rooms/get", "something-else", "a%20b"]
)
def test_method_call_answers_whatever_its_path_says(workspace: Workspace, name: str) -> None:
    frame = '{"msg":"method","id":7,"method":"rooms/get","params":[]}'
    answer = workspace.admin.post(f"v1/method.call/{name}", {"message": frame})
    assert answer.status_code == 200
    result = json.loads(answer.json()["message"])
    assert (result["msg"], result["id"], type(result["result"])) == ("result", 7, list)


@pytest.mark.parametrize("verb", ["HEAD", "OPTIONS", "PATCH"])
def test_verbs_that_an_endpoint_lacks_are_answered_in_json(workspace: Workspace, verb: str) -> None:
    answer = workspace.http(verb, "v1/me")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.status_code in (401, 405)
