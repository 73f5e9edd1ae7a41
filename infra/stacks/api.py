"""REST: the API in front of the services, their functions, and the clock."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as gateway
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from contrail.api.envelopes import not_found
from contrail.shapes.rows import Schedule
from infra import edge
from infra.context import Context
from infra.grants import grants
from infra.packages import Packages
from infra.profiles import Topology
from infra.stacks.access_logs import NO_LOGS, REST_FORMAT, access_log
from infra.stacks.acknowledging import acknowledge
from infra.stacks.data import Data
from infra.stacks.functions import Functions
from infra.stacks.queues import add_triggers
from infra.stacks.refusals import REFUSALS
from infra.stacks.things import Thing, Things
from infra.tables import tables
from infra.topology import Function

STAGE = "api"
JSON = "application/json"
BINARY = ("multipart/form-data", edge.BINARY)
"""What comes as base64; everything else is text."""


class Api(Stack):
    """`things` are those given and the functions; `host` is where the API answers."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        context: Context,
        packages: Packages,
        things: Things,
        data: Data,
    ) -> None:
        super().__init__(scope, name)
        self.things = dict(things)
        self._functions = Functions(self, context, packages, self.things)
        self._rest = self._api(context)
        self.host = f"{self._rest.rest_api_id}.execute-api.{self.region}.{self.url_suffix}"
        aliases: dict[str, lambda_.Alias] = {}
        for function in _callees_first(context.topology):
            alias = aliases[function.name] = self._functions.add(function)
            for service in function.services:
                self.things["function", service] = Thing(alias.function_arn, alias.function_arn)
                if tables()[service].rest or tables()[service].pages:
                    self._serve(service, alias)
                for schedule in tables()[service].schedules:
                    self._schedule(schedule, alias)
        add_triggers(context, data.queues, aliases)
        self._refuse_the_rest()

    def _api(self, context: Context) -> gateway.RestApi:
        log = access_log(self, context, "Rest")
        api = gateway.RestApi(
            self,
            "Rest",
            rest_api_name=context.prefix,
            deploy_options=gateway.StageOptions(
                stage_name=STAGE,
                throttling_rate_limit=context.sizes.rate,
                throttling_burst_limit=context.sizes.burst,
                tracing_enabled=bool(context.tracing),
                access_log_destination=gateway.LogGroupLogDestination(log) if log else None,
                access_log_format=gateway.AccessLogFormat.custom(REST_FORMAT) if log else None,
            ),
            endpoint_types=[gateway.EndpointType.REGIONAL],
            binary_media_types=list(BINARY),
        )
        for kind, (status, body) in REFUSALS.items():
            api.add_gateway_response(
                kind.title().replace("_", ""),
                type=gateway.ResponseType.of(kind),
                status_code=None if status is None else str(status),
                templates={JSON: body},
            )
        acknowledge(
            api,
            {
                **({} if log else {"APIG1": NO_LOGS}),
                "APIG2": "Rows say what is valid, and functions hold requests to it.",
                "APIG3": "A firewall belongs before the edge: context key webAcl.",
                "APIG4": "Login tokens are Rocket.Chat's: functions judge them.",
                "APIG6": "Functions log requests, and what a gateway refuses its access log has.",
                "COG4": "Login tokens are Rocket.Chat's: functions judge them.",
            },
        )
        return api

    def _serve(self, service: str, alias: lambda_.Alias) -> None:
        """A name such as `chat.sendMessage` is one segment: the edge puts the service before it."""
        below = self._rest.root.add_resource(service).add_resource("{proxy+}")
        below.add_method("ANY", gateway.LambdaIntegration(alias, allow_test_invoke=False))

    def _refuse_the_rest(self) -> None:
        nothing = gateway.MockIntegration(
            passthrough_behavior=gateway.PassthroughBehavior.NEVER,
            # Of a body that is taken for binary no template can be made.
            content_handling=gateway.ContentHandling.CONVERT_TO_TEXT,
            request_templates={JSON: '{"statusCode": 404}'},
            integration_responses=[
                gateway.IntegrationResponse(
                    status_code="404", response_templates={JSON: not_found()["body"]}
                )
            ],
        )
        self._rest.root.add_resource("{proxy+}").add_method(
            "ANY", nothing, method_responses=[gateway.MethodResponse(status_code="404")]
        )

    def _schedule(self, schedule: Schedule, alias: lambda_.Alias) -> None:
        """A run that fails is not repeated: the next one is due anyway."""
        every = Duration.seconds(schedule.every)
        events.Rule(
            self,
            f"{schedule.name.title()}Schedule",
            schedule=events.Schedule.rate(every),
            targets=[
                targets.LambdaFunction(
                    alias,
                    event=events.RuleTargetInput.from_object({"schedule": schedule.name}),
                    retry_attempts=0,
                    max_event_age=every,
                )
            ],
        )


def _callees_first(topology: Topology) -> Iterator[Function]:
    """Raises `graphlib.CycleError` for functions that call each other."""
    answering = topology.answering()
    calls = {
        function.name: {
            answering[one.name].name for one in grants(function) if one.kind == "function"
        }
        for function in sorted(answering.values(), key=lambda one: one.name)
    }
    named = {function.name: function for function in topology.functions}
    return (named[name] for name in graphlib.TopologicalSorter(calls).static_order())
