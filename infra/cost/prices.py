"""List prices in dollars, without taxes and discounts, and what every account has for nothing.

Of us-east-1 (N. Virginia), functions on arm64. What is free for the first twelve months alone is
left out, and so are discounts for much. `SOURCES` says where each was read: AWS's own price pages
show few numbers in their text, so most are as others quote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DATE = "2026-11-23"
"""When these were looked up."""
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """For a million, unless the name says otherwise."""

    lambda_requests: float = 0.20
    lambda_gb_second: float = 0.0000133334
    snapshot_gb_second: float = 0.0000015046
    restored_gb: float = 0.0001397998
    rest_requests: float = 3.50
    socket_messages: float = 1.00
    socket_minutes: float = 0.25
    sqs_fifo_requests: float = 0.50
    sns_fifo_publishes: float = 0.30
    sns_fifo_deliveries: float = 0.01
    sns_fifo_gb: float = 0.018
    dynamodb_reads: float = 0.125
    dynamodb_writes: float = 0.625
    edge_requests: float = 1.00
    edge_functions: float = 0.10
    edge_gb: float = 0.085
    s3_puts: float = 5.00
    s3_gets: float = 0.40
    s3_gb_month: float = 0.023
    s3_gb_out: float = 0.09
    log_gb: float = 0.50
    alarm_month: float = 0.10
    dashboard_month: float = 3.00
    secret_month: float = 0.40
    secret_reads: float = 5.00
    firewall_month: float = 5.00
    firewall_rule_month: float = 1.00
    firewall_requests: float = 0.60


@dataclass(frozen=True, slots=True)
class Free:
    """A month, of an account: all of its workspaces together."""

    lambda_requests: int = 1_000_000
    lambda_gb_seconds: int = 400_000
    sqs_requests: int = 1_000_000
    edge_requests: int = 10_000_000
    edge_functions: int = 2_000_000
    edge_gb: int = 1_000
    log_gb: int = 5
    alarms: int = 10
    dashboards: int = 3


ATLAS: Mapping[str, tuple[float, str]] = {
    "Flex, up to 100 operations a second": (8, "atlas"),
    "Flex, at most": (30, "atlas"),
    "M10, three nodes": (0.08 * 730, "memory"),
    "M20, three nodes": (0.20 * 730, "memory"),
    "M30, three nodes": (0.54 * 730, "atlas"),
}
"""Tier -> dollars a month with its usual storage, and where that was read."""

SOURCES: Mapping[str, str] = {
    "lambda": "aws.amazon.com/lambda/pricing, September 2026; for arm64 cloudchipr.com, 2024",
    "snapstart": "awsnegotiations.com, May 2026",
    "gateway": "amnic.com, and awsforengineers.com of May 2025",
    "sqs": "cloudburn.io, March 2026",
    "sns": "factualminds.com, June 2026",
    "dynamodb": "airbyte.com; AWS News Blog of January 2025 for the reduction",
    "cloudfront": "aws.amazon.com/cloudfront/pricing; functions as vantage.sh has them",
    "s3": "cloudburn.io, March 2026; requests and traffic as devnotes.tech has them",
    "cloudwatch": "factualminds.com, June 2026; what is free aws.amazon.com/cloudwatch/pricing",
    "waf": "awsnegotiations.com, 2026, and c3x.dev",
    "atlas": "MongoDB's documentation: Atlas Flex Costs, Understand Your MongoDB Invoice",
    "memory": "**from memory**",
}
READ_IN: Mapping[str, tuple[str, ...]] = {
    "lambda": ("lambda_requests", "lambda_gb_second", "lambda_gb_seconds"),
    "snapstart": ("snapshot_gb_second", "restored_gb"),
    "gateway": ("rest_requests", "socket_messages", "socket_minutes"),
    "sqs": ("sqs_fifo_requests", "sqs_requests"),
    "sns": ("sns_fifo_publishes",),
    "dynamodb": ("dynamodb_reads", "dynamodb_writes"),
    "cloudfront": ("edge_functions", "edge_gb"),
    "s3": ("s3_puts", "s3_gets", "s3_gb_month", "s3_gb_out"),
    "cloudwatch": ("log_gb", "alarm_month", "dashboard_month", "alarms", "dashboards"),
    "waf": ("firewall_month", "firewall_rule_month", "firewall_requests"),
}
"""Source -> prices, and what is free. What is in none is from memory."""


def source(name: str) -> str:
    """Of a field of `Prices` or `Free`."""
    found = [key for key, names in READ_IN.items() if name in names]
    return SOURCES[found[0] if found else "memory"]
