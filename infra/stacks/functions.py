"""A function of the topology, with its role, its log and the alias that everything calls."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from infra.context import Context
from infra.grants import VERBS, grants, names
from infra.packages import Packages, content_hash
from infra.stacks.acknowledging import acknowledge
from infra.stacks.retention import RETENTION
from infra.stacks.things import Things
from infra.topology import Function

ALIAS = "live"
RUNTIME, ARCHITECTURE = lambda_.Runtime.PYTHON_3_13, lambda_.Architecture.ARM_64
"""What the packages are built for."""
TRACING = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")


class Functions:
    """Adds functions to one stack, which gets a layer of its own of the one asset.

    A layer shared by stacks would be an export, and exports in use cannot be changed.
    """

    def __init__(self, stack: Stack, context: Context, packages: Packages, things: Things) -> None:
        self._stack = stack
        self._context = context
        self._packages = packages
        self._things = things
        self._layer = lambda_.LayerVersion(
            stack,
            "Kernel",
            code=lambda_.Code.from_asset(
                str(packages.layer), asset_hash=content_hash(packages.layer)
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )

    def add(self, function: Function) -> lambda_.Alias:
        """`KeyError` for a grant of something that no stack before has made."""
        name = f"{self._context.prefix}-{function.name}"
        place = function.name.title()
        log = logs.LogGroup(
            self._stack,
            f"{place}Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=RETENTION[self._context.sizes.logs],
            removal_policy=RemovalPolicy.DESTROY,
        )
        package = self._packages.functions[function.name]
        made = lambda_.Function(
            self._stack,
            place,
            function_name=name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=lambda_.Code.from_asset(str(package), asset_hash=content_hash(package)),
            handler=function.handler,
            layers=[self._layer],
            memory_size=function.memory,
            timeout=Duration.seconds(function.timeout),
            environment=self._environment(function),
            role=self._role(function, place, log),
            log_group=log,
        )
        acknowledge(made, {"L1": "It is the one that the packages are built for."})
        if self._context.tracing:
            # Asked of the construct, tracing would add a policy of its own to the role.
            plain = made.node.default_child
            assert isinstance(plain, lambda_.CfnFunction)
            plain.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        return lambda_.Alias(
            self._stack, f"{place}Live", alias_name=ALIAS, version=made.current_version
        )

    def _environment(self, function: Function) -> dict[str, str]:
        variables = {
            **self._context.variables,
            **names(function),
            **{
                one.variable: self._things[one.key].address
                for one in grants(function)
                if one.variable
            },
        }
        return {name: value for name, value in variables.items() if value}

    def _role(self, function: Function, place: str, log: logs.LogGroup) -> iam.Role:
        statements = [
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log.log_group_arn],
            )
        ]
        wildcards: list[str] = []
        for one in grants(function):
            thing, verb = self._things[one.key], VERBS[one.verb]
            statements.append(
                iam.PolicyStatement(
                    actions=list(thing.actions or verb.actions),
                    resources=[f"{thing.arn}{part}" for part in verb.parts],
                )
            )
            wildcards += [f"{thing.shown}{part}" for part in verb.parts if "*" in part]
        if self._context.tracing:
            statements.append(iam.PolicyStatement(actions=list(TRACING), resources=["*"]))
        role = iam.Role(
            self._stack,
            f"{place}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"Grants": iam.PolicyDocument(statements=statements)},
        )
        reason = "Connections, verified senders and files come and go."
        for resource in wildcards:
            acknowledge(role, {f"IAM5[Resource::{resource}]": reason})
        if self._context.tracing:
            acknowledge(role, {"IAM5[Resource::*]": "X-Ray's traces have no ARN."})
        return role
