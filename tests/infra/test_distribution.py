"""CloudFront before both gateways."""

from __future__ import annotations

from typing import Any

import pytest

from contrail.api.origin import HEADER
from infra import edge
from infra.tables import roots, routes
from local.edge import Edge
from tests.infra.assembly import Assembly
from tests.infra.workspaces import CERTIFICATE

UNCACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""AWS's own policies CachingDisabled and AllViewerExceptHostHeader."""


@pytest.fixture
def has(main: Assembly) -> dict[str, Any]:
    found: dict[str, Any] = main.only("CloudFront::Distribution").properties["DistributionConfig"]
    return found


def code_of(assembly: Assembly, behavior: dict[str, Any]) -> str:
    """The behavior's viewer-request function, empty without one."""
    if "FunctionAssociations" not in behavior:
        return ""
    (one,) = behavior["FunctionAssociations"]
    assert one["EventType"] == "viewer-request"
    arn = assembly.text("edge", one["FunctionARN"])
    (function,) = [
        each for each in assembly.of("CloudFront::Function") if arn.startswith(each.ref[:-1])
    ]
    assert function.properties["AutoPublish"] is True
    assert function.properties["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    code: str = function.properties["FunctionCode"]
    return code


def host_of(assembly: Assembly, has: dict[str, Any], behavior: dict[str, Any]) -> str:
    (origin,) = [one for one in has["Origins"] if one["Id"] == behavior["TargetOriginId"]]
    return assembly.text("edge", origin["DomainName"])


def test_paths_go_to_their_gateway_through_the_generated_function(
    main: Assembly, has: dict[str, Any]
) -> None:
    behaviors = {one["PathPattern"]: one for one in has["CacheBehaviors"]}
    pages = {f"/{root}/*" for root in roots()}
    assert set(behaviors) == {"/api/*", "/websocket", *pages}
    rest, sockets = main.only("ApiGateway::RestApi"), main.only("ApiGatewayV2::Api")
    suffix = "execute-api.<AWS::Region>.<AWS::URLSuffix>"
    assert host_of(main, has, behaviors["/api/*"]) == f"{rest.ref}.{suffix}"
    assert host_of(main, has, behaviors["/websocket"]) == f"{sockets.ref}.{suffix}"
    code = edge.routing(edge.owners(routes()), roots())
    for path in ("/api/*", *pages):
        assert code_of(main, behaviors[path]) == code
    assert code_of(main, behaviors["/websocket"]) == ""
    assert "This is a Contrail workspace" in code_of(main, has["DefaultCacheBehavior"])


def test_a_rewritten_path_is_stage_service_and_rest(main: Assembly) -> None:
    """So an origin has no path of its own, which would put the stage there twice."""
    found = Edge(routes()).find("/api/v1/me")
    assert found == ("account", "/account/v1/me")
    parts = [one.properties["PathPart"] for one in main.of("ApiGateway::Resource")]
    assert set(routes().values()) <= set(parts)


def test_nothing_is_cached_and_everything_but_the_host_is_passed_on(has: dict[str, Any]) -> None:
    for behavior in (has["DefaultCacheBehavior"], *has["CacheBehaviors"]):
        assert behavior["CachePolicyId"] == UNCACHED
        assert behavior["OriginRequestPolicyId"] == ALL_BUT_HOST
        assert {"GET", "POST", "PUT", "DELETE", "OPTIONS"} <= set(behavior["AllowedMethods"])
        assert behavior["ViewerProtocolPolicy"] != "allow-all"
    errors = has["CustomErrorResponses"]
    assert {one["ErrorCode"] for one in errors} >= {400, 403, 404, 405, 500, 501, 502, 503, 504}
    for one in errors:
        # A page here would be every endpoint's.
        assert one == {"ErrorCode": one["ErrorCode"], "ErrorCachingMinTTL": 0}


def test_origins_are_shown_the_secret_over_tls(has: dict[str, Any]) -> None:
    assert len(has["Origins"]) == 2
    for origin in has["Origins"]:
        assert "OriginPath" not in origin
        assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
        assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
        assert origin["OriginCustomHeaders"] == [
            {
                "HeaderName": HEADER,
                "HeaderValue": "{{resolve:secretsmanager:contrail/main/origin:SecretString:::}}",
            }
        ]


def test_a_domain_brings_its_certificate(other: Assembly, has: dict[str, Any]) -> None:
    assert "Aliases" not in has
    named = other.only("CloudFront::Distribution").properties["DistributionConfig"]
    assert named["Aliases"] == ["chat.example.com"]
    certificate = named["ViewerCertificate"]
    assert certificate["AcmCertificateArn"] == CERTIFICATE
    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
