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
    assert code_of(main, has["DefaultCacheBehavior"]) == edge.page()


def test_the_page_is_put_into_a_bucket_that_only_the_edge_reads(
    main: Assembly, has: dict[str, Any]
) -> None:
    (bucket,) = main.of("S3::Bucket", "edge")
    host = host_of(main, has, has["DefaultCacheBehavior"])
    assert host == f"{bucket.ref[:-1]}.RegionalDomainName>"
    (origin,) = [one for one in has["Origins"] if "S3OriginConfig" in one]
    signed = main.only("CloudFront::OriginAccessControl")
    access = signed.properties["OriginAccessControlConfig"]
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")
    assert main.text("edge", origin["OriginAccessControlId"]) == f"{signed.ref[:-1]}.Id>"
    (policy,) = main.of("S3::BucketPolicy", "edge")
    allowed = [
        one for one in policy.properties["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"
    ]
    assert [one["Principal"] for one in allowed] == [{"Service": "cloudfront.amazonaws.com"}]
    assert all("AWS:SourceArn" in one["Condition"]["StringEquals"] for one in allowed)
    (page,) = [one for one in main.all("edge") if one.type == "Custom::Index"]
    put = page.properties["Put"]
    assert main.text("edge", put["Bucket"]) == bucket.ref
    assert (put["Key"], put["ContentType"]) == ("index.html", "text/html; charset=utf-8")
    assert "This is a Contrail workspace" in put["Body"]


def test_answers_carry_security_headers_and_the_page_may_hold_no_script(
    main: Assembly, has: dict[str, Any]
) -> None:
    policies = {
        f"{one.ref}": one.properties["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        for one in main.of("CloudFront::ResponseHeadersPolicy")
    }

    def said(behavior: dict[str, Any]) -> dict[str, Any]:
        policy: dict[str, Any] = policies[main.text("edge", behavior["ResponseHeadersPolicyId"])]
        return policy

    for behavior in (has["DefaultCacheBehavior"], *has["CacheBehaviors"]):
        if behavior.get("PathPattern") == "/websocket":
            assert "ResponseHeadersPolicyId" not in behavior
            continue
        assert said(behavior)["ContentTypeOptions"] == {"Override": True}
        assert said(behavior)["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
        assert said(behavior)["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
        # Files and avatars are shown in the pages of others.
        page = behavior is has["DefaultCacheBehavior"]
        assert ("ContentSecurityPolicy" in said(behavior)) == page
        assert "FrameOptions" not in said(behavior)
    contents = said(has["DefaultCacheBehavior"])["ContentSecurityPolicy"]
    words = contents["ContentSecurityPolicy"]
    assert words.startswith("default-src 'none'; style-src")
    assert "frame-ancestors 'none'" in words
    assert "script" not in words


def test_a_rewritten_path_is_stage_service_and_rest(main: Assembly) -> None:
    """So an origin has no path of its own, which would put the stage there twice."""
    found = Edge(routes()).find("/api/v1/me")
    assert found == ("account", "/account/v1/me")
    parts = [one.properties["PathPart"] for one in main.of("ApiGateway::Resource")]
    assert set(routes().values()) <= set(parts)


def test_nothing_is_cached_and_everything_but_the_host_is_passed_on(has: dict[str, Any]) -> None:
    for behavior in (has["DefaultCacheBehavior"], *has["CacheBehaviors"]):
        assert behavior["CachePolicyId"] == UNCACHED
        assert behavior["ViewerProtocolPolicy"] != "allow-all"
        if behavior is not has["DefaultCacheBehavior"]:
            assert behavior["OriginRequestPolicyId"] == ALL_BUT_HOST
            assert {"GET", "POST", "PUT", "DELETE", "OPTIONS"} <= set(behavior["AllowedMethods"])
    errors = has["CustomErrorResponses"]
    assert {one["ErrorCode"] for one in errors} >= {400, 403, 404, 405, 500, 501, 502, 503, 504}
    for one in errors:
        # A page here would be every endpoint's.
        assert one == {"ErrorCode": one["ErrorCode"], "ErrorCachingMinTTL": 0}


def test_gateways_are_shown_the_secret_over_tls(assembly: Assembly) -> None:
    """Which is in no template: a resource has read it, or Secrets Manager is asked for it."""
    found = assembly.only("CloudFront::Distribution").properties["DistributionConfig"]
    gateways = [one for one in found["Origins"] if "CustomOriginConfig" in one]
    assert len(gateways) == len(found["Origins"]) - 1 == 2
    read = [one for one in assembly.all("edge") if one.type == "Custom::OriginHeader"]
    if read:
        assert read[0].properties["Read"] == "/contrail/main/origin"
        secret = f"{read[0].ref[:-1]}.Value>"
    else:
        secret = "{{resolve:secretsmanager:contrail/other/origin:SecretString:::}}"
    for origin in gateways:
        assert "OriginPath" not in origin
        assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
        assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
        (header,) = origin["OriginCustomHeaders"]
        assert header["HeaderName"] == HEADER
        assert assembly.text("edge", header["HeaderValue"]) == secret


def test_a_domain_brings_its_certificate(other: Assembly, has: dict[str, Any]) -> None:
    assert "Aliases" not in has
    named = other.only("CloudFront::Distribution").properties["DistributionConfig"]
    assert named["Aliases"] == ["chat.example.com"]
    certificate = named["ViewerCertificate"]
    assert certificate["AcmCertificateArn"] == CERTIFICATE
    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
