"""What is deployed in which profile: as little as can be idle, or everything apart."""

from __future__ import annotations

import json

import pytest

from infra.alarms import FREE, alarms
from infra.context import Context
from infra.grants import grants
from infra.profiles import APART, Topology, topology
from infra.tables import tables
from infra.topology import CORE, FUNCTIONS, QUEUES
from tests.infra.assembly import Assembly
from tests.infra.workspaces import CONTEXT, WORKSPACES

IDLE = topology("idle")
POLLED = 4


def test_an_idle_workspace_polls_four_queues(main: Assembly) -> None:
    mappings = main.of("Lambda::EventSourceMapping")
    assert len(mappings) == len(IDLE.queues) == POLLED
    assert len(main.of("SQS::Queue")) == 2 * POLLED


def test_an_idle_workspace_has_nothing_that_costs_by_the_month(main: Assembly) -> None:
    """No secret, key, firewall, network or snapshot; alarms, metrics and graphs that are free."""
    kinds = {one.type for one in main.all()}
    for paid in ("SecretsManager", "KMS", "WAFv2", "EC2", "Logs::MetricFilter", "Route53"):
        assert not [kind for kind in kinds if paid in kind], paid
    for function in main.of("Lambda::Function"):
        assert not {"SnapStart", "VpcConfig", "KmsKeyArn"} & set(function.properties)
    assert "kms" not in json.dumps(main.stacks).lower()
    assert len(main.of("CloudWatch::Alarm")) <= FREE
    assert not [one for one in main.of("CloudWatch::Alarm") if "Metrics" in one.properties]
    (dashboard,) = main.of("CloudWatch::Dashboard")
    body = json.dumps(dashboard.properties["DashboardBody"]).replace("\\", "")
    assert 20 < body.count('"region"') + body.count('"stat"') < 110
    assert body.count('"AWS/') <= 50


def test_every_service_and_every_queue_is_there_in_both_profiles() -> None:
    for one in (APART, IDLE):
        services = [name for each in one.functions if each.rest for name in each.services]
        assert sorted(services) == sorted(each.service for each in FUNCTIONS if each.rest)
        assert {queue.name for queue in QUEUES} <= set(one.addresses())
        polled = [name for each in one.functions for name in each.consumes]
        assert sorted(polled) == sorted(queue.name for queue in one.queues)
        assert set(one.addresses().values()) == set(polled)


def test_in_profile_idle_the_core_is_one_function() -> None:
    answering = IDLE.answering()
    assert {answering[service].name for service in CORE} == {"core"}
    assert [one.name for one in IDLE.functions if one.shared] == ["core"]
    assert set(APART.answering()) == set(answering)


@pytest.mark.parametrize("made", [APART, IDLE], ids=["prod", "idle"])
def test_whoever_polls_a_queue_has_all_consumers_of_what_travels_on_it(made: Topology) -> None:
    for function in made.functions:
        own = {row.queue for service in function.services for row in tables()[service].consumers}
        for polled in function.consumes:
            travels = {name for name, carrier in made.addresses().items() if carrier == polled}
            assert travels - {"tasks"} <= own, function.name


def test_what_shares_a_function_calls_within_it() -> None:
    core = IDLE.answering()["account"]
    called = {one.name for one in grants(core) if one.kind == "function"}
    assert not called & set(CORE)
    assert called >= {"ldap", "upload"}
    others = [one for one in IDLE.functions if one.rest and one.name not in ("core", "calls")]
    for other in others:
        back = {one.name for one in grants(other) if one.kind == "function"} & set(CORE)
        assert not back, f"{other.name} and core need each other"


def test_the_core_may_do_what_its_services_may_and_no_more() -> None:
    core = IDLE.answering()["account"]
    apart = [grants(one) for one in FUNCTIONS if one.rest and one.service in CORE]
    wanted = {one for each in apart for one in each}
    inside = {one for one in wanted if one.kind == "function" and one.name in CORE}
    consumed = {one for one in wanted if one.verb == "consume"}
    found = set(grants(core))
    assert {one for one in found if one.verb != "consume"} == wanted - inside - consumed
    assert {one.name for one in found if one.verb == "consume"} == {"tasks"}


@pytest.mark.parametrize("name", WORKSPACES)
def test_alarms_have_names_of_their_own(name: str) -> None:
    context = Context.read({**CONTEXT, **WORKSPACES[name]})
    found = [one.name for one in alarms(context, "api", {"connections": "x", "limits": "y"})]
    assert len(found) == len(set(found))
    for queue in context.topology.queues:
        assert f"{queue.name}-dead" in found
