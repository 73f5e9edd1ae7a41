"""SQS FIFO queues within the process: the same events, order, delay, visibility, dead letters.

What differs from the service, on purpose: a batch holds records of one group (SQS may mix
groups, and handlers must cope with that); failed records come back after `retry_delay` instead
of the visibility timeout, and those behind them in the batch even if the handler didn't report
them (SQS would delete these); there is no `md5OfBody`; nothing survives the process.
Deduplication is scoped to the message group, as in high-throughput mode.
"""

from local.queues.fifo import FifoQueue
from local.queues.groups import QueueSpec

__all__ = ["FifoQueue", "QueueSpec"]
