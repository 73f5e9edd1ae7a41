"""What outlives code: tables, queues, files, secrets, and the addresses that functions share."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from contrail.ports.aws.table import EXPIRES, TABLES
from infra.context import Context
from infra.stacks.acknowledging import acknowledge
from infra.stacks.queues import add_queues
from infra.stacks.secrets import add_secrets
from infra.stacks.things import Thing, Things

UNCONFIRMED = "pending/"
"""Where files are uploaded to; an upload that is confirmed moves to its place."""
SOCKETS_STAGE = "websocket"


class Data(Stack):
    """`things` are its tables, topic, queues, secrets and WebSocket API; `sockets` is the API's id.

    The queues and the API, without its routes, are here because functions of both later stacks send
    through them.
    """

    def __init__(self, scope: Construct, name: str, context: Context) -> None:
        protected = context.sizes.protected
        super().__init__(scope, name, termination_protection=protected)
        self._context = context
        export = f"{context.prefix}-sockets"
        self.sockets = self.export_value(self._sockets().ref, name=export)
        facts = self._topic()
        self.queues = add_queues(self, context)
        facts.add_subscription(
            subscriptions.SqsSubscription(self.queues["facts"], raw_message_delivery=True)
        )
        self.things: Things = {
            **{("table", name): self._table(name, *keys) for name, keys in TABLES.items()},
            ("topic", "facts"): Thing(facts.topic_arn, facts.topic_arn),
            ("sockets", "sockets"): self._connections(export),
            ("mail", "mail"): self._senders(),
            **add_secrets(self, context),
        }
        for sent_to, carrier in context.topology.addresses().items():
            queue = self.queues[carrier]
            self.things["queue", sent_to] = Thing(queue.queue_arn, queue.queue_url)
        self.things["bucket", "files"] = self._files()

    def _table(self, name: str, partition: str, sort: str = "") -> Thing:
        table = dynamodb.Table(
            self,
            name.title(),
            partition_key=_key(partition),
            sort_key=_key(sort) if sort else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute=EXPIRES,
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            table, {"DDB3": "Rows are worth nothing after the hours that a connection lasts."}
        )
        return Thing(table.table_arn, table.table_name)

    def _topic(self) -> sns.Topic:
        return sns.Topic(
            self,
            "FactsTopic",
            topic_name=f"{self._context.prefix}-facts.fifo",
            fifo=True,
            fifo_throughput_scope=sns.FifoThroughputScope.MESSAGE_GROUP,
            content_based_deduplication=False,
            enforce_ssl=True,
        )

    def _sockets(self) -> gateway.CfnApi:
        return gateway.CfnApi(
            self,
            "Sockets",
            name=self._context.prefix,
            protocol_type="WEBSOCKET",
            route_selection_expression="$request.body.msg",
        )

    def _connections(self, export: str) -> Thing:
        stage = f"{self.sockets}/{SOCKETS_STAGE}"
        host = f"{self.sockets}.execute-api.{self.region}.{self.url_suffix}"
        arn = self.format_arn(service="execute-api", resource=stage)
        account = "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>"
        shown = f"{account}:{export}/{SOCKETS_STAGE}"
        return Thing(arn, f"https://{host}/{SOCKETS_STAGE}", shown)

    def _senders(self) -> Thing:
        """Whatever the account has verified: the workspace's settings say which one it sends as."""
        arn = self.format_arn(service="ses", resource="identity")
        account = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>"
        return Thing(arn, "", f"{account}:identity")

    def _files(self) -> Thing:
        bucket = s3.Bucket(
            self,
            "Files",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.RETAIN,
            cors=[
                s3.CorsRule(
                    allowed_origins=self._context.pages,
                    allowed_methods=[s3.HttpMethods.PUT, s3.HttpMethods.GET, s3.HttpMethods.HEAD],
                    allowed_headers=["*"],
                    exposed_headers=["ETag"],
                    max_age=3600,
                )
            ],
            lifecycle_rules=[
                s3.LifecycleRule(prefix=UNCONFIRMED, expiration=Duration.days(1)),
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)),
            ],
        )
        acknowledge(bucket, {"S1": "Addresses are signed by functions, which log for whom."})
        export = f"{self._context.prefix}-files"
        return Thing(self.export_value(bucket.bucket_arn, name=export), bucket.bucket_name, export)


def _key(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
