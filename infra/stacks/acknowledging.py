"""Findings of cdk-nag that stand, each with its reason, beside what they are about."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

PACK = "AwsSolutions"


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Rules (`S1`) and why they do not hold for the construct and what is below it."""
    Validations.of(construct).acknowledge(
        *(
            Acknowledgment(id=f"{PACK}::{PACK}-{rule}", reason=reason)
            for rule, reason in reasons.items()
        )
    )
