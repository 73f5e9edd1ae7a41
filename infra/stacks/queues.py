"""The queues of the topology, each with its dead letters, and what works through them."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.context import Context
from infra.topology import Queue

KEPT = Duration.days(14)
"""How long dead letters wait for someone to look at them: the longest there is."""


def add_queues(stack: Stack, context: Context) -> dict[str, sqs.Queue]:
    return {queue.name: _add(stack, context, queue) for queue in context.topology.queues}


def add_triggers(
    context: Context, queues: Mapping[str, sqs.Queue], aliases: Mapping[str, lambda_.Alias]
) -> None:
    """`aliases` of the stack's functions by name. A batch's failed items alone come again."""
    sizes = {queue.name: queue.batch for queue in context.topology.queues}
    for function in context.topology.functions:
        if function.name not in aliases:
            continue
        for name in function.consumes:
            lambda_.EventSourceMapping(
                aliases[function.name],
                name.title(),
                target=aliases[function.name],
                event_source_arn=queues[name].queue_arn,
                batch_size=sizes[name],
                report_batch_item_failures=True,
                max_concurrency=context.sizes.polls,
            )


def _add(stack: Stack, context: Context, queue: Queue) -> sqs.Queue:
    """High-throughput FIFO. Names end in the topology's, which is how handlers know a queue."""
    place, name = queue.name.title(), f"{context.prefix}-{queue.name}"
    dead = sqs.Queue(
        stack,
        f"{place}Dead",
        queue_name=f"{name}-dead.fifo",
        fifo=True,
        retention_period=KEPT,
        enforce_ssl=True,
    )
    return sqs.Queue(
        stack,
        place,
        queue_name=f"{name}.fifo",
        fifo=True,
        fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP,
        content_based_deduplication=False,
        visibility_timeout=Duration.seconds(queue.visibility),
        delivery_delay=Duration.seconds(queue.delay),
        enforce_ssl=True,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=queue.receives),
    )
