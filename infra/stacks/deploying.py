"""What brings the data up to date: the function, and the resource that has it called.

It stands between the data and the code: it works before any function of this release does, beside
those of the release before.
"""

from __future__ import annotations

from aws_cdk import CustomResource, Stack
from constructs import Construct

from infra.context import Context
from infra.packages import Packages, content_hash
from infra.stacks.functions import Functions
from infra.stacks.things import Things


class Deploying(Stack):
    def __init__(
        self, scope: Construct, name: str, context: Context, packages: Packages, things: Things
    ) -> None:
        super().__init__(scope, name)
        functions = Functions(self, context, packages, things)
        for function in context.topology.functions:
            if function.deploys:
                alias = functions.add(function)
                parts = (packages.layer, packages.functions[function.name])
                CustomResource(
                    self,
                    "Prepared",
                    service_token=alias.function_arn,
                    resource_type="Custom::Prepared",
                    # Called again when it changes, which is with every change of the kernel.
                    properties={
                        "Task": "prepare",
                        "Code": "-".join(content_hash(part)[:16] for part in parts),
                    },
                )
