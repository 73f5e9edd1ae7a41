"""Alarms, logs, tracing, throttles and the firewall, as templates have them."""

from __future__ import annotations

import json
from typing import Any

from contrail.ports.aws.table import TABLES
from infra.alarms import Alarm, alarms
from infra.context import Context
from tests.infra.assembly import Assembly
from tests.infra.deployed import functions


def known(assembly: Assembly, context: Context) -> list[Alarm]:
    sockets = assembly.only("ApiGatewayV2::Api").ref
    tables = {
        name: one.ref
        for one in assembly.of("DynamoDB::Table")
        for name in TABLES
        if one.id.lower().startswith(name)
    }
    assert len(tables) == len(TABLES)
    return alarms(context, sockets, tables)


def test_alarms_are_those_of_the_table_and_all_are_told(
    assembly: Assembly, context: Context
) -> None:
    wanted = {f"{context.prefix}-{one.name}": one for one in known(assembly, context)}
    found = {one.properties["AlarmName"]: one for one in assembly.of("CloudWatch::Alarm")}
    assert set(found) == set(wanted)
    topic = assembly.only("SNS::Topic", TopicName=f"{context.prefix}-alarms")
    for name, alarm in wanted.items():
        has = found[name].properties
        dimensions = {
            one["Name"]: assembly.text("observability", one["Value"])
            for one in has.get("Dimensions", ())
        }
        assert (has["Namespace"], has["MetricName"]) == (alarm.namespace, alarm.metric)
        assert dimensions == dict(alarm.dimensions)
        assert has["Threshold"] == alarm.threshold
        assert has.get("Statistic", has.get("ExtendedStatistic")) == alarm.statistic
        assert has["EvaluationPeriods"] == alarm.periods
        assert has["TreatMissingData"] == "notBreaching"
        assert [assembly.text("observability", one) for one in has["AlarmActions"]] == [topic.ref]


def test_what_alarms_watch_is_there(assembly: Assembly, context: Context) -> None:
    """A misspelt name would never go off."""
    named = {
        "QueueName": {one.properties["QueueName"] for one in assembly.of("SQS::Queue")},
        "FunctionName": {one.properties["FunctionName"] for one in assembly.of("Lambda::Function")},
        "ApiName": {one.properties["Name"] for one in assembly.of("ApiGateway::RestApi")},
        "ApiId": {one.ref for one in assembly.of("ApiGatewayV2::Api")},
        "TableName": {one.ref for one in assembly.of("DynamoDB::Table")},
    }
    for alarm in known(assembly, context):
        for name, value in alarm.dimensions.items():
            assert value in named[name], alarm.name


def test_there_is_an_alarm_on_all_that_goes_wrong(assembly: Assembly, context: Context) -> None:
    """Errors, dead letters, age, throttles and the slowest hundredth, in either profile."""
    found = known(assembly, context)
    assert {one.kind for one in found} >= {"errors", "dead", "age", "throttles", "slow"}
    assert {one.statistic for one in found if one.kind == "slow"} == {"p99"}
    queues = {one.name for one in context.topology.queues}
    assert {one.of for one in found if one.kind == "dead"} == queues
    if context.profile == "prod":
        named = {one.name for one in context.topology.functions}
        for kind in ("errors", "throttles", "slow"):
            assert {one.of for one in found if one.kind == kind} >= named


def test_the_dashboard_shows_what_alarms_watch(assembly: Assembly, context: Context) -> None:
    """Of what is there: a graph of a misspelt name would stay empty."""
    (dashboard,) = assembly.of("CloudWatch::Dashboard")
    parts = dashboard.properties["DashboardBody"]["Fn::Join"][1]
    text = "".join(one if isinstance(one, str) else "REFERENCE" for one in parts)
    shown = [
        metric
        for widget in json.loads(text)["widgets"]
        for metric in widget["properties"]["metrics"]
    ]
    # Space and name, then dimensions in pairs, then how it is drawn.
    drawn = {(metric[0], metric[1], *metric[3:-1:2]) for metric in shown}
    for alarm in known(assembly, context):
        if alarm.namespace == "AWS/DynamoDB" or alarm.kind in ("throttles", "refused"):
            continue
        values = ["REFERENCE" if "<" in value else value for value in alarm.dimensions.values()]
        assert (alarm.namespace, alarm.metric, *values) in drawn, alarm.name
    assert {"p99", "p50"} <= {metric[-1].get("stat") for metric in shown}


def test_alarms_may_publish_and_mail_goes_to_who_is_named(main: Assembly, other: Assembly) -> None:
    for assembly in (main, other):
        (policy,) = assembly.of("SNS::TopicPolicy", "observability")
        allowed = [
            one
            for one in policy.properties["PolicyDocument"]["Statement"]
            if one["Effect"] == "Allow"
        ]
        assert [one["Principal"] for one in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]
        assert "aws:SourceAccount" in json.dumps(allowed[0]["Condition"])
    assert main.of("SNS::Subscription", "observability") == []
    (mail,) = other.of("SNS::Subscription", "observability")
    assert (mail.properties["Protocol"], mail.properties["Endpoint"]) == (
        "email",
        "ops@example.com",
    )


def test_gateways_take_no_more_than_their_profile_says(
    assembly: Assembly, context: Context
) -> None:
    sizes = context.sizes
    sockets = assembly.only("ApiGatewayV2::Stage").properties["DefaultRouteSettings"]
    (rest,) = assembly.only("ApiGateway::Stage").properties["MethodSettings"]
    assert (rest["HttpMethod"], rest["ResourcePath"]) == ("*", "/*")
    for has in (sockets, rest):
        assert has["ThrottlingRateLimit"] == sizes.rate
        assert has["ThrottlingBurstLimit"] == sizes.burst


def test_access_logs_hold_neither_queries_nor_tokens(main: Assembly, other: Assembly) -> None:
    def logs(assembly: Assembly) -> list[dict[str, Any]]:
        rest = assembly.only("ApiGateway::Stage").properties.get("AccessLogSetting")
        sockets = assembly.only("ApiGatewayV2::Stage").properties.get("AccessLogSettings")
        return [one for one in (rest, sockets) if one]

    assert logs(main) == []
    assert len(logs(other)) == 2
    for one in logs(other):
        fields = json.loads(one["Format"])
        assert fields["requestId"] == "$context.requestId"
        written = " ".join(fields.values())
        for secret in ("query", "header", "authorizer", "identity", "input", "body"):
            assert secret not in written.lower()
    names = {one.properties["LogGroupName"] for one in other.of("Logs::LogGroup")}
    assert {f"/aws/apigateway/contrail-other-{one}" for one in ("rest", "sockets")} <= names
    assert main.of("ApiGateway::Account") == other.of("ApiGateway::Account") == []


def test_logs_are_kept_as_long_as_the_profile_says(assembly: Assembly, context: Context) -> None:
    groups = assembly.of("Logs::LogGroup")
    assert {one.properties["RetentionInDays"] for one in groups} == {context.sizes.logs}
    named = {one.properties["LogGroupName"] for one in groups}
    for name in functions(assembly, context):
        assert f"/aws/lambda/{context.prefix}-{name}" in named


def test_tracing_is_a_switch(main: Assembly, other: Assembly) -> None:
    assert main.only("ApiGateway::Stage").properties.get("TracingEnabled", False) is False
    assert other.only("ApiGateway::Stage").properties["TracingEnabled"] is True
    assert "xray" not in json.dumps(main.stacks)


def test_the_firewall_blocks_floods_and_only_counts_what_looks_into_messages(
    main: Assembly, other: Assembly
) -> None:
    acl = other.only("WAFv2::WebACL").properties
    assert (acl["Scope"], acl["DefaultAction"]) == ("CLOUDFRONT", {"Allow": {}})
    flood, *managed = sorted(acl["Rules"], key=lambda rule: int(rule["Priority"]))
    assert flood["Action"] == {"Block": {}}
    assert flood["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
    counted = set()
    for rule in managed:
        group = rule["Statement"]["ManagedRuleGroupStatement"]
        for one in group["RuleActionOverrides"]:
            assert one["ActionToUse"] == {"Count": {}}
            counted.add(one["Name"])
    bodies = {
        "SizeRestrictions_BODY",
        "CrossSiteScripting_BODY",
        "GenericLFI_BODY",
        "Log4JRCE_BODY",
    }
    assert bodies <= counted
    assert "WebACLId" not in main.only("CloudFront::Distribution").properties["DistributionConfig"]
    attached = other.only("CloudFront::Distribution").properties["DistributionConfig"]["WebACLId"]
    assert attached.startswith("arn:aws:wafv2:us-east-1:")
    manifest = json.loads((other.folder / "manifest.json").read_text())["artifacts"]
    place = manifest["contrail-other-firewall"]["environment"]
    assert place == "aws://unknown-account/us-east-1"
