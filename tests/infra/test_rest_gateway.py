"""What the REST API answers by itself: the local gateway's answers."""

from __future__ import annotations

import json
import threading
from typing import Any

import botocore.session

from contrail.api.envelopes import not_found
from local.gateway import Bounds
from tests.infra.assembly import Assembly
from tests.support.gateway import gateway


def refusal(assembly: Assembly, kind: str) -> tuple[int | None, dict[str, Any]]:
    """Status, None for the gateway's own, and body."""
    has = assembly.only("ApiGateway::GatewayResponse", ResponseType=kind).properties
    status = has.get("StatusCode")
    body: dict[str, Any] = json.loads(has["ResponseTemplates"]["application/json"])
    return status and int(status), body


async def test_the_gateway_refuses_as_the_local_one_does(main: Assembly) -> None:
    answered = threading.Event()

    def slow(_: object) -> dict[str, Any]:
        answered.wait(10)
        return {"statusCode": 200}

    async with gateway(Bounds(rest=0.1, body=100), handler=slow) as front:
        for path, sent, kind in (
            ("/api/v1/nothing", b"", "MISSING_AUTHENTICATION_TOKEN"),
            ("/api/v1/nothing", b"", "RESOURCE_NOT_FOUND"),
            ("/api/v1/me", b"x" * 200, "REQUEST_TOO_LARGE"),
            ("/api/v1/me", b"", "INTEGRATION_TIMEOUT"),
        ):
            async with front.http.post(front.url + path, data=sent) as answer:
                assert refusal(main, kind) == (answer.status, await answer.json()), kind
        answered.set()


async def test_a_function_that_breaks_is_a_502_here_and_there(main: Assembly) -> None:
    def broken(_: object) -> dict[str, Any]:
        raise RuntimeError

    async with gateway(handler=broken) as front:
        answer = await front.http.get(f"{front.url}/api/v1/me")
        assert refusal(main, "INTEGRATION_FAILURE") == (answer.status, await answer.json())


def test_every_kind_of_refusal_is_in_an_envelope_of_rocket_chats(main: Assembly) -> None:
    model = botocore.session.get_session().get_service_model("apigateway")
    kinds = [one.properties["ResponseType"] for one in main.of("ApiGateway::GatewayResponse")]
    assert sorted(kinds) == sorted(model.shape_for("GatewayResponseType").enum)
    for kind in kinds:
        status, body = refusal(main, kind)
        assert body["success"] is False
        assert body.get("error") or body.get("message")
        assert (status is None) == kind.startswith("DEFAULT_")
    status, body = refusal(main, "THROTTLED")
    assert (status, body["errorType"]) == (429, "error-too-many-requests")
    status, body = refusal(main, "UNAUTHORIZED")
    assert (status, body["status"]) == (401, "error")


def test_a_path_of_no_service_does_not_exist_whatever_is_sent_to_it(main: Assembly) -> None:
    (nowhere,) = [
        one.properties["Integration"]
        for one in main.of("ApiGateway::Method")
        if one.properties["Integration"]["Type"] == "MOCK"
    ]
    (answer,) = nowhere["IntegrationResponses"]
    status = json.loads(nowhere["RequestTemplates"]["application/json"])["statusCode"]
    assert (status, answer["StatusCode"]) == (404, "404")
    assert answer["ResponseTemplates"] == {"application/json": not_found()["body"]}
    # Other media types come to no template, and binary ones would be none to make one of.
    assert (nowhere["PassthroughBehavior"], nowhere["ContentHandling"]) == (
        "NEVER",
        "CONVERT_TO_TEXT",
    )
    assert refusal(main, "UNSUPPORTED_MEDIA_TYPE") == (404, json.loads(not_found()["body"]))


def test_the_stage_is_the_one_that_paths_begin_with(main: Assembly) -> None:
    assert main.only("ApiGateway::Stage").properties["StageName"] == "api"
    assert main.only("ApiGateway::RestApi").properties["EndpointConfiguration"] == {
        "Types": ["REGIONAL"]
    }
