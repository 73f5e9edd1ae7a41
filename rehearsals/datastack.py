"""The resources of a data stack that AWS's stand-ins can make, deployed through CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from infra.grants import ADMIN, DATABASE, ORIGIN, SIGNING
from infra.verifying import Deployed

Json = dict[str, Any]
KINDS = (
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
)
URI = "mongodb+srv://workspace:password@cluster.example.net/rocketchat"


def deploy(at: Deployed, template: Json, kinds: Collection[str] = KINDS) -> None:
    """Make the stack's resources of these kinds, and put the database's address in."""
    resources = {name: one for name, one in template["Resources"].items() if one["Type"] in kinds}
    client, name = at.client("cloudformation"), f"{at.context.prefix}-data"
    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    client.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    _keep_secrets(at)


def _keep_secrets(at: Deployed) -> None:
    """As a person does with the first; the others are made by a function, or by AWS itself."""
    prefix = at.context.secrets
    if not at.context.sizes.parameters:
        if "SecretsManager::Secret" in at.made:
            manager = at.client("secretsmanager")
            manager.put_secret_value(SecretId=prefix + DATABASE, SecretString=URI)
        return
    ssm = at.client("ssm")
    for name in (DATABASE, SIGNING, ORIGIN, ADMIN):
        value = URI if name == DATABASE else f"made-for-{name}"
        ssm.put_parameter(Name=prefix + name, Value=value, Type="SecureString")
