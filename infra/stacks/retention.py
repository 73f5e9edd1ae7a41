"""How long logs are kept: CDK's names for the days that profiles say."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_logs as logs

RETENTION: Mapping[int, logs.RetentionDays] = {
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
}
