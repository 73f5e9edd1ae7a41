"""The mail port over SMTP, with the server that a workspace's settings name."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field

from contrail.ports.mail import Letter, NotSentError, UndeliverableError

TIMEOUT = 10.0
"""Seconds that the server may keep silent, at each step."""
SUBMISSION, SUBMISSIONS = 587, 465
"""The ports where the settings name none: plain at first, or TLS from the start."""


@dataclass(frozen=True, slots=True)
class Server:
    """`secure` is TLS from the start; else it is taken up where offered, unless `ignore_tls`."""

    host: str
    port: int = 0
    secure: bool = False
    ignore_tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)


class SmtpMail:
    """A connection for each letter: functions come and go, and servers drop idle ones.

    Certificates are judged by what this machine trusts (SSL_CERT_FILE names another list).
    """

    def __init__(self, server: Server, timeout: float = TIMEOUT) -> None:
        self._server = server
        self._timeout = timeout

    def send(self, letter: Letter) -> None:
        try:
            with self._connect() as smtp:
                self._prepare(smtp)
                smtp.sendmail(letter.sender, [letter.recipient], letter.message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(next(iter(error.recipients.values()))[0]) from None
        except smtplib.SMTPResponseException as error:
            raise _answered(error) from None
        except smtplib.SMTPException as error:
            raise NotSentError(f"the mail server: {type(error).__name__}") from None
        except TimeoutError:
            raise NotSentError("the mail server does not answer") from None
        except ssl.SSLError as error:
            raise NotSentError(f"the mail server's TLS: {error.reason or 'not trusted'}") from None
        except OSError as error:
            raise NotSentError(f"the mail server: {type(error).__name__}") from None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.secure:
            trust = ssl.create_default_context()
            port = server.port or SUBMISSIONS
            return smtplib.SMTP_SSL(server.host, port, timeout=self._timeout, context=trust)
        return smtplib.SMTP(server.host, server.port or SUBMISSION, timeout=self._timeout)

    def _prepare(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        smtp.ehlo_or_helo_if_needed()
        if not server.secure and not server.ignore_tls and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if server.username:
            smtp.login(server.username, server.password)


def _refused(code: int) -> NotSentError:
    kind = UndeliverableError if code >= 500 else NotSentError
    return kind(f"the recipient is refused: {code}")


def _answered(error: smtplib.SMTPResponseException) -> NotSentError:
    """Whether the letter itself was refused for good, or the server is not set up for us."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotSentError("the mail server does not accept the username and password")
    if isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500:
        return UndeliverableError(f"the message is refused: {error.smtp_code}")
    return NotSentError(f"the mail server answers {error.smtp_code}")
