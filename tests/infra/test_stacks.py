"""The stacks as a whole: what the rules of the house and of the services say about them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from contrail.ports.aws.table import EXPIRES, PARTITION, SORT
from infra.stacks.secrets import MADE
from tests.infra.assembly import Assembly
from tests.infra.workspaces import CHANGED, OPEN, TWIN, UNSAFE

MOST = 250
"""Resources of a template. CloudFormation takes 500."""
STACKS = ("data", "deploy", "api", "realtime", "edge", "observability")
TRACES = {"Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Effect": "Allow"}
TRACES["Resource"] = "*"
"""X-Ray's traces have no ARN: what tracing adds to each role."""
PARTS = ("AWS::Lambda::Alias", "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage")
"""Named within what they belong to."""
NO_NAMES = ("MetricName", "AttributeName", "DomainName", "RuleName")
"""What is named so is somebody else's."""


def test_templates_stay_small_and_lint_finds_nothing(main: Assembly, other: Assembly) -> None:
    for assembly in (main, other):
        apart = {"firewall"} if assembly is other else set()
        assert set(assembly.stacks) == {*STACKS, *apart}
        for name, template in assembly.stacks.items():
            assert 0 < len(template["Resources"]) <= MOST, name
    # W3005: CDK says outright that a function depends on its role.
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005", "--"),
            *map(str, (*main.files, *other.files)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_unacknowledged_finding_of_cdk_nag_fails_the_synth(synthesized: Path) -> None:
    refused = synthesized / f"{UNSAFE}.refused"
    assert refused.read_text().startswith("RuntimeError: ValidationFailed")
    report = json.loads((synthesized / UNSAFE / "validation-report.json").read_text())
    (nag,) = [one for one in report["pluginReports"] if one["pluginName"] == "AwsSolutions"]
    found = {
        (violation["ruleName"], one["constructPath"])
        for violation in nag["violations"]
        for one in violation["violatingConstructs"]
    }
    assert found == {
        ("AwsSolutions-SQS3", "unsafe/Queue/Resource"),
        ("AwsSolutions-SQS4", "unsafe/Queue/Resource"),
    }


def test_an_endpoint_for_admins_without_a_permission_fails_the_synth(synthesized: Path) -> None:
    refused = (synthesized / f"{OPEN}.refused").read_text()
    assert refused == "ValueError: POST v1/users.delete needs one of delete-user"
    assert not list((synthesized / OPEN).glob("*.template.json"))


def test_stacks_are_made_in_one_order(main: Assembly) -> None:
    manifest = json.loads((main.folder / "manifest.json").read_text())["artifacts"]
    for earlier, later in pairwise(STACKS):
        assert f"contrail-main-{earlier}" in manifest[f"contrail-main-{later}"]["dependencies"]


def test_two_workspaces_fit_into_one_account(
    main: Assembly, other: Assembly, synthesized: Path
) -> None:
    """Also where they differ in nothing but their names."""
    twin = Assembly(synthesized / TWIN)
    assert len(_named(main)) > 60
    assert len(_named(twin)) == len(_named(main))
    assert not _named(main) & _named(twin)
    assert not (_named(main) | _named(twin)) & _named(other)


def _named(assembly: Assembly) -> set[str]:
    """What has a name that nothing else in the account may have: resources, exports and secrets."""
    found = {
        f"{one.type} {name}"
        for one in assembly.all()
        for name in _names(one.properties)
        if one.type not in PARTS
    }
    for stack, template in assembly.stacks.items():
        for output in template.get("Outputs", {}).values():
            if "Export" in output:
                found.add(assembly.text(stack, output["Export"]["Name"]))
    made = [one.properties["Make"] for one in assembly.all() if "Make" in one.properties]
    return found | {name for names in made for name in names}


def _names(properties: dict[str, Any]) -> Iterator[str]:
    """Those that are written in the template, in a resource's properties or its configuration."""
    for key, value in properties.items():
        if isinstance(value, str) and re.fullmatch(r"(\w+)?Name", key) and key not in NO_NAMES:
            yield value
        if isinstance(value, dict) and key.endswith("Config"):
            yield from _names(value)


def test_what_a_role_may_do_names_what_it_may_do_it_to(main: Assembly, other: Assembly) -> None:
    for assembly in (main, other):
        for role in assembly.of("IAM::Role"):
            assert "*" not in json.dumps(role.properties["AssumeRolePolicyDocument"])
            text = json.dumps(role.properties["Policies"])
            if assembly is other and "xray:PutTraceSegments" in text:
                text = text.replace(json.dumps(TRACES)[1:-1], "")
            assert '"Resource": "*"' not in text
            # Of connections, of senders that the account has verified and of what is in a bucket
            # it is all of them.
            for every in ("/@connections/*", "identity/*", '"/*"'):
                text = text.replace(every, "")
            assert "*" not in text


def test_another_layer_makes_another_version_of_every_function(
    main: Assembly, synthesized: Path
) -> None:
    """An alias goes on pointing to old code otherwise."""
    changed = Assembly(synthesized / CHANGED)
    versions = [{one.ref for one in each.of("Lambda::Version")} for each in (main, changed)]
    assert not versions[0] & versions[1]
    per_stack = Counter(one.stack for one in main.of("Lambda::LayerVersion"))
    assert per_stack == {"deploy": 1, "api": 1, "realtime": 1}
    assets = {json.dumps(one.properties["Content"]) for one in main.of("Lambda::LayerVersion")}
    assert len(assets) == 1


def test_no_secret_is_in_a_template(main: Assembly, other: Assembly) -> None:
    secrets = {one.properties["Name"]: one for one in other.of("SecretsManager::Secret")}
    assert len(secrets) == 4
    for name, one in secrets.items():
        assert "SecretString" not in one.properties
        made = name.rpartition("/")[2] in MADE
        assert ("GenerateSecretString" in one.properties) == made
    assert main.of("SecretsManager::Secret") == main.of("SSM::Parameter") == []
    (made_here,) = [one for one in main.all("data") if one.type == "Custom::Secrets"]
    assert made_here.properties["Make"] == [f"/contrail/main/{one}" for one in MADE]


def test_tables_are_those_that_the_adapters_use(main: Assembly) -> None:
    keys = {"Connections": [PARTITION, SORT], "Limits": [PARTITION]}
    for table in main.of("DynamoDB::Table"):
        (name,) = [name for name in keys if table.id.startswith(name)]
        has = table.properties
        assert [key["AttributeName"] for key in has["KeySchema"]] == keys[name]
        assert {one["AttributeType"] for one in has["AttributeDefinitions"]} == {"S"}
        assert has["TimeToLiveSpecification"] == {"AttributeName": EXPIRES, "Enabled": True}
        assert has["BillingMode"] == "PAY_PER_REQUEST"


def test_facts_go_to_their_queue_as_they_are(main: Assembly) -> None:
    topic = main.only("SNS::Topic", TopicName="contrail-main-facts.fifo")
    subscription = main.only("SNS::Subscription").properties
    assert topic.properties["FifoThroughputScope"] == "MessageGroup"
    assert topic.properties["ContentBasedDeduplication"] is False
    facts = main.only("SQS::Queue", QueueName="contrail-main-facts.fifo")
    assert main.text("data", subscription["TopicArn"]) == topic.ref
    assert main.text("data", subscription["Endpoint"]) == f"{facts.ref[:-1]}.Arn>"
    assert subscription["RawMessageDelivery"] is True
    assert "FilterPolicy" not in subscription


def test_files_are_private_and_uploads_nobody_confirmed_go(main: Assembly) -> None:
    (bucket,) = main.of("S3::Bucket", "data")
    has = bucket.properties
    assert has["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert "BucketEncryption" in has
    assert bucket.whole["DeletionPolicy"] == "Retain"
    (cors,) = has["CorsConfiguration"]["CorsRules"]
    assert {"PUT", "GET"} <= set(cors["AllowedMethods"])
    assert cors["AllowedOrigins"] == ["https://*.cloudfront.net"]
    assert {"Prefix": "pending/", "ExpirationInDays": 1, "Status": "Enabled"} in has[
        "LifecycleConfiguration"
    ]["Rules"]
