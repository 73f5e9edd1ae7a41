"""A month's bill, line by line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from infra.alarms import alarms
from infra.context import PROFILES, Context
from infra.cost import counts
from infra.cost.counts import Counts
from infra.cost.prices import MILLION, Free, Prices
from infra.cost.usage import Polling, Sizes, Usage
from infra.firewall import RULES
from infra.grants import SECRETS
from infra.profiles import Name, topology
from infra.tables import tables

MONTH = 730 * 3600
"""Seconds."""
KB_TO_GB = 1 / MILLION
Bill = dict[str, float]


@dataclass(frozen=True, slots=True)
class Month:
    """What `users` of a workspace in a profile cost; none of them is the floor of being idle."""

    profile: Name
    users: int
    usage: Usage = field(default_factory=Usage)
    sizes: Sizes = field(default_factory=Sizes)
    prices: Prices = field(default_factory=Prices)
    free: Free = field(default_factory=Free)
    polling: Polling = field(default_factory=Polling)

    def bill(self) -> Bill:
        """Dollars by service, what is free taken off."""
        return {
            "Lambda": self._lambda(),
            "API Gateway, REST": self._rest() * self.prices.rest_requests / MILLION,
            "API Gateway, WebSocket": self._sockets(),
            "SQS": self._paid(
                self._queued(), self.free.sqs_requests, self.prices.sqs_fifo_requests
            ),
            "SNS": self._sns(),
            "DynamoDB": self._tables(),
            "CloudFront": self._edge(),
            "S3": self._files(),
            "CloudWatch": self._watching(),
            "Secrets": self._secrets(),
            "WAF": self._firewall(),
        }

    def total(self) -> float:
        return sum(self.bill().values())

    def done(self) -> Iterator[tuple[float, Counts]]:
        """How often each thing is done in the month."""
        use, people = self.usage, self.users * self.usage.days
        over_rest = use.sends * use.over_rest
        for times, one in (
            (use.reads, counts.READ),
            (over_rest, counts.SEND_REST),
            (use.sends - over_rest, counts.SEND_DDP),
            (use.typing, counts.TYPING),
            (use.marks, counts.MARK_READ),
            (use.opens * use.subs, counts.SUB),
            *((use.opens, one) for one in (counts.OPEN, counts.CONNECT, counts.RESUME)),
            (use.opens, counts.CLOSE),
        ):
            yield times * people, one

    def calls(self) -> Mapping[str, float]:
        """Of AWS, by operation."""
        whole: dict[str, float] = {}
        heard = self.usage.listeners * self.usage.posts
        for times, one in self.done():
            for name, number in one.for_listeners(heard).items():
                whole[name] = whole.get(name, 0) + times * number
        return whole

    def scheduled(self) -> float:
        """Runs by the clock."""
        every = [row.every for table in tables().values() for row in table.schedules]
        return sum(MONTH / seconds for seconds in every)

    def polls(self) -> float:
        """Of queues in which nothing is."""
        queues = len(topology(self.profile).queues)
        return queues * self.polling.pollers * MONTH / self.polling.seconds

    def _lambda(self) -> float:
        runs = sum(times * sum(one.runs.values()) for times, one in self.done())
        clock = self.scheduled()
        answering = topology(self.profile).answering()
        sizes = {one.name: one.memory / 1024 for one in topology(self.profile).functions}
        seconds = clock * self.sizes.scheduled_ms / 1000 * answering["account"].memory / 1024
        for times, one in self.done():
            for name, number in one.runs.items():
                function = name if name in sizes else answering[name].name
                seconds += times * number * self.sizes.ms / 1000 * sizes[function]
            posts = one.for_listeners(self.usage.listeners * self.usage.posts).get(counts.POST, 0)
            seconds += times * posts * self.sizes.ms_a_post / 1000 * sizes["fanout"]
        requests = self._paid(runs + clock, self.free.lambda_requests, self.prices.lambda_requests)
        over = max(0.0, seconds - self.free.lambda_gb_seconds)
        return requests + over * self.prices.lambda_gb_second

    def _rest(self) -> float:
        files = self.users * self.usage.days * self.usage.files * 2
        return files + sum(times * one.requests for times, one in self.done())

    def _sockets(self) -> float:
        people = self.users * self.usage.days
        pings = people * self.usage.hours * 3600 / self.usage.ping
        frames = sum(times * one.frames for times, one in self.done())
        messages = frames + 2 * pings + self.calls().get(counts.POST, 0)
        minutes = people * self.usage.hours * 60
        return (
            messages * self.prices.socket_messages + minutes * self.prices.socket_minutes
        ) / MILLION

    def _queued(self) -> float:
        """Requests: an item is sent, received and deleted, and an empty queue is asked."""
        calls = self.calls()
        frames = sum(times * (one.frames + (one is counts.CLOSE)) for times, one in self.done())
        items = calls.get(counts.SEND, 0) + calls.get(counts.PUBLISH, 0) + frames
        return 3 * items + self.polls()

    def _sns(self) -> float:
        published, prices = self.calls().get(counts.PUBLISH, 0), self.prices
        each = (prices.sns_fifo_publishes + prices.sns_fifo_deliveries) / MILLION
        return published * (each + self.sizes.fact * KB_TO_GB * prices.sns_fifo_gb)

    def _tables(self) -> float:
        """Units: 4 KB of a strong read, 1 KB of a write, twice that in a transaction."""
        calls, sizes, prices = self.calls(), self.sizes, self.prices
        record_reads, rows = math.ceil(sizes.record / 4), self.usage.listeners * sizes.row / 4
        reads = calls.get(counts.GET, 0) * record_reads + calls.get(counts.QUERY, 0) * rows
        reads += calls.get(counts.MANY, 0) * record_reads
        # What a request counts against the limits is a small row; what marks a frame is the record.
        limited = sum(times * one.requests for times, one in self.done())
        marked = calls.get(counts.UPDATE, 0) - limited
        writes = limited + (marked + calls.get(counts.PUT, 0)) * sizes.record
        writes += calls.get(counts.TRANSACT, 0) * 2 * (sizes.record + 1)
        return (reads * prices.dynamodb_reads + writes * prices.dynamodb_writes) / MILLION

    def _edge(self) -> float:
        people, use = self.users * self.usage.days, self.usage
        requests = self._rest() + people * (use.opens + use.files * use.looked_at)
        sent = requests * use.answer_kb * KB_TO_GB
        return (
            self._paid(requests, self.free.edge_requests, self.prices.edge_requests)
            + self._paid(requests, self.free.edge_functions, self.prices.edge_functions)
            + max(0.0, sent - self.free.edge_gb) * self.prices.edge_gb
        )

    def _files(self) -> float:
        """Files of a year. Who looks at one gets it from the store."""
        stored, use = self.users * self.usage.days * self.usage.files, self.usage
        gigabytes = stored * use.file_kb * KB_TO_GB
        requests = 2 * stored * self.prices.s3_puts + stored * use.looked_at * self.prices.s3_gets
        moved = gigabytes * use.looked_at * self.prices.s3_gb_out
        return requests / MILLION + 12 * gigabytes * self.prices.s3_gb_month + moved

    def _watching(self) -> float:
        context = Context.read({**_LEAST, "profile": self.profile})
        number = len(alarms(context, "", {"connections": "", "limits": ""}))
        runs = sum(times * sum(one.runs.values()) for times, one in self.done()) + self.scheduled()
        logs = max(0.0, runs * self.sizes.log * KB_TO_GB - self.free.log_gb)
        return (
            max(0, number - self.free.alarms) * self.prices.alarm_month + logs * self.prices.log_gb
        )

    def _secrets(self) -> float:
        parameters = PROFILES[self.profile].parameters
        return 0.0 if parameters else len(SECRETS) * self.prices.secret_month

    def _firewall(self) -> float:
        prices = self.prices
        if not PROFILES[self.profile].firewall:
            return 0.0
        fixed = prices.firewall_month + RULES * prices.firewall_rule_month
        return fixed + self._rest() * prices.firewall_requests / MILLION

    def _paid(self, number: float, free: int, million: float) -> float:
        return max(0.0, number - free) * million / MILLION


_LEAST = {"workspace": "main", "edition": "community"}
