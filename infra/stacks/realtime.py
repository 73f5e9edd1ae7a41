"""DDP: the WebSocket API's routes, and the functions that work through the queues."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.context import Context
from infra.packages import Packages
from infra.stacks.data import Data
from infra.stacks.functions import Functions
from infra.stacks.queues import add_triggers
from infra.stacks.sockets import Routes
from infra.stacks.things import Things
from infra.tables import tables


class Realtime(Stack):
    """`host` is where the WebSocket API answers."""

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
        self.host = f"{data.sockets}.execute-api.{self.region}.{self.url_suffix}"
        functions = Functions(self, context, packages, things)
        apart = [one for one in context.topology.functions if not (one.rest or one.deploys)]
        aliases = {one.name: functions.add(one) for one in apart}
        add_triggers(context, data.queues, aliases)
        routes = Routes(self, data.sockets, context)
        for function in apart:
            if function.socket:
                for route in tables()[function.service].sockets:
                    routes.to_function(route.key, aliases[function.name])
        routes.to_queue(data.queues["frames"], Default="$default", Disconnect="$disconnect")
        routes.to_pong("ping")
        routes.publish()
