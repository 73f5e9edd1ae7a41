"""What calls the functions of the templates, against the topology and the tables, both ways."""

from __future__ import annotations

import json

from infra.context import Context
from infra.tables import tables
from tests.infra.assembly import Assembly, Resource
from tests.infra.deployed import alias, functions


def test_triggers_are_those_of_the_topology(assembly: Assembly, context: Context) -> None:
    found = functions(assembly, context)
    wanted = {
        (alias(assembly, found[function.name]), f"{context.prefix}-{queue}.fifo")
        for function in context.topology.functions
        for queue in function.consumes
    }
    by_arn = {f"{one.ref[:-1]}.Arn>": one.properties for one in assembly.of("SQS::Queue")}
    batches = {
        f"{context.prefix}-{queue.name}.fifo": queue.batch for queue in context.topology.queues
    }
    seen = set()
    for one in assembly.of("Lambda::EventSourceMapping"):
        has = one.properties
        queue = by_arn[assembly.text(one.stack, has["EventSourceArn"])]["QueueName"]
        seen.add((assembly.text(one.stack, has["FunctionName"]).removesuffix(":live"), queue))
        assert has["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert has["BatchSize"] == batches[queue]
        assert has["ScalingConfig"]["MaximumConcurrency"] == context.sizes.polls
    assert seen == wanted


def test_queues_are_those_of_the_topology(assembly: Assembly, context: Context) -> None:
    found = {one.properties["QueueName"]: one for one in assembly.of("SQS::Queue")}
    named = {f"{context.prefix}-{queue.name}": queue for queue in context.topology.queues}
    assert set(found) == {f"{name}{end}" for name in named for end in (".fifo", "-dead.fifo")}
    for name, queue in named.items():
        has = found[f"{name}.fifo"].properties
        dead = f"{found[f'{name}-dead.fifo'].ref[:-1]}.Arn>"
        assert has["VisibilityTimeout"] == queue.visibility
        assert has["DelaySeconds"] == queue.delay
        assert (has["FifoQueue"], has["ContentBasedDeduplication"]) == (True, False)
        assert has["FifoThroughputLimit"] == "perMessageGroupId"
        assert has["DeduplicationScope"] == "messageGroup"
        assert has["RedrivePolicy"]["maxReceiveCount"] == queue.receives
        assert assembly.text("data", has["RedrivePolicy"]["deadLetterTargetArn"]) == dead
        for function in context.topology.functions:
            if queue.name in function.consumes:
                assert queue.visibility > function.timeout


def test_schedules_are_those_of_the_tables(assembly: Assembly, context: Context) -> None:
    found = functions(assembly, context)
    answering = context.topology.answering()
    wanted = {
        (alias(assembly, found[answering[service].name]), row.name, row.every)
        for service, table in tables().items()
        for row in table.schedules
    }
    seen = set()
    for one in assembly.of("Events::Rule"):
        (target,) = one.properties["Targets"]
        rate, unit = one.properties["ScheduleExpression"].removeprefix("rate(").split(" ")
        every = int(rate) * {"minute": 60, "hour": 3600, "day": 86400}[unit.strip("s)")]
        given = json.loads(target["Input"])
        seen.add((assembly.text(one.stack, target["Arn"]), given["schedule"], every))
    assert seen == wanted


def test_gateways_call_the_functions_that_answer(assembly: Assembly, context: Context) -> None:
    found = functions(assembly, context)
    paths = {one.ref: one for one in assembly.of("ApiGateway::Resource")}
    seen = {}
    for one in assembly.of("ApiGateway::Method"):
        below = paths[assembly.text("api", one.properties["ResourceId"])]
        assert below.properties["PathPart"] == "{proxy+}"
        above = paths.get(assembly.text("api", below.properties["ParentId"]))
        integration = one.properties["Integration"]
        target = assembly.text("api", integration.get("Uri", integration["Type"]))
        seen[above.properties["PathPart"] if above else ""] = target.split("/functions/")[-1]
    wanted = {
        service: f"{alias(assembly, found[function.name])}/invocations"
        for service, function in context.topology.answering().items()
        if tables()[service].rest
    }
    assert seen == {**wanted, "": "MOCK"}
    (streamer,) = [one for one in context.topology.functions if one.socket]
    connect = assembly.only("ApiGatewayV2::Integration", IntegrationType="AWS_PROXY")
    uri = assembly.text(connect.stack, connect.properties["IntegrationUri"])
    assert uri.endswith(f"/functions/{alias(assembly, found[streamer.name])}/invocations")


def test_every_caller_may_call(main: Assembly, other: Assembly) -> None:
    """Who calls an alias needs its permission: the gateways and the clock."""
    for assembly in (main, other):
        allowed = sorted(
            (assembly.text(one.stack, one.properties["FunctionName"]), one.properties["Principal"])
            for one in assembly.of("Lambda::Permission")
        )
        gateways = [
            assembly.text(one.stack, uri).split("/functions/")[1].removesuffix("/invocations")
            for kind in ("ApiGateway::Method", "ApiGatewayV2::Integration")
            for one in assembly.of(kind)
            if "/functions/" in assembly.text(one.stack, uri := _uri(one))
        ]
        clock = [
            assembly.text(one.stack, one.properties["Targets"][0]["Arn"])
            for one in assembly.of("Events::Rule")
        ]
        assert allowed == sorted(
            [
                *((one, "apigateway.amazonaws.com") for one in gateways),
                *((one, "events.amazonaws.com") for one in clock),
            ]
        )


def _uri(one: Resource) -> object:
    has = one.properties.get("Integration", one.properties)
    return has.get("Uri") or has.get("IntegrationUri") or ""
