"""A function that makes what CloudFormation cannot, and the resources that are made so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import CustomResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from infra.context import Context
from infra.stacks.acknowledging import acknowledge
from infra.stacks.retention import RETENTION

CODE = Path(__file__).parents[1] / "maker.py"
READ, MAKE, PUT = "ssm:GetParameter", "ssm:PutParameter", "s3:PutObject"


class Maker:
    """One to a stack, called `place`; `granted` has by action the ARNs that it may be done to."""

    def __init__(
        self, stack: Stack, context: Context, place: str, granted: Mapping[str, Sequence[str]]
    ) -> None:
        self._stack = stack
        name = f"{context.prefix}-{place}-maker"
        log = logs.LogGroup(
            stack,
            "MakerLog",
            log_group_name=f"/aws/lambda/{name}",
            retention=RETENTION[context.sizes.logs],
            removal_policy=RemovalPolicy.DESTROY,
        )
        logging = {"logs:CreateLogStream": [log.log_group_arn]}
        logging["logs:PutLogEvents"] = [log.log_group_arn]
        statements = [
            iam.PolicyStatement(actions=[action], resources=list(arns))
            for action, arns in {**granted, **logging}.items()
        ]
        self._function = lambda_.Function(
            stack,
            "Maker",
            function_name=name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_inline(CODE.read_text("utf-8")),
            handler="index.handler",
            timeout=Duration.seconds(30),
            role=iam.Role(
                stack,
                "MakerRole",
                assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
                inline_policies={"Grants": iam.PolicyDocument(statements=statements)},
            ),
            log_group=log,
        )
        acknowledge(self._function, {"L1": "It is the one that the packages are built for."})

    def make(self, name: str, **properties: object) -> CustomResource:
        """Made again when a property changes: see `infra/maker.py` for what they are."""
        return CustomResource(
            self._stack,
            name,
            service_token=self._function.function_arn,
            resource_type=f"Custom::{name}",
            properties=properties,
        )
