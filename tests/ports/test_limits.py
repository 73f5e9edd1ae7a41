"""Rate limits: the contract of both adapters, and what the one on DynamoDB writes."""

from __future__ import annotations

import pytest

from contrail.ports.aws.limits import DynamoLimits
from contrail.ports.limits import Limits, Rule
from local.ports import MemoryLimits
from tests.ports.conftest import Aws, Clock

HOUR = 3_600_000


def rule(name: str, calls: int = 2, window: int = HOUR) -> list[Rule]:
    return [Rule(name, calls, window)]


@pytest.fixture
def dynamo(aws: Aws, clock: Clock) -> DynamoLimits:
    return DynamoLimits(lambda: aws.client("dynamodb"), aws.table("limits", "pk"), clock)


@pytest.fixture(params=["memory", "dynamodb"])
def limits(request: pytest.FixtureRequest) -> Limits:
    if request.param == "memory":
        return MemoryLimits()
    adapter: Limits = request.getfixturevalue("dynamo")
    return adapter


def test_calls_are_counted_per_user_and_rule(limits: Limits) -> None:
    counted = [limits.hit("u", rule("login")) for _ in range(2)]
    assert [(count.wait, count.left) for count in counted] == [(0, 1), (0, 0)]
    refused = limits.hit("u", rule("login"))
    assert 0 < refused.wait <= HOUR
    assert (refused.left, refused.resets) == (0, refused.wait)
    assert limits.hit("v", rule("login")).wait == 0
    assert limits.hit("u", rule("other")).wait == 0
    assert limits.hit("2001:db8::1", rule("login", 1)).wait == 0
    assert limits.hit("2001:db8::2", rule("login", 1)).wait == 0
    assert limits.hit("2001:db8::1", rule("login", 1)).wait > 0


def test_of_several_rules_the_one_used_up_refuses_and_then_none_counts(limits: Limits) -> None:
    tight, wide = Rule("connection", 1, HOUR), Rule("user", 3, 2 * HOUR)
    assert limits.hit("u", [tight, wide]).left == 0
    for _ in range(5):
        refused = limits.hit("u", [tight, wide])
        assert 0 < refused.wait <= HOUR
    assert limits.hit("u", [wide]).left == 1, "the refused calls were not counted"


def test_several_calls_are_counted_together_or_not_at_all(limits: Limits) -> None:
    def several(counts: int) -> list[Rule]:
        return [Rule("sub", 5, HOUR, counts), Rule("user", 100, HOUR, counts)]

    assert limits.hit("u", several(6)).wait > 0
    assert limits.hit("u", several(3)).left == 2
    assert limits.hit("u", several(3)).wait > 0
    assert limits.hit("u", several(2)).left == 0
    assert limits.hit("u", several(1)).wait > 0


def test_it_waits_for_the_rule_that_takes_longest(limits: Limits) -> None:
    short, long = Rule("short", 1, 1_000), Rule("long", 1, HOUR)
    limits.hit("u", [short, long])
    assert limits.hit("u", [short, long]).wait > 1_000


def test_the_wait_it_names_is_enough(dynamo: DynamoLimits, clock: Clock) -> None:
    clock.move(12.345)
    login = rule("login", 1, 60_000)
    assert dynamo.hit("u", login).resets == 47_655
    wait = dynamo.hit("u", login).wait
    assert wait == 47_655
    clock.move((wait - 1) / 1000)
    assert dynamo.hit("u", login).wait == 1
    clock.move(0.001)
    assert dynamo.hit("u", login).wait == 0


def test_a_short_window_starts_anew_within_a_long_one(dynamo: DynamoLimits, clock: Clock) -> None:
    rules = [Rule("short", 1, 1_000), Rule("long", 3, 60_000)]
    assert dynamo.hit("u", rules).wait == 0
    assert 0 < dynamo.hit("u", rules).wait <= 1_000
    for left in (1, 0):
        clock.move(1)
        assert dynamo.hit("u", rules[1:]).left == left
    clock.move(1)
    assert dynamo.hit("u", rules).wait > 1_000


def test_a_call_is_one_update_and_a_users_rules_are_one_item(
    aws: Aws, dynamo: DynamoLimits, clock: Clock
) -> None:
    for name in ("login", "v1/method.call/:name", "login", "login"):
        dynamo.hit("u", [*rule(name, 2, 60_000), Rule("short", 9, 10_000)])
    assert aws.calls == ["UpdateItem"] * 4
    items = aws.client("dynamodb").scan(TableName="limits")["Items"]
    (item,) = items
    assert item["pk"]["S"].split("#")[0] == "u"
    assert item["rule:login"] == {"N": "2"}, "a call over the limit writes nothing"
    assert int(item["expires"]["N"]) > clock.now().timestamp() + 60


def test_faster_than_can_be_counted_is_over_the_limit(aws: Aws, dynamo: DynamoLimits) -> None:
    aws.refuse("UpdateItem", 9, {"Error": {"Code": "ThrottlingException", "Message": ""}})
    assert dynamo.hit("u", rule("login", 10)).wait > 0


def test_any_other_failure_is_raised(aws: Aws, dynamo: DynamoLimits) -> None:
    aws.refuse("UpdateItem", 9, {"Error": {"Code": "AccessDeniedException", "Message": ""}})
    with pytest.raises(Exception, match="AccessDenied"):
        dynamo.hit("u", rule("login", 10))
