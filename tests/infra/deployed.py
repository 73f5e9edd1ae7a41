"""Functions, and what they are granted, as templates have them."""

from __future__ import annotations

from infra.context import Context
from infra.grants import Grant
from tests.infra.assembly import Assembly, Resource


def functions(assembly: Assembly, context: Context) -> dict[str, Resource]:
    """Those of the topology: what makes things for CloudFormation has its text in the template."""
    found = assembly.of("Lambda::Function")
    prefix = f"{context.prefix}-"
    assert all(one.properties["FunctionName"].startswith(prefix) for one in found)
    return {
        one.properties["FunctionName"].removeprefix(prefix): one
        for one in found
        if "ZipFile" not in one.properties["Code"]
    }


def alias(assembly: Assembly, function: Resource) -> str:
    """The address of what everyone calls: the one alias of a function."""
    found = [
        one
        for one in assembly.of("Lambda::Alias")
        if assembly.text(one.stack, one.properties["FunctionName"]) == function.ref
    ]
    assert [one.properties["Name"] for one in found] == ["live"]
    return found[0].ref


class Addresses:
    """What a grant is for, as the templates have it."""

    def __init__(self, assembly: Assembly, context: Context) -> None:
        self._assembly = assembly
        self._context = context

    def arn(self, grant: Grant) -> str:
        """Of a table and a queue it is an attribute, of the others what a Ref comes to."""
        if grant.kind == "secret" and self._context.sizes.parameters:
            place = f"parameter/contrail/{self._context.workspace}/{grant.name}"
            return f"arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:{place}"
        if grant.kind == "mail":
            return "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity"
        one = self._find(grant)
        if grant.kind == "sockets":
            account = "<AWS::Region>:<AWS::AccountId>"
            return f"arn:<AWS::Partition>:execute-api:{account}:{one}/websocket"
        return f"{one[:-1]}.Arn>" if grant.kind in ("table", "queue", "bucket") else one

    def value(self, grant: Grant) -> str:
        if grant.kind == "secret":
            slash = "/" if self._context.profile == "idle" else ""
            return f"{slash}contrail/{self._context.workspace}/"
        one = self._find(grant)
        if grant.kind == "sockets":
            return f"https://{one}.execute-api.<AWS::Region>.<AWS::URLSuffix>/websocket"
        return one

    def _find(self, grant: Grant) -> str:
        assembly, prefix = self._assembly, self._context.prefix
        match grant.kind:
            case "mail":
                raise AssertionError("no resource of the stacks")
            case "table":
                tables = assembly.of("DynamoDB::Table")
                found = [one for one in tables if one.id.lower().startswith(grant.name)]
                assert len(found) == 1
                return found[0].ref
            case "bucket":
                (files,) = assembly.of("S3::Bucket", "data")
                return files.ref
            case "topic":
                return assembly.only("SNS::Topic", TopicName=f"{prefix}-{grant.name}.fifo").ref
            case "queue":
                polled = self._context.topology.carrier(grant.name)
                return assembly.only("SQS::Queue", QueueName=f"{prefix}-{polled}.fifo").ref
            case "sockets":
                return assembly.only("ApiGatewayV2::Api").ref
            case "function":
                callee = self._context.topology.answering()[grant.name]
                return alias(assembly, functions(assembly, self._context)[callee.name])
            case "secret":
                name = f"contrail/{self._context.workspace}/{grant.name}"
                return assembly.only("SecretsManager::Secret", Name=name).ref
