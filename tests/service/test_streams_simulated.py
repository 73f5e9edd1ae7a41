"""The simulated fan-out against what can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import pytest

from bench.simulate.fanout import OWN, send
from bench.simulate.model import Model, Prices
from bench.simulate.report import line
from contrail.ports.aws.layouts import FULL

STILL = replace(Model(), gone=0.0, starting=0.0)


@pytest.mark.parametrize(
    ("listeners", "everything"), [(1, False), (50, True), (FULL + 500, False), (6_500, False)]
)
def test_posts_and_table_reads_are_as_many_as_they_have_to_be(
    listeners: int, everything: bool
) -> None:
    outcome = send(listeners, everything=everything, model=STILL, seed=1)
    counts = outcome.counts
    assert counts["posts"] == len(outcome.arrivals) == listeners * (1 + everything * len(OWN))
    assert counts["reads"] <= ceil(listeners / 5000) + outcome.shards + 2
    assert counts["queued"] == outcome.shards
    assert counts["invocations"] == 1 + outcome.shards
    assert outcome.shards >= listeners / FULL - 1
    assert "throttled" not in counts


def test_the_same_seed_gives_the_same_and_another_something_else() -> None:
    one, same, other = (send(200, everything=False, model=Model(), seed=n) for n in (1, 1, 2))
    assert one == same
    assert one.arrivals != other.arrivals


def test_the_accounts_limit_holds_and_nobody_is_given_up_for_it() -> None:
    model = replace(STILL, posts=1_000)
    outcome = send(3_000, everything=False, model=model, seed=1)
    times = outcome.arrivals
    assert len(times) == 3_000
    assert outcome.counts["throttled"] > 0
    assert "ended" not in outcome.counts
    assert times[-1] - times[0] >= 3_000 / model.posts - 2 * model.slot


def test_those_who_are_gone_cost_no_post_and_are_closed() -> None:
    outcome = send(400, everything=False, model=replace(STILL, gone=0.5), seed=1)
    closed = outcome.counts["closed"]
    assert 100 < closed < 300
    assert outcome.counts["posts"] == 400 - closed


def test_a_million_deliveries_cost_a_dollar_and_what_is_counted_besides() -> None:
    outcome = send(50, everything=False, model=STILL, seed=1)
    prices = Prices()
    seconds = sum(outcome.invocations) * 1769 / 1024 * prices.gigabyte_seconds
    queued = 3 * 2 * prices.queued + prices.published + 2 * prices.invocations
    reads = outcome.counts["read units"] * prices.read_units
    by_hand = prices.posts + (queued + reads) / 50 + seconds / 50 * 1_000_000
    assert line([outcome], prices, everything=False).dollars == pytest.approx(by_hand)
