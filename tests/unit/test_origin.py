"""Requests from the gateways: past the edge nobody gets in, and only the edge knows addresses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from contrail.api.entry import Entry
from contrail.api.origin import anonymous
from contrail.domain.environment import Environment
from contrail.domain.instance import Instance
from contrail.shapes.errors import Forbidden
from contrail.shapes.rows import Rest, Route, Table
from tests.support.secrets import KeptSecrets

SECRET = "what-the-edge-shows"
NEXT = "what-it-shows-next"


def instance(*kept: str, **variables: str) -> Instance:
    """As much of one as is looked at before anyone is let in. Its secret may be kept anew."""
    known = SimpleNamespace(
        environment=Environment.read(variables),
        secrets=KeptSecrets(*(kept or (SECRET,))),
    )
    return cast("Instance", known)


BEHIND_THE_EDGE = instance(ORIGIN_SECRET="origin")


def event(**headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    identity = {"sourceIp": "10.0.0.1", "userAgent": "curl"}
    context = {"requestId": "r", "connectionId": "c=", "identity": identity}
    return {"headers": named, "requestContext": context}


@pytest.mark.parametrize(
    ("told", "address"),
    [("203.0.113.9:4711", "203.0.113.9"), ("2001:db8::1:4711", "2001:db8::1"), ("", "10.0.0.1")],
)
def test_who_comes_through_the_edge_is_where_it_says(told: str, address: str) -> None:
    given = event(X_Contrail_Origin=SECRET, CloudFront_Viewer_Address=told)
    caller = anonymous(given, BEHIND_THE_EDGE)
    assert caller.address == address
    assert (caller.correlation_id, caller.connection_id, caller.user_agent) == ("r", "c=", "curl")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_Contrail_Origin": ""},
        {"X_Contrail_Origin": SECRET[:-1]},
        {"X_Contrail_Origin": f"{SECRET}é"},
        {"CloudFront_Viewer_Address": "203.0.113.9:4711"},
    ],
)
def test_who_comes_around_it_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        anonymous(event(**headers), BEHIND_THE_EDGE)
    with pytest.raises(Forbidden):
        anonymous({"headers": None, "requestContext": {}}, BEHIND_THE_EDGE)


@pytest.mark.parametrize("kept", [(f"{NEXT} {SECRET}",), (SECRET, f"{NEXT} {SECRET}")])
@pytest.mark.parametrize("shown", [SECRET, NEXT, f"{NEXT} {SECRET}"])
def test_while_the_secret_is_replaced_the_edge_may_show_either(
    kept: tuple[str, ...], shown: str
) -> None:
    """Functions learn of the new one when it is shown, an edge is deployed with the whole text."""
    at = instance(*kept, ORIGIN_SECRET="origin")
    anonymous(event(X_Contrail_Origin=shown), at)
    with pytest.raises(Forbidden):
        anonymous(event(X_Contrail_Origin=f"other {SECRET}"), at)


def test_one_that_was_taken_away_is_no_longer_right() -> None:
    at = instance(NEXT, ORIGIN_SECRET="origin")
    with pytest.raises(Forbidden):
        anonymous(event(X_Contrail_Origin=SECRET), at)


def test_without_an_edge_nobody_is_believed_about_an_address() -> None:
    given = event(X_Contrail_Origin=SECRET, CloudFront_Viewer_Address="203.0.113.9:4711")
    assert anonymous(given, instance()).address == "10.0.0.1"


def test_both_doors_of_a_gateway_are_shut() -> None:
    rows = (Rest("GET", "info", "info:info", public=True),)
    handler = Entry(Table("workspace", rows, sockets=(Route("$connect", "no:where"),)))
    closed = handler.on(BEHIND_THE_EDGE)
    request = {**event(), "httpMethod": "GET", "path": "/workspace/info"}
    refused = closed(request)
    assert (refused["statusCode"], refused["headers"]) == (
        403,
        {"Content-Type": "application/json"},
    )
    assert refused["body"] == '{"success":false,"error":"unauthorized"}'
    request["requestContext"]["routeKey"] = "$connect"
    assert closed(request)["statusCode"] == 403
