"""What a workspace costs, by the script."""

from __future__ import annotations

from dataclasses import fields

import pytest

from infra.cost.__main__ import DOCUMENT
from infra.cost.counts import COUNTED, LISTENERS, POST
from infra.cost.document import render
from infra.cost.month import Month
from infra.cost.prices import ATLAS, READ_IN, SOURCES, Free, Prices, source
from infra.profiles import Name


def test_the_page_about_costs_is_what_the_script_writes() -> None:
    assert DOCUMENT.read_text("utf-8") == render()


def test_an_idle_workspace_costs_less_than_a_dollar_a_month() -> None:
    assert 0 < Month("idle", 0).total() < 1


def test_the_floor_of_prod_is_what_it_has_and_idle_does_not() -> None:
    floor = Month("prod", 0).bill()
    assert {service for service, cost in floor.items() if cost} == {
        *("SQS", "CloudWatch", "Secrets", "WAF")
    }


@pytest.mark.parametrize("profile", ["idle", "prod"])
def test_what_is_used_grows_with_who_uses_it(profile: Name) -> None:
    """Each line by itself; ten times as many cost no more than ten times as much and the floor."""
    bills = [Month(profile, users).bill() for users in (0, 1000, 10_000)]
    for service in bills[0]:
        none, some, many = (bill[service] for bill in bills)
        assert none <= some <= many, service
    # What is free is spent by then: beyond it a user costs what a user costs.
    each = [Month("prod", users) for users in (100_000, 200_000)]
    grown = each[1].total() - each[0].total()
    assert grown == pytest.approx(each[0].total(), rel=0.01)


def test_a_message_is_posted_to_each_who_listens() -> None:
    sent = COUNTED["send over REST"]
    assert sent.for_listeners(50)[POST] == sent.calls[POST] - LISTENERS + 50
    assert COUNTED["read"].for_listeners(50) == COUNTED["read"].calls


def test_each_price_says_where_it_was_read_or_that_it_is_from_memory() -> None:
    """A misspelt name would make one of memory of what was read."""
    known = {field.name for kind in (Prices, Free) for field in fields(kind)}
    listed = [name for names in READ_IN.values() for name in names]
    assert set(listed) <= known
    assert len(listed) == len(set(listed))
    assert set(READ_IN) <= set(SOURCES)
    assert {place for _, place in ATLAS.values()} <= set(SOURCES)
    assert source("rest_requests") == SOURCES["gateway"]
    assert source("secret_month") == SOURCES["memory"]
    assert DOCUMENT.read_text("utf-8").count(SOURCES["memory"]) >= len(known) - len(listed)
