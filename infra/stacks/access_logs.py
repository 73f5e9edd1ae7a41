"""What the gateways write down of each request, where whoever deploys wants it.

They write with a role that is set once for a whole account and region, so no workspace's stacks
may make it: two would take it from each other.
"""

from __future__ import annotations

import json

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_logs as logs

from infra.context import Context
from infra.stacks.retention import RETENTION

NO_LOGS = "Gateways log only with a role of the whole account (context key accessLogs)."


def _line(**fields: str) -> str:
    """Neither queries nor headers, which may hold login tokens."""
    common = {
        "requestId": "$context.requestId",
        "time": "$context.requestTimeEpoch",
        "status": "$context.status",
        "error": "$context.error.responseType",
    }
    return json.dumps(common | fields)


REST_FORMAT = _line(verb="$context.httpMethod", path="$context.path", ms="$context.responseLatency")
SOCKETS_FORMAT = _line(
    route="$context.routeKey",
    connection="$context.connectionId",
    ms="$context.integrationLatency",
)


def access_log(stack: Stack, context: Context, name: str) -> logs.LogGroup | None:
    """None where none is wanted. Gateways know log groups of any name."""
    if not context.access_logs:
        return None
    return logs.LogGroup(
        stack,
        f"{name}AccessLog",
        log_group_name=f"/aws/apigateway/{context.prefix}-{name.lower()}",
        retention=RETENTION[context.sizes.logs],
        removal_policy=RemovalPolicy.DESTROY,
    )


def sockets_log(
    stack: Stack, log: logs.LogGroup
) -> apigatewayv2.CfnStage.AccessLogSettingsProperty:
    """Gateways refuse the `:*` that the attribute with a log group's ARN ends in."""
    arn = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name=log.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return apigatewayv2.CfnStage.AccessLogSettingsProperty(
        destination_arn=arn, format=SOCKETS_FORMAT
    )
