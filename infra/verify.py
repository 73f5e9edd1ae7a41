"""`python -m infra.verify [--workspace main]`: whether an account's data stack does what it must.

Asks AWS itself, with the credentials that the AWS command line has, through the adapters that are
deployed; what it makes besides it takes away again. Not yet run against a real account.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import boto3

from contrail.ddp import ejson
from contrail.ports.aws.bus import TopicBus
from contrail.ports.aws.secrets import CloudSecrets
from contrail.ports.aws.table import EXPIRES, TABLES, Table, key, number
from contrail.shapes.facts import StreamWritten
from infra.context import Context
from infra.grants import ADMIN, DATABASE, ORIGIN, SIGNING
from infra.verify_files import files, private
from infra.verifying import Deployed, WrongError

SENT = 20
PATIENCE = 30.0
"""Seconds that everything sent may take to arrive."""


def order(at: Deployed) -> None:
    """What is published comes once, whole and in its order, from a topic and queue like ours."""
    ours = at.only("SNS::Topic", "Facts")
    topics, queues = at.client("sns"), at.client("sqs")
    name = f"{at.context.prefix}-verify-{uuid.uuid4().hex[:8]}.fifo"
    told = topics.get_topic_attributes(TopicArn=ours)["Attributes"]
    kept = ("FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope")
    topic = topics.create_topic(
        Name=name, Attributes={one: told[one] for one in kept if one in told}
    )
    queue = queues.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    try:
        _subscribe(at, topic["TopicArn"], queue)
        bus = TopicBus(
            lambda: topics, lambda: queues, topic=topic["TopicArn"], queues={}, encode=ejson.dumps
        )
        wanted = [f"{number:02}" for number in range(SENT)]
        facts = [_fact(one) for one in wanted]
        # Twice each, as after a publish whose answer was lost.
        for fact in facts:
            bus.publish(fact)
            bus.publish(fact)
        came = _received(queues, queue, len(wanted))
        if came != wanted:
            raise WrongError(f"{' '.join(wanted)} came as {' '.join(came)}")
    finally:
        queues.delete_queue(QueueUrl=queue)
        topics.delete_topic(TopicArn=topic["TopicArn"])


def _fact(word: str) -> StreamWritten:
    rid = "verification-room"
    return StreamWritten(
        room={"_id": rid}, stream="verify", event=rid, args=[word], origin="verify", nonce=word
    )


def _subscribe(at: Deployed, topic: str, queue: str) -> None:
    queues = at.client("sqs")
    asked = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = asked["Attributes"]["QueueArn"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    raw = {"RawMessageDelivery": "true"}
    at.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)


def _received(queues: Any, queue: str, many: int) -> list[str]:
    """The facts' words in the order of their arrival, and whatever came besides."""
    words: list[str] = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        wait = 1 if len(words) >= many else 5
        batch = queues.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait
        ).get("Messages", [])
        for one in batch:
            words += ejson.loads(one["Body"])["args"]
            queues.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
        if not batch and len(words) >= many:
            break
    return words


def queues(at: Deployed) -> None:
    """Each is polled in order by group, and what fails too often goes to its dead letters."""
    client = at.client("sqs")
    for name in (one.name for one in at.context.topology.queues):
        asked = client.get_queue_url(QueueName=f"{at.context.prefix}-{name}.fifo")
        has = client.get_queue_attributes(QueueUrl=asked["QueueUrl"], AttributeNames=["All"])
        told = has["Attributes"]
        scope = (told.get("FifoQueue"), told.get("DeduplicationScope"))
        if scope != ("true", "messageGroup"):
            raise WrongError(f"queue {name} is {scope}")
        dead = json.loads(told.get("RedrivePolicy", "{}")).get("deadLetterTargetArn", "")
        if not dead.endswith(f"{name}-dead.fifo"):
            raise WrongError(f"queue {name} has no dead letters")


def tables(at: Deployed) -> None:
    """They have their keys, and keep what functions write."""
    client = at.client("dynamodb")
    for name, keys in TABLES.items():
        table = at.only("DynamoDB::Table", name.title())
        schema = client.describe_table(TableName=table)["Table"]["KeySchema"]
        if tuple(one["AttributeName"] for one in schema) != keys:
            raise WrongError(f"table {name} has other keys: {schema}")
    place = f"verify#{uuid.uuid4().hex}"
    kept = Table(lambda: client, at.only("DynamoDB::Table", "Connections"))
    expires = {EXPIRES: number(int(time.time()) + 60)}
    kept.put_new({**key(place), **expires})
    if kept.get(place) is None:
        raise WrongError("what was written is not there")


def expiry(at: Deployed) -> None:
    """Tables forget what has expired."""
    client = at.client("dynamodb")
    for name in TABLES:
        table = at.only("DynamoDB::Table", name.title())
        living = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if living.get("AttributeName") != EXPIRES:
            raise WrongError(f"table {name} forgets nothing")


def secrets(at: Deployed) -> None:
    """All are there, and encrypted where they are parameters."""
    ssm = at.client("ssm")
    kept = CloudSecrets(lambda: ssm, lambda: at.client("secretsmanager"), at.context.secrets)
    for name in (DATABASE, SIGNING, ORIGIN, ADMIN):
        try:
            value = kept.get(name)
        except KeyError:
            raise WrongError(f"there is no secret {at.context.secrets}{name}") from None
        if not value.strip():
            raise WrongError(f"secret {name} is empty")
        if at.context.sizes.parameters:
            told = ssm.get_parameter(Name=at.context.secrets + name)["Parameter"]
            if told["Type"] != "SecureString":
                raise WrongError(f"parameter {name} is not encrypted")


CHECKS: Mapping[str, Callable[[Deployed], None]] = {
    "secrets": secrets,
    "tables": tables,
    "expiry": expiry,
    "queues": queues,
    "order": order,
    "files": files,
    "private": private,
}


def verify(at: Deployed, names: tuple[str, ...] = tuple(CHECKS)) -> int:
    """One line for each check; how many found something wrong."""
    wrong = 0
    for name in names:
        try:
            CHECKS[name](at)
            said = "as it must be"
        except WrongError as error:
            wrong, said = wrong + 1, f"WRONG: {error}"
        sys.stdout.write(f"{name:8} {said}\n")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.verify", description=__doc__)
    parser.add_argument("--workspace", default="main")
    parser.add_argument("--profile", default="idle", choices=("idle", "prod"))
    parser.add_argument("--domain", default="", help="where the workspace is")
    given = parser.parse_args()
    root = f"https://{given.domain}" if given.domain else ""
    context = Context.read(
        {
            "workspace": given.workspace,
            "profile": given.profile,
            "edition": "community",
            "rootUrl": root,
        }
    )
    return min(verify(Deployed(boto3.Session(), context)), 1)


if __name__ == "__main__":
    sys.exit(main())
