"""The one address that clients know: CloudFront before both gateways."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from contrail.api.origin import HEADER
from infra import edge
from infra.context import Context
from infra.stacks.acknowledging import acknowledge
from infra.stacks.api import STAGE
from infra.stacks.data import SOCKETS_STAGE
from infra.stacks.headers import PAGE, headers
from infra.stacks.maker import Maker
from infra.stacks.pages import Pages
from infra.stacks.secrets import origin_header, origin_reading
from infra.tables import roots, routes

ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""What CloudFront would keep for ten seconds, one user's error for all."""
TLS = cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021


class Edge(Stack):
    """`rest` and `sockets` are the gateways' hosts."""

    def __init__(
        self, scope: Construct, name: str, context: Context, *, rest: str, sockets: str
    ) -> None:
        super().__init__(scope, name)
        pages = Pages(self)
        maker = Maker(self, context, "edge", {**pages.filling, **origin_reading(self, context)})
        pages.fill(maker)
        self._secret = origin_header(maker, context)
        to_rest = self._origin(rest)
        routed = self._behavior(
            to_rest,
            cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            headers(self, context, "Api"),
            self._viewed("Routing", edge.routing(edge.owners(routes()), roots())),
        )
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=context.prefix,
            domain_names=[context.domain] if context.domain else None,
            certificate=self._certificate(context.certificate),
            # CloudFront's own certificate has protocols of its own.
            minimum_protocol_version=TLS if context.domain else None,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            web_acl_id=context.web_acl or None,
            default_behavior=cloudfront.BehaviorOptions(
                origin=pages.origin,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                response_headers_policy=headers(self, context, "Page", PAGE),
                function_associations=self._viewed("Page", edge.page()),
            ),
            additional_behaviors={
                **{f"/{root}/*": routed for root in (STAGE, *sorted(roots()))},
                # The path is the stage's name already.
                f"/{SOCKETS_STAGE}": self._behavior(
                    self._origin(sockets), cloudfront.ViewerProtocolPolicy.HTTPS_ONLY
                ),
            },
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
                for status in ERRORS
            ],
        )
        firewall = "A firewall costs more than an idle workspace does: context key webAcl."
        acknowledge(
            distribution,
            {
                "CFR1": "Who may join a workspace is no matter of countries.",
                **({} if context.web_acl else {"CFR2": firewall}),
                "CFR3": "Addresses may carry tokens; functions log requests without them.",
                "CFR4": "Without a domain it has CloudFront's own certificate and protocols.",
            },
        )
        CfnOutput(self, "Address", value=f"https://{distribution.distribution_domain_name}")

    def _origin(self, host: str) -> origins.HttpOrigin:
        """No path of its own: the stage is in the client's."""
        return origins.HttpOrigin(
            host,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=Duration.seconds(30),
            custom_headers={HEADER: self._secret},
        )

    def _behavior(
        self,
        origin: origins.HttpOrigin,
        protocols: cloudfront.ViewerProtocolPolicy,
        said: cloudfront.ResponseHeadersPolicy | None = None,
        associations: list[cloudfront.FunctionAssociation] | None = None,
    ) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origin,
            viewer_protocol_policy=protocols,
            compress=False,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            response_headers_policy=said,
            function_associations=associations,
        )

    def _viewed(self, name: str, code: str) -> list[cloudfront.FunctionAssociation]:
        """A viewer-request function."""
        function = cloudfront.Function(
            self,
            name,
            code=cloudfront.FunctionCode.from_inline(code),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        request = cloudfront.FunctionEventType.VIEWER_REQUEST
        return [cloudfront.FunctionAssociation(event_type=request, function=function)]

    def _certificate(self, arn: str) -> acm.ICertificate | None:
        return acm.Certificate.from_certificate_arn(self, "Certificate", arn) if arn else None
