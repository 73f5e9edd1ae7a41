"""The mail port on SES (API version 2)."""

from __future__ import annotations

from contrail.ports.aws.table import Client
from contrail.ports.mail import Letter, NotSentError, UndeliverableError

REJECTED = ("MessageRejected",)
"""Codes of what SES refuses for good. An identity that is not verified yet may be tomorrow."""


class SesMail:
    """`client` is of `sesv2` and makes one try: what was taken must not be sent again."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def send(self, letter: Letter) -> None:
        from botocore.exceptions import (  # noqa: PLC0415 - boto3 takes long to import
            BotoCoreError,
            ClientError,
        )

        try:
            self._client().send_email(
                FromEmailAddress=letter.sender,
                Destination={"ToAddresses": [letter.recipient]},
                Content={"Raw": {"Data": letter.message}},
            )
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            kind = UndeliverableError if code in REJECTED else NotSentError
            raise kind(f"SES answers {code}") from None
        except BotoCoreError as error:
            raise NotSentError(f"SES: {type(error).__name__}") from None
