"""Alarms, where they are sent, and a dashboard."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.alarms import MINUTES, Alarm, alarms
from infra.context import Context
from infra.stacks.data import Data

Metric = cloudwatch.IMetric
PERIOD = Duration.minutes(MINUTES)


class Observability(Stack):
    """What `data` has no name for is known by its own."""

    def __init__(self, scope: Construct, name: str, context: Context, data: Data) -> None:
        super().__init__(scope, name)
        self._context = context
        self._sockets = data.sockets
        tables = {
            table: thing.address for (kind, table), thing in data.things.items() if kind == "table"
        }
        told = actions.SnsAction(self._topic())
        for alarm in alarms(context, data.sockets, tables):
            self._alarm(alarm).add_alarm_action(told)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=context.prefix)
        for title, metrics in self._graphs().items():
            dashboard.add_widgets(cloudwatch.GraphWidget(title=title, left=metrics, width=12))

    def _topic(self) -> sns.Topic:
        topic = sns.Topic(
            self, "Alarms", topic_name=f"{self._context.prefix}-alarms", enforce_ssl=True
        )
        # A policy of its own takes the place of the one by which the account may publish.
        topic.grant_publish(
            iam.ServicePrincipal(
                "cloudwatch.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if self._context.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(self._context.alarm_email))
        return topic

    def _alarm(self, alarm: Alarm) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            "".join(part.title() for part in alarm.name.split("-")),
            alarm_name=f"{self._context.prefix}-{alarm.name}",
            metric=cloudwatch.Metric(
                namespace=alarm.namespace,
                metric_name=alarm.metric,
                dimensions_map=dict(alarm.dimensions),
                statistic=alarm.statistic,
                period=PERIOD,
            ),
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            # Nothing is measured of what nobody uses.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _graphs(self) -> dict[str, list[Metric]]:
        """At most 50 metrics of a workspace in profile `idle`, which cost nothing."""
        prefix, topology = self._context.prefix, self._context.topology
        names = [one.name for one in topology.functions]
        queues = [one.name for one in topology.queues]
        rest, sockets = {"ApiName": prefix}, {"ApiId": self._sockets}
        return {
            "REST: requests and refusals": [
                self._metric("ApiGateway", metric, rest, metric)
                for metric in ("Count", "4XXError", "5XXError")
            ],
            "REST: milliseconds": [
                self._metric("ApiGateway", "Latency", rest, statistic, statistic)
                for statistic in ("p50", "p99")
            ],
            "WebSocket": [
                self._metric("ApiGateway", metric, sockets, metric)
                for metric in ("ConnectCount", "MessageCount", "IntegrationError")
            ],
            "Functions: errors": [
                self._metric("Lambda", "Errors", {"FunctionName": f"{prefix}-{one}"}, one)
                for one in names
            ],
            "Functions: milliseconds, p99": [
                self._metric("Lambda", "Duration", {"FunctionName": f"{prefix}-{one}"}, one, "p99")
                for one in names
            ],
            "Queues: seconds that the oldest item waits": [
                self._metric(
                    "SQS",
                    "ApproximateAgeOfOldestMessage",
                    {"QueueName": f"{prefix}-{one}.fifo"},
                    one,
                    "Maximum",
                )
                for one in queues
            ],
            "Dead letters": [
                self._metric(
                    "SQS",
                    "ApproximateNumberOfMessagesVisible",
                    {"QueueName": f"{prefix}-{one}-dead.fifo"},
                    one,
                    "Maximum",
                )
                for one in queues
            ],
        }

    def _metric(
        self,
        service: str,
        name: str,
        dimensions: dict[str, str],
        label: str,
        statistic: str = "Sum",
    ) -> Metric:
        return cloudwatch.Metric(
            namespace=f"AWS/{service}",
            metric_name=name,
            dimensions_map=dimensions,
            label=label,
            statistic=statistic,
            period=PERIOD,
        )
