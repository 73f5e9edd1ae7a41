"""docs/cost.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

from infra.cost import counts
from infra.cost.counts import COUNTED, LISTENERS
from infra.cost.month import Month
from infra.cost.prices import ATLAS, DATE, SOURCES, Free, Prices, source
from infra.cost.usage import Polling, Sizes, Usage
from infra.profiles import Name

SIZES = (100, 1_000, 10_000, 100_000)
HEAD = """# What it costs

Written by `make cost` (`python -m infra.cost`), and never by hand. **Nothing has been deployed yet:
these are computed, not billed.** MongoDB Atlas is not in them; which cluster carries how many
functions is in [operations.md](operations.md).

Each thing that people do is counted as it goes over the wire in a workspace of isolated functions
(`infra/cost/counts.py`, held by `tests/isolated/test_cost_counts.py`). How often people do it is
assumed (`infra/cost/usage.py`), and so is how long functions run. Prices are list prices of
us-east-1, looked up on {date} (`infra/cost/prices.py` and below say where, and which are from
memory), less what every account has for nothing for good; two workspaces in one account share
that. Left out: bytes over WebSocket and out of the gateways, requests above 64 KB to queues, a
hosted zone for a domain, mail, tracing, and access logs. Keys are AWS's own, which cost nothing.
"""


def render() -> str:
    head = HEAD.format(date=DATE)
    parts = [head, _floors(), _sizes(), _database(), _reading(), _counted(), _assumed()]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}" if amount < 1000 else f"{amount:,.0f}"


def _floors() -> str:
    idle, prod = Month("idle", 0), Month("prod", 0)
    rows = [
        (service, _dollars(idle.bill()[service]), _dollars(cost))
        for service, cost in prod.bill().items()
        if cost or idle.bill()[service]
    ]
    total = ("**together**", f"**{_dollars(idle.total())}**", f"**{_dollars(prod.total())}**")
    return f"""## While nobody uses it

Dollars a month.

{_table(("", "profile `idle`", "profile `prod`"), [*rows, total])}
An idle workspace pays for asking empty queues whether anything has come: in profile `idle`
{idle.polls():,.0f} times a month ({Polling().pollers} pollers a queue, {Polling().seconds} s a
question), of which {Free().sqs_requests:,} are free; without those it would be
{_dollars(_all_polls(idle))}. Its {idle.scheduled():,.0f} runs by the clock are within what is
free. Profile `prod` adds a queue each for what shares one in `idle`, alarms on everything, Secrets
Manager and the firewall.
"""


def _all_polls(month: Month) -> float:
    return month.polls() * month.prices.sqs_fifo_requests / 1_000_000


def _sizes() -> str:
    profiles: tuple[Name, ...] = ("idle", "prod")
    months = [[Month(profile, users) for users in SIZES] for profile in profiles]
    head = ("users", *(f"{users:,}" for users in SIZES))
    rows = [
        (f"profile `{row[0].profile}`", *(_dollars(month.total()) for month in row))
        for row in months
    ]
    each = ("`prod`, each user", *(f"{month.total() / month.users:.3f}" for month in months[1]))
    bills = [month.bill() for month in months[1]]
    lines = [(name, *(_dollars(bill[name]) for bill in bills)) for name in bills[0]]
    return f"""## By users

Dollars a month, for users who all work with it every working day.

{_table(head, [*rows, each])}
Of profile `prod`:

{_table(head, lines)}"""


def _database() -> str:
    rows = [(tier, _dollars(cost), SOURCES[place]) for tier, (cost, place) in ATLAS.items()]
    return f"""## MongoDB Atlas

Dollars a month, beside all that is above. The free tier does for trying it out.

{_table(("", "", "read in"), rows)}"""


def _reading() -> str:
    use = Usage()
    pings = 2 * use.hours * 3600 / use.ping
    return f"""## What it comes from

- **Frames.** A message to {use.listeners} listeners is {use.listeners * use.posts} posts, because
  clients hear of their rooms and of what is unread as well. A post is a dollar a million.
- **Coming back.** A client opens {use.subs} subs each time it connects, and a connection lasts two
  hours at most. Each sub writes the connection's record of about {Sizes().record} KB three times,
  once in a transaction: most of DynamoDB's part.
- **Pings.** {pings:,.0f} billed messages a user and day, without a function being run.
- Functions, queues and the topic are small beside these.
"""


def _counted() -> str:
    calls = (
        counts.POST,
        counts.SEND,
        counts.PUBLISH,
        counts.GET,
        counts.QUERY,
        counts.MANY,
        counts.UPDATE,
        counts.PUT,
        counts.TRANSACT,
        counts.INVOKE,
    )
    head = ("", "runs", "commands", *(name.partition(":")[2] for name in calls))
    rows = [
        (
            name,
            str(sum(one.runs.values())),
            str(one.commands),
            *(str(one.calls.get(call, "")) for call in calls),
        )
        for name, one in COUNTED.items()
    ]
    return f"""## What was counted

Calls of AWS, runs of functions and commands of MongoDB, warm, with {LISTENERS} connections that
listen. Being sent to a queue by the gateway or the topic, received and deleted is added.

{_table(head, rows)}"""


def _assumed() -> str:
    parts = ["## What was assumed\n"]
    for title, assumed in (("A user's day", Usage()), ("Sizes and times", Sizes())):
        parts.append(f"{title}:\n\n{_table(('', ''), _fields(assumed))}")
    for title, looked_up in (
        ("Dollars, for a million or as the name says", Prices()),
        ("Free, a month", Free()),
    ):
        rows = [(name, value, source(name.strip("`"))) for name, value in _fields(looked_up)]
        parts.append(f"{title}:\n\n{_table(('', '', 'read in'), rows)}")
    return "\n".join(parts)


def _fields(values: Usage | Sizes | Prices | Free) -> list[tuple[str, str]]:
    return [(f"`{field.name}`", f"{getattr(values, field.name):,.10g}") for field in fields(values)]
