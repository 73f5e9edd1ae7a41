"""List prices in dollars, without taxes and discounts, and what every account has for nothing.

Of us-east-1 (N. Virginia), functions on arm64, as AWS and others publish them. What is free for
the first twelve months alone is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

DATE = "2026-11-23"
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
