"""A firewall for the edge. CloudFront takes them from us-east-1, so this stack is there.

What it holds stands in `infra/firewall.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.context import Context
from infra.firewall import COUNTED, MOST

REGION = "us-east-1"


class Firewall(Stack):
    def __init__(self, scope: Construct, name: str, context: Context) -> None:
        super().__init__(scope, name, env=Environment(region=REGION))
        acl = waf.CfnWebACL(
            self,
            "Firewall",
            name=context.prefix,
            scope="CLOUDFRONT",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_seen(context.prefix),
            rules=[
                _flood(1),
                *(_managed(place, *one) for place, one in enumerate(COUNTED.items(), 2)),
            ],
        )
        CfnOutput(self, "WebAcl", value=acl.attr_arn)


def _flood(place: int) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name="Flood",
        priority=place,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=MOST
            )
        ),
        visibility_config=_seen("Flood"),
    )


def _managed(place: int, name: str, counted: Iterable[str]) -> waf.CfnWebACL.RuleProperty:
    count = waf.CfnWebACL.RuleActionProperty(count={})
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=place,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=name,
                rule_action_overrides=[
                    waf.CfnWebACL.RuleActionOverrideProperty(name=one, action_to_use=count)
                    for one in counted
                ],
            )
        ),
        visibility_config=_seen(name),
    )


def _seen(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    """Counted in CloudWatch. No requests are sampled: they may hold login tokens."""
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
