"""DDP: the WebSocket API's routes, the queues, and the functions that work through them."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.context import Context
from infra.packages import Packages
from infra.stacks.data import Data
from infra.stacks.functions import Functions
from infra.stacks.queues import add_queues, add_triggers
from infra.stacks.sockets import Routes
from infra.stacks.things import Thing, Things
from infra.tables import tables
from infra.topology import FUNCTIONS


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
        queues = add_queues(self, context)
        made: Things = {
            ("queue", name): Thing(queue.queue_arn, queue.queue_url)
            for name, queue in queues.items()
        }
        functions = Functions(self, context, packages, {**things, **made})
        aliases = {one.name: functions.add(one) for one in FUNCTIONS if not one.rest}
        add_triggers(context, queues, aliases)
        data.facts.add_subscription(
            subscriptions.SqsSubscription(queues["facts"], raw_message_delivery=True)
        )
        routes = Routes(self, data.sockets)
        for function in FUNCTIONS:
            if function.socket:
                for route in tables()[function.service].sockets:
                    routes.to_function(route.key, aliases[function.name])
        routes.to_queue(queues["frames"], Default="$default", Disconnect="$disconnect")
        routes.to_pong("ping")
        routes.publish()
