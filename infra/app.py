"""The stacks of a workspace, made from the tables and the topology: what `cdk` runs.

For what may be chosen see `infra/context.py`.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.admin import unguarded
from infra.context import Context, ContextError
from infra.packages import Packages, Target, build
from infra.stacks.api import Api
from infra.stacks.data import Data
from infra.stacks.deploying import Deploying
from infra.stacks.edge import Edge
from infra.stacks.firewall import Firewall
from infra.stacks.observability import Observability
from infra.stacks.realtime import Realtime
from infra.tables import tables

PACKAGES = Path("build/lambda")


def compose(app: App, context: Context, packages: Packages) -> None:
    """Put the stacks into the app. Raises `ValueError` for tables that must not be deployed."""
    open_doors = unguarded(tables().values())
    if open_doors:
        raise ValueError("; ".join(open_doors))
    name = context.prefix
    data = Data(app, f"{name}-data", context)
    deploying = Deploying(app, f"{name}-deploy", context, packages, data.things)
    api = Api(app, f"{name}-api", context, packages, data.things, data)
    realtime = Realtime(app, f"{name}-realtime", context, packages, api.things, data)
    edge = Edge(app, f"{name}-edge", context, rest=api.host, sockets=realtime.host)
    observability = Observability(app, f"{name}-observability", context, data)
    for earlier, later in pairwise((data, deploying, api, realtime, edge, observability)):
        later.add_stack_dependency(earlier)
    if context.sizes.firewall:
        Firewall(app, f"{name}-firewall", context)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def main() -> int:
    app = App()
    try:
        context = Context.read({key: app.node.try_get_context(key) for key in Context.wanted()})
    except ContextError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    compose(app, context, build(PACKAGES, Target.LAMBDA, context.topology.functions))
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
