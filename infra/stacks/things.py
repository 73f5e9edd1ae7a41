"""What functions may be granted, as the stacks hand it on to one another."""

from __future__ import annotations

from dataclasses import dataclass

from infra.grants import Kind


@dataclass(frozen=True, slots=True)
class Thing:
    """`arn` is what policies name, `address` what the function's variable holds.

    `shown` is how cdk-nag words the ARN in its findings; only wildcards below it need that.
    `actions` take the place of the grant's where the thing is of another service than usual.
    """

    arn: str
    address: str
    shown: str = ""
    actions: tuple[str, ...] = ()


Things = dict[tuple[Kind, str], Thing]
