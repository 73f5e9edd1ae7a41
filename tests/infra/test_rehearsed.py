"""The data stack's resources, made by moto's CloudFormation and judged as an account would be."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.context import Context
from infra.verify import verify
from infra.verifying import Deployed
from rehearsals.datastack import KINDS, deploy
from tests.infra.assembly import Assembly

JUDGED = ("tables", "queues", "order")
MADE = set(KINDS) - {"AWS::SecretsManager::Secret"}
"""Moto's CloudFormation makes no secrets, lets tables forget nothing, and verifies no signatures:
that is LocalStack's to judge, or an account's."""


@pytest.fixture
def deployed(context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "moto")
    with mock_aws():
        yield Deployed(boto3.Session(region_name="us-east-1"), context)


def test_what_is_deployed_is_what_functions_expect(
    assembly: Assembly, deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    template = assembly.stacks["data"]
    kinds = {one["Type"] for one in template["Resources"].values()}
    assert kinds >= MADE
    deploy(deployed, template, MADE)
    judged = (*JUDGED, "secrets") if deployed.context.sizes.parameters else JUDGED
    wrong, said = verify(deployed, judged), capsys.readouterr().out
    assert (wrong, said.count("as it must be")) == (0, len(judged)), said


def _lose_order(template: dict[str, Any]) -> None:
    for one in template["Resources"].values():
        if one["Type"] == "AWS::SQS::Queue":
            one["Properties"].pop("DeduplicationScope", None)


def _lose_dead_letters(template: dict[str, Any]) -> None:
    for one in template["Resources"].values():
        one["Properties"].pop("RedrivePolicy", None)


def _lose_a_table(template: dict[str, Any]) -> None:
    gone = [name for name in template["Resources"] if name.startswith("Limits")]
    for name in gone:
        del template["Resources"][name]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_lose_order, "queues   WRONG"),
        (_lose_dead_letters, "has no dead letters"),
        (_lose_a_table, "0 of DynamoDB::Table Limits instead of one"),
    ],
)
def test_what_is_missing_is_found(
    main: Assembly,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    harm: Any,
    said: str,
) -> None:
    context = Context.read({"workspace": "main", "profile": "idle", "edition": "community"})
    template = deepcopy(main.stacks["data"])
    harm(template)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "moto")
    with mock_aws():
        at = Deployed(boto3.Session(region_name="us-east-1"), context)
        deploy(at, template)
        assert verify(at, ("tables", "queues")) == 1
    assert said in capsys.readouterr().out
