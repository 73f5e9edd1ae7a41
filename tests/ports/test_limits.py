"""Rate limits: the contract of both adapters, and what the one on DynamoDB writes."""

from __future__ import annotations

import pytest

from contrail.ports.aws.limits import DynamoLimits
from contrail.ports.limits import Limits
from local.ports import MemoryLimits
from tests.ports.conftest import Aws, Clock

HOUR = 3_600_000


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
    assert [limits.hit("u:login", 2, HOUR) for _ in range(2)] == [0, 0]
    assert 0 < limits.hit("u:login", 2, HOUR) <= HOUR
    assert limits.hit("v:login", 2, HOUR) == 0
    assert limits.hit("u:other", 2, HOUR) == 0
    assert limits.hit("2001:db8::1:login", 1, HOUR) == 0
    assert limits.hit("2001:db8::2:login", 1, HOUR) == 0
    assert limits.hit("2001:db8::1:login", 1, HOUR) > 0


def test_the_wait_it_names_is_enough(dynamo: DynamoLimits, clock: Clock) -> None:
    clock.move(12.345)
    assert dynamo.hit("u:login", 1, 60_000) == 0
    wait = dynamo.hit("u:login", 1, 60_000)
    assert wait == 47_655
    clock.move((wait - 1) / 1000)
    assert dynamo.hit("u:login", 1, 60_000) == 1
    clock.move(0.001)
    assert dynamo.hit("u:login", 1, 60_000) == 0


def test_a_call_is_one_update_and_a_users_rules_are_one_item(
    aws: Aws, dynamo: DynamoLimits, clock: Clock
) -> None:
    for rule in ("login", "v1/method.call/:name", "login", "login"):
        dynamo.hit(f"u:{rule}", 2, 60_000)
    assert aws.calls == ["UpdateItem"] * 4
    items = aws.client("dynamodb").scan(TableName="limits")["Items"]
    by_user = {item["pk"]["S"].split("#")[0]: item for item in items}
    assert by_user["u"]["rule:login"] == {"N": "2"}, "a call over the limit writes nothing"
    assert all(int(item["expires"]["N"]) > clock.now().timestamp() + 60 for item in items)


def test_faster_than_can_be_counted_is_over_the_limit(aws: Aws, dynamo: DynamoLimits) -> None:
    aws.refuse("UpdateItem", 9, {"Error": {"Code": "ThrottlingException", "Message": ""}})
    assert dynamo.hit("u:login", 10, HOUR) > 0


def test_any_other_failure_is_raised(aws: Aws, dynamo: DynamoLimits) -> None:
    aws.refuse("UpdateItem", 9, {"Error": {"Code": "AccessDeniedException", "Message": ""}})
    with pytest.raises(Exception, match="AccessDenied"):
        dynamo.hit("u:login", 10, HOUR)
