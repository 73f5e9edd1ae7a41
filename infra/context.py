"""What whoever deploys may choose: the context keys of `cdk.json` and of `cdk -c key=value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from infra.profiles import Name, Topology, topology

HTTPS = re.compile(r"https://[a-z0-9.-]+(:\d+)?")
ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[a-z0-9.-]+(:\d+)?")
UNCHOSEN = "https://*.cloudfront.net"
"""Where a workspace without an address of its own is: CloudFront makes up which of them."""


class ContextError(ValueError):
    """One line that names the key and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """`polls` is how many batches of a queue may be worked on at once; `logs` in days.

    `protected` stacks with data refuse to be deleted. Secrets are `parameters`, which cost
    nothing, or Secrets Manager's, which may be read as often as functions start. `rate` is how
    many requests a second each gateway takes, and `burst` how many at once; `alarms` is whether
    everything has one, and `firewall` whether there is one to attach.
    """

    polls: int
    logs: int
    protected: bool
    parameters: bool
    rate: int
    burst: int
    alarms: Literal["few", "all"]
    firewall: bool


PROFILES: Mapping[Name, Profile] = {
    "idle": Profile(
        # Without a bound Lambda would ask empty queues less often; with one, a flood of items
        # cannot take all that an account may run at once.
        polls=10,
        logs=30,
        protected=False,
        parameters=True,
        rate=200,
        burst=400,
        alarms="few",
        firewall=False,
    ),
    # Half of what an account takes in a second: frames to clients are taken of the same.
    "prod": Profile(
        polls=100,
        logs=90,
        protected=True,
        parameters=False,
        rate=5000,
        burst=2500,
        alarms="all",
        firewall=True,
    ),
}


def _address(given: str) -> str:
    if given and not HTTPS.fullmatch(given):
        raise ValueError("must be an https address without a path")
    return given


def _origins(given: str) -> str:
    if given and not all(map(ORIGIN.fullmatch, given.split(","))):
        raise ValueError("must be origins such as https://intranet.example.com, with commas")
    return given


class Context(BaseModel):
    """`root_url` is the address that links carry; with a `domain` it follows from that.

    `origins` are those of other pages that may use files, with commas between them.
    `mail` is `ses` once the account may send as the workspace's From_Email, empty before.
    `certificate` is the ARN of the domain's certificate, and `web_acl` that of a firewall, which
    CloudFront both takes from us-east-1. `alarm_email` is written to when an alarm goes off.
    `origin_version` is any other text once the secret between edge and gateways has changed; with
    Secrets Manager it is the version's id. `access_logs` of the gateways want a role that is set
    for the whole account and region.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    workspace: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,19}$")]
    profile: Name
    edition: Literal["community", "enterprise"]
    domain: Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$|^$")] = ""
    certificate: Annotated[str, StringConstraints(pattern=r"^arn:aws:acm:us-east-1:.+$|^$")] = ""
    root_url: Annotated[str, AfterValidator(_address), Field(alias="rootUrl")] = ""
    origins: Annotated[str, AfterValidator(_origins)] = ""
    mail: Literal["", "ses"] = ""
    alarm_email: Annotated[
        str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$|^$"), Field(alias="alarmEmail")
    ] = ""
    web_acl: Annotated[
        str,
        StringConstraints(pattern=r"^arn:aws:wafv2:us-east-1:\d+:global/webacl/.+$|^$"),
        Field(alias="webAcl"),
    ] = ""
    origin_version: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$|^$"), Field(alias="originVersion")
    ] = ""
    access_logs: Annotated[Literal["", "on"], Field(alias="accessLogs")] = ""
    tracing: Literal["", "on"] = ""

    @classmethod
    def wanted(cls) -> list[str]:
        return [field.alias or name for name, field in cls.model_fields.items()]

    @classmethod
    def read(cls, given: Mapping[str, object]) -> Context:
        """Raises `ContextError`. A key that is None is as good as missing."""
        try:
            context = cls.model_validate({k: v for k, v in given.items() if v is not None})
        except ValidationError as error:
            first = error.errors()[0]
            raise ContextError(f"context key {first['loc'][0]}: {first['msg']}") from None
        if bool(context.domain) != bool(context.certificate):
            raise ContextError("context keys domain and certificate belong together")
        address = context.root_url or (context.domain and f"https://{context.domain}")
        return context.model_copy(update={"root_url": address})

    @property
    def prefix(self) -> str:
        """Before every name that must be the only one of its kind in an account."""
        return f"contrail-{self.workspace}"

    @property
    def secrets(self) -> str:
        """Before every secret's name. With a leading slash they are parameters."""
        return f"{'/' if self.sizes.parameters else ''}contrail/{self.workspace}/"

    @property
    def variables(self) -> dict[str, str]:
        """What every function of the workspace is told; empty ones are left out."""
        return {
            "ROOT_URL": self.root_url,
            "EDITION": self.edition,
            "MAIL_SERVICE": self.mail,
        }

    @property
    def pages(self) -> list[str]:
        """Origins of the pages that may use files: the workspace's own, and those in `origins`."""
        own = [self.root_url, f"https://{self.domain}" if self.domain else ""]
        known = dict.fromkeys([*filter(None, own), *filter(None, self.origins.split(","))])
        return list(known) if self.root_url else [UNCHOSEN, *known]

    @property
    def sizes(self) -> Profile:
        return PROFILES[self.profile]

    @property
    def topology(self) -> Topology:
        return topology(self.profile)
