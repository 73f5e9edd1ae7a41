"""Makes for CloudFormation what it cannot make by itself.

Runs in functions of its own, from this text: it imports what Lambda has and nothing of ours. What
a resource wants stands in its properties: `Make`, names of encrypted parameters that are to be
there; `Read`, the parameter whose value is wanted; `Put`, an object `{Bucket, Key, Body,
ContentType}`. All of it outlives the resource: a workspace that is made again on the same
database finds sessions as they were.
"""

from __future__ import annotations

import secrets
from typing import Any

import boto3
import cfnresponse  # type: ignore[import-not-found]  # Lambda puts it beside code in a template

BYTES = 48


def handler(event: dict[str, Any], context: Any) -> None:
    wanted, told, reason = event["ResourceProperties"], {}, None
    try:
        if event["RequestType"] != "Delete":
            told = _work(wanted)
    except Exception as error:  # noqa: BLE001 - without an answer CloudFormation waits for an hour
        reason = f"{type(error).__name__}: {error}"
    said = cfnresponse.FAILED if reason else cfnresponse.SUCCESS
    name = event["LogicalResourceId"]
    cfnresponse.send(event, context, said, told, name, noEcho=True, reason=reason)


def _work(wanted: dict[str, Any]) -> dict[str, str]:
    ssm = boto3.client("ssm")
    for name in wanted.get("Make", ()):
        try:
            value = secrets.token_urlsafe(BYTES)
            ssm.put_parameter(Name=name, Type="SecureString", Value=value, Overwrite=False)
        except ssm.exceptions.ParameterAlreadyExists:
            continue
    if "Put" in wanted:
        boto3.client("s3").put_object(**wanted["Put"])
    if "Read" not in wanted:
        return {}
    found = ssm.get_parameter(Name=wanted["Read"], WithDecryption=True)
    return {"Value": found["Parameter"]["Value"]}
