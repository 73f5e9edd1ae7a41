"""The WebSocket API's routes: what they put on the queue is what the local gateway puts there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest
import requests
from moto import mock_aws

from contrail.ddp.frames import PONG
from tests.infra.assembly import Assembly, Resource
from tests.support.gateway import gateway

REGION = "us-east-1"
# The base64 of the third has a plus, which means a space in a form.
FRAMES = ('{"msg":"connect","version":"1"}', "é&=+ %20 $x #if($y) \"' \\", "~~>", "")
IF = re.compile(r'#if\("\$!input\.body" == ""\)(.*?)#\{else\}(.*?)#end')
CALL = re.compile(r"\$util\.(\w+)\(([^()]*)\)")
UTIL: dict[str, Callable[[str], str]] = {
    "urlEncode": quote_plus,
    "base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
}


def rendered(template: str, values: dict[str, str]) -> str:
    """As Velocity does it, as far as these templates go. `values` by their reference."""
    text = IF.sub(lambda found: found[2] if values["$input.body"] else found[1], template)
    while (found := CALL.search(text)) is not None:
        # A reference, or what an inner call has left.
        inner = found[2]
        text = text.replace(found[0], UTIL[found[1]](values.get(inner, inner)))
    assert "$" not in text
    assert "#" not in text
    return text


def routes(assembly: Assembly) -> dict[str, Resource]:
    return {one.properties["RouteKey"]: one for one in assembly.of("ApiGatewayV2::Route")}


def integration(assembly: Assembly, route: Resource) -> Resource:
    target = assembly.text(route.stack, route.properties["Target"]).removeprefix("integrations/")
    return next(one for one in assembly.of("ApiGatewayV2::Integration") if one.ref == target)


def values(body: str, event: str) -> dict[str, str]:
    return {
        "$input.body": body,
        "$context.eventType": event,
        "$context.requestTimeEpoch": "1790000000000",
        "$context.connectionId": "L0SM9cOFvHcCIhw=",
        "$context.requestId": "request",
    }


@pytest.fixture
def template(main: Assembly) -> str:
    """One for frames and for the end of a connection."""
    found = {integration(main, routes(main)[key]).ref for key in ("$default", "$disconnect")}
    assert len(found) == 1
    sending = main.only("ApiGatewayV2::Integration", IntegrationType="AWS").properties
    assert sending["TemplateSelectionExpression"] == r"\$default"
    assert set(sending["RequestTemplates"]) == {"$default"}
    assert sending["PassthroughBehavior"] == "NEVER"
    assert sending["RequestParameters"] == {
        "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"
    }
    frames = main.only("SQS::Queue", QueueName="contrail-main-frames.fifo")
    uri = main.text("realtime", sending["IntegrationUri"])
    assert uri.endswith(f":sqs:path/<AWS::AccountId>/{frames.ref[:-1]}.QueueName>")
    text: str = sending["RequestTemplates"]["$default"]
    return text


def enqueued(form: str) -> dict[str, Any]:
    """What SQS makes of the request."""
    with mock_aws():
        sqs = boto3.Session("an-id", "a-secret", region_name=REGION).client("sqs")
        url = sqs.create_queue(QueueName="frames.fifo", Attributes={"FifoQueue": "true"})[
            "QueueUrl"
        ]
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = requests.post(url, data=form, headers=head, timeout=10)
        assert answer.status_code == 200, answer.text
        (item,) = sqs.receive_message(
            QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"]
        )["Messages"]
    found: dict[str, Any] = item
    return found


async def test_a_frame_becomes_the_item_that_the_local_gateway_makes_of_it(template: str) -> None:
    async with gateway() as front:
        async with front.socket() as ws:
            for frame in FRAMES:
                await ws.send_str(frame)
        await front.all_received()
    events = [*((frame, "MESSAGE") for frame in FRAMES), ("", "DISCONNECT")]
    assert len(front.items) == len(events)
    for (frame, event), item in zip(events, front.items, strict=True):
        made = enqueued(rendered(template, values(frame, event)))
        # SQS knows no empty body.
        assert made["Body"] == (item["body"] or " ")
        assert base64.b64decode(made["Body"]) == frame.encode()
        attributes = made["MessageAttributes"]
        assert set(attributes) == set(item["messageAttributes"])
        assert attributes["event"]["StringValue"] == event
        assert item["messageAttributes"]["event"]["stringValue"] == event
        assert attributes["time"]["StringValue"] == "1790000000000"
        assert attributes["correlation_id"]["StringValue"] == "request"
        assert {one["DataType"] for one in attributes.values()} == {"String"}
        assert made["Attributes"]["MessageGroupId"] == "L0SM9cOFvHcCIhw="
        assert made["Attributes"]["MessageDeduplicationId"] == "request"
        local = item["messageAttributes"]["correlation_id"]["stringValue"]
        assert item["attributes"]["MessageDeduplicationId"] == local


def test_the_client_has_no_say_in_group_and_dedup_id(template: str) -> None:
    forged = "x&MessageGroupId=victim&MessageDeduplicationId=again"
    fields = rendered(template, values(forged, "MESSAGE")).split("&")
    assert len(fields) == len({field.partition("=")[0] for field in fields})
    assert "MessageGroupId=L0SM9cOFvHcCIhw%3D" in fields
    assert template.count("$input.body") == 1


def test_a_ping_is_answered_by_the_gateway_alone(main: Assembly) -> None:
    api = main.only("ApiGatewayV2::Api").properties
    assert api["RouteSelectionExpression"] == "$request.body.msg"
    assert set(routes(main)) == {"$connect", "$default", "$disconnect", "ping"}
    route = routes(main)["ping"]
    mock = integration(main, route)
    assert mock.properties["IntegrationType"] == "MOCK"
    assert json.loads(mock.properties["RequestTemplates"]["$default"]) == {"statusCode": 200}
    answer = main.only("ApiGatewayV2::IntegrationResponse").properties
    assert main.text("realtime", answer["IntegrationId"]) == mock.ref
    assert answer["IntegrationResponseKey"] == "$default"
    assert answer["ResponseTemplates"] == {"$default": PONG}
    assert answer["TemplateSelectionExpression"] == r"\$default"
    assert mock.properties["TemplateSelectionExpression"] == r"\$default"
    (response,) = main.of("ApiGatewayV2::RouteResponse")
    assert main.text("realtime", response.properties["RouteId"]) == route.ref
    two_way = [
        key
        for key, one in routes(main).items()
        if "RouteResponseSelectionExpression" in one.properties
    ]
    assert two_way == ["ping"]


def test_the_stage_is_published_with_all_of_its_routes(main: Assembly) -> None:
    stage = main.only("ApiGatewayV2::Stage")
    assert (stage.properties["StageName"], stage.properties["AutoDeploy"]) == ("websocket", True)
    waits = {f"<realtime/{name}>" for name in stage.whole["DependsOn"]}
    needed = ("Route", "RouteResponse", "IntegrationResponse")
    assert {one.ref for kind in needed for one in main.of(f"ApiGatewayV2::{kind}")} <= waits
