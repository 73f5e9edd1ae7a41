"""Functions of the templates against the topology and their grants, both ways."""

from __future__ import annotations

from collections.abc import Iterator

from contrail.api.sharing import VARIABLE
from contrail.domain.environment import Environment
from contrail.ports.aws.provide import Names
from infra.context import Context
from infra.grants import AT_THE_DOOR, FIXED, VERBS, grants, names
from infra.topology import Function
from tests.infra.assembly import Assembly, as_list
from tests.infra.deployed import Addresses, functions


def by_name(context: Context) -> dict[str, Function]:
    return {function.name: function for function in context.topology.functions}


def test_functions_are_those_of_the_topology(assembly: Assembly, context: Context) -> None:
    found = functions(assembly, context)
    assert set(found) == set(by_name(context))
    for name, resource in found.items():
        function, has = by_name(context)[name], resource.properties
        assert (has["MemorySize"], has["Timeout"]) == (function.memory, function.timeout)
        assert has["Handler"] == function.handler
        assert (has["Runtime"], has["Architectures"]) == ("python3.13", ["arm64"])
        assert len(has["Layers"]) == 1
        assert not {"ReservedConcurrentExecutions", "VpcConfig", "SnapStart"} & set(has)
        traced = {"TracingConfig": {"Mode": "Active"}} if context.tracing else {}
        assert {k: v for k, v in has.items() if k == "TracingConfig"} == traced
        log = assembly.only("Logs::LogGroup", LogGroupName=f"/aws/lambda/{has['FunctionName']}")
        assert log.properties["RetentionInDays"] == context.sizes.logs


def test_variables_are_those_of_the_grants(assembly: Assembly, context: Context) -> None:
    addresses = Addresses(assembly, context)
    for name, resource in functions(assembly, context).items():
        given = resource.properties["Environment"]["Variables"]
        wanted = {
            "EDITION": context.edition,
            **({"ROOT_URL": context.root_url} if context.root_url else {}),
            **names(by_name(context)[name]),
            **{
                one.variable: addresses.value(one)
                for one in grants(by_name(context)[name])
                if one.variable
            },
        }
        assert {key: assembly.text(resource.stack, one) for key, one in given.items()} == wanted


def test_variables_are_read_by_somebody(main: Assembly, other: Assembly) -> None:
    known = {name.upper() for name in (*Names.model_fields, *Environment.model_fields)}
    known |= {*FIXED, *AT_THE_DOOR, VARIABLE}
    for assembly in (main, other):
        for one in assembly.of("Lambda::Function"):
            for name in one.properties.get("Environment", {}).get("Variables", ()):
                assert name in known or name.startswith(("QUEUE_", "FUNCTION_")), name


def test_a_role_allows_what_is_granted_and_no_more(assembly: Assembly, context: Context) -> None:
    addresses = Addresses(assembly, context)
    for name, resource in functions(assembly, context).items():
        log = assembly.only(
            "Logs::LogGroup", LogGroupName=f"/aws/lambda/{resource.properties['FunctionName']}"
        )
        wanted = {
            (action, f"{log.ref[:-1]}.Arn>")
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        }
        for grant in grants(by_name(context)[name]):
            verb = VERBS[grant.verb]
            arns = [f"{addresses.arn(grant)}{part}" for part in verb.parts]
            parameter = grant.kind == "secret" and context.profile == "idle"
            actions = ("ssm:GetParameter",) if parameter else verb.actions
            wanted |= {(action, arn) for action in actions for arn in arns}
        if context.tracing:
            wanted |= {(f"xray:Put{one}", "*") for one in ("TraceSegments", "TelemetryRecords")}
        role = assembly.text(resource.stack, resource.properties["Role"])
        assert set(_allowed(assembly, role)) == wanted, name


def _allowed(assembly: Assembly, role: str) -> Iterator[tuple[str, str]]:
    found = next(one for one in assembly.of("IAM::Role") if f"{one.ref[:-1]}.Arn>" == role)
    assert "ManagedPolicyArns" not in found.properties
    for policy in found.properties["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield action, assembly.text(found.stack, resource)


def test_no_permission_comes_from_elsewhere(assembly: Assembly, context: Context) -> None:
    named = assembly.of("Lambda::Function")
    roles = {assembly.text(one.stack, one.properties["Role"]) for one in named}
    callers = [one for one in assembly.of("IAM::Role") if f"{one.ref[:-1]}.Arn>" not in roles]
    assert len(roles) == len(named)
    assert [one.id.startswith("EnqueueingRole") for one in callers] == [True]
    frames = assembly.only("SQS::Queue", QueueName=f"{context.prefix}-frames.fifo")
    assert list(_allowed(assembly, f"{callers[0].ref[:-1]}.Arn>")) == [
        ("sqs:SendMessage", f"{frames.ref[:-1]}.Arn>")
    ]
    assert assembly.of("IAM::Policy") == assembly.of("IAM::ManagedPolicy") == []
