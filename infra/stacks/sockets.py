"""The routes of the WebSocket API: `$connect` to a function, frames to a queue, pings to nobody."""

from __future__ import annotations

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from contrail.ddp.frames import PONG
from infra.context import Context
from infra.stacks.access_logs import NO_LOGS, access_log, sockets_log
from infra.stacks.acknowledging import acknowledge
from infra.stacks.data import SOCKETS_STAGE

CHOICE, DEFAULT = r"\$default", "$default"
"""The expression that chooses a template, and the one key that it comes to."""
FORM = "'application/x-www-form-urlencoded'"
ATTRIBUTES = {
    "event": "$context.eventType",
    "time": "$context.requestTimeEpoch",
    "correlation_id": "$context.requestId",
}


def send_message() -> str:
    """SQS's SendMessage as a mapping template. The client's text is in the body alone, as base64.

    An empty body becomes a space, because SQS knows no empty ones.
    """
    fields = {
        "Action": "SendMessage",
        "Version": "2012-11-05",
        "MessageGroupId": "$util.urlEncode($context.connectionId)",
        "MessageDeduplicationId": "$util.urlEncode($context.requestId)",
    }
    for number, (name, value) in enumerate(ATTRIBUTES.items(), 1):
        attribute = f"MessageAttribute.{number}"
        fields[f"{attribute}.Name"] = name
        fields[f"{attribute}.Value.DataType"] = "String"
        fields[f"{attribute}.Value.StringValue"] = f"$util.urlEncode({value})"
    body = "$util.urlEncode($util.base64Encode($input.body))"
    fields["MessageBody"] = f'#if("$!input.body" == "")%20#{{else}}{body}#end'
    return "&".join(f"{name}={value}" for name, value in fields.items())


class Routes:
    """Adds routes to the API whose id is `api`; `publish` when all are there."""

    def __init__(self, stack: Stack, api: str, context: Context) -> None:
        self._stack = stack
        self._api = api
        self._context = context
        self._made: list[CfnResource] = []

    def to_function(self, key: str, alias: lambda_.Alias) -> None:
        alias.add_permission(
            "Sockets",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=self._stack.format_arn(
                service="execute-api", resource=self._api, resource_name=f"*/{key}"
            ),
        )
        integration = gateway.CfnIntegration(
            self._stack,
            "ConnectIntegration",
            api_id=self._api,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=self._uri(
                "lambda", f"path/2015-03-31/functions/{alias.function_arn}/invocations"
            ),
        )
        self._route("Connect", key, integration)

    def to_queue(self, queue: sqs.Queue, **keys: str) -> None:
        """`keys` by the name of the route's construct; they share one integration."""
        role = iam.Role(
            self._stack,
            "EnqueueingRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            inline_policies={
                "Grants": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            actions=["sqs:SendMessage"], resources=[queue.queue_arn]
                        )
                    ]
                )
            },
        )
        integration = gateway.CfnIntegration(
            self._stack,
            "EnqueueingIntegration",
            api_id=self._api,
            integration_type="AWS",
            integration_method="POST",
            integration_uri=self._uri("sqs", f"path/{self._stack.account}/{queue.queue_name}"),
            credentials_arn=role.role_arn,
            passthrough_behavior="NEVER",
            request_parameters={"integration.request.header.Content-Type": FORM},
            template_selection_expression=CHOICE,
            request_templates={DEFAULT: send_message()},
        )
        for name, key in keys.items():
            self._route(name, key, integration)

    def to_pong(self, key: str) -> None:
        """Answered by the gateway itself. A template cannot see the frame, and so not its `id`."""
        integration = gateway.CfnIntegration(
            self._stack,
            "PingIntegration",
            api_id=self._api,
            integration_type="MOCK",
            passthrough_behavior="NEVER",
            template_selection_expression=CHOICE,
            request_templates={DEFAULT: '{"statusCode": 200}'},
        )
        response = gateway.CfnIntegrationResponse(
            self._stack,
            "PingIntegrationResponse",
            api_id=self._api,
            integration_id=integration.ref,
            integration_response_key=DEFAULT,
            template_selection_expression=CHOICE,
            response_templates={DEFAULT: PONG},
        )
        route = self._route("Ping", key, integration, answered=True)
        answer = gateway.CfnRouteResponse(
            self._stack,
            "PingRouteResponse",
            api_id=self._api,
            route_id=route.ref,
            route_response_key=DEFAULT,
        )
        self._made += [response, answer]

    def publish(self) -> None:
        sizes, log = self._context.sizes, access_log(self._stack, self._context, "Sockets")
        stage = gateway.CfnStage(
            self._stack,
            "Stage",
            api_id=self._api,
            stage_name=SOCKETS_STAGE,
            auto_deploy=True,
            default_route_settings=gateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=sizes.rate, throttling_burst_limit=sizes.burst
            ),
            access_log_settings=None if log is None else sockets_log(self._stack, log),
        )
        for made in self._made:
            stage.add_resource_dependency(made)
        if log is None:
            acknowledge(stage, {"APIG1": NO_LOGS})

    def _route(
        self, name: str, key: str, integration: gateway.CfnIntegration, *, answered: bool = False
    ) -> gateway.CfnRoute:
        route = gateway.CfnRoute(
            self._stack,
            f"{name}Route",
            api_id=self._api,
            route_key=key,
            authorization_type="NONE",
            route_response_selection_expression=DEFAULT if answered else None,
            target=f"integrations/{integration.ref}",
        )
        acknowledge(route, {"APIG4": "A session logs in over DDP, after it was opened."})
        self._made.append(route)
        return route

    def _uri(self, service: str, path: str) -> str:
        return f"arn:{self._stack.partition}:apigateway:{self._stack.region}:{service}:{path}"
