"""The workspace's secrets: Secrets Manager's, or parameters where nothing may cost anything.

No template holds one. The database's is put in by whoever deploys. The others are made where they
are kept: by Secrets Manager itself, or, since CloudFormation cannot make an encrypted parameter,
by a function of ours that it calls (`infra/maker.py`).
"""

from __future__ import annotations

from aws_cdk import SecretValue, Stack
from aws_cdk import aws_secretsmanager as secretsmanager

from infra.context import Context
from infra.grants import ADMIN, DATABASE, ORIGIN, SECRETS, SIGNING
from infra.stacks.acknowledging import acknowledge
from infra.stacks.maker import MAKE, READ, Maker
from infra.stacks.things import Thing, Things

MADE = {
    SIGNING: "What login tokens are signed with",
    ORIGIN: "What the edge shows to the gateways",
    ADMIN: "What the first admin logs in with, until it is changed there",
}


def add_secrets(stack: Stack, context: Context) -> Things:
    return _parameters(stack, context) if context.sizes.parameters else _secrets(stack, context)


def origin_reading(stack: Stack, context: Context) -> dict[str, list[str]]:
    """What a maker has to be granted for `origin_header`."""
    if not context.sizes.parameters:
        return {}
    return {READ: [_arn(stack, f"{context.secrets}{ORIGIN}")]}


def origin_header(maker: Maker, context: Context) -> str:
    """What the edge shows to the gateways: a reference to it."""
    name = f"{context.secrets}{ORIGIN}"
    if context.sizes.parameters:
        told = maker.make("OriginHeader", Read=name, Version=context.origin_version)
        return told.get_att_string("Value")
    version = context.origin_version or None
    return SecretValue.secrets_manager(name, version_id=version).unsafe_unwrap()


def _secrets(stack: Stack, context: Context) -> Things:
    database = secretsmanager.CfnSecret(
        stack,
        "Database",
        # Made without a value, and no deployment writes over the one that was put in.
        name=f"{context.secrets}{DATABASE}",
        description="The MongoDB URI, user and password included",
    )
    acknowledge(database, {"SMG4": "Its value belongs to the database, where it is rotated."})
    things: Things = {("secret", DATABASE): Thing(database.ref, context.secrets)}
    for name, description in MADE.items():
        secret = secretsmanager.Secret(
            stack,
            name.title().replace("-", ""),
            secret_name=f"{context.secrets}{name}",
            description=description,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
        )
        acknowledge(
            secret, {"SMG4": "Changing it ends sessions or service: a person decides when."}
        )
        things["secret", name] = Thing(secret.secret_arn, context.secrets)
    return things


def _parameters(stack: Stack, context: Context) -> Things:
    things: Things = {}
    for name in SECRETS:
        arn = _arn(stack, f"{context.secrets}{name}")
        things["secret", name] = Thing(arn, context.secrets, actions=(READ,))
    made = [things["secret", name].arn for name in MADE]
    maker = Maker(stack, context, "data", {MAKE: made})
    maker.make("Secrets", Make=[f"{context.secrets}{name}" for name in MADE])
    return things


def _arn(stack: Stack, name: str) -> str:
    return stack.format_arn(
        service="ssm", resource="parameter", resource_name=name.removeprefix("/")
    )
