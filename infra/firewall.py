"""What the firewall blocks and what it only counts. Plain data, without CDK.

Messages are whatever people say to each other, pieces of scripts and paths of files included, so
the rules that look into bodies and queries count only.
"""

from __future__ import annotations

from collections.abc import Mapping

MOST = 10_000
"""Requests of one address in five minutes. An office of many people has one."""
COUNTED: Mapping[str, tuple[str, ...]] = {
    "AWSManagedRulesCommonRuleSet": (
        *("SizeRestrictions_BODY", "CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY"),
        *("GenericLFI_BODY", "GenericRFI_BODY"),
        *("SizeRestrictions_QUERYSTRING", "CrossSiteScripting_QUERYARGUMENTS"),
        *("EC2MetaDataSSRF_QUERYARGUMENTS", "GenericLFI_QUERYARGUMENTS"),
        *("GenericRFI_QUERYARGUMENTS", "RestrictedExtensions_QUERYARGUMENTS"),
        # Bots need not say who they are, and file names have any ending.
        *("NoUserAgent_HEADER", "RestrictedExtensions_URIPATH"),
    ),
    "AWSManagedRulesKnownBadInputsRuleSet": (
        *("JavaDeserializationRCE_BODY", "JavaDeserializationRCE_QUERYSTRING"),
        *("Log4JRCE_BODY", "Log4JRCE_QUERYSTRING", "ReactJSRCE_BODY"),
    ),
    "AWSManagedRulesAmazonIpReputationList": (),
}
"""Group of rules -> those of it that count and let pass."""
RULES = 1 + len(COUNTED)
"""That one against floods is by address; each group counts as one."""
