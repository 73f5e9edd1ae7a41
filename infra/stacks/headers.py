"""What the edge has answers say of themselves to browsers."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront

from infra.context import Context

PAGE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""What the page may hold: its own words and their style."""
YEAR = Duration.days(365)


def headers(
    stack: Stack, context: Context, name: str, contents: str = ""
) -> cloudfront.ResponseHeadersPolicy:
    """Only what has no policy for its `contents` may be framed.

    Files are shown in other people's pages, and the pages of services bring policies of their own.
    """
    policy = cloudfront.ResponseHeadersContentSecurityPolicy(
        content_security_policy=contents, override=False
    )
    return cloudfront.ResponseHeadersPolicy(
        stack,
        f"{name}Headers",
        response_headers_policy_name=f"{context.prefix}-{name.lower()}",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=policy if contents else None,
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=False
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=YEAR, override=True
            ),
        ),
    )
