"""Which way mail leaves: the server of the settings, that of MAIL_URL, or the cloud's service."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from contrail.domain.instance import Instance
from contrail.ports.mail import Mail
from contrail.ports.smtp import Server, SmtpMail

PORTS = range(1, 65_536)


def carrier(at: Instance) -> Mail | None:
    """None where the workspace cannot send mail. Settings come first, as in Rocket.Chat."""
    host = str(at.setting("SMTP_Host") or "").strip()
    if host:
        return SmtpMail(_of_settings(at, host))
    if at.environment.mail_url:
        return SmtpMail(_of_url(at.environment.mail_url))
    return at.mail if at.environment.mail_service else None


def _of_settings(at: Instance, host: str) -> Server:
    return Server(
        host=host,
        port=_port(str(at.setting("SMTP_Port") or "")),
        secure=at.setting("SMTP_Protocol") == "smtps",
        ignore_tls=bool(at.setting("SMTP_IgnoreTLS")),
        username=str(at.setting("SMTP_Username") or ""),
        password=str(at.setting("SMTP_Password") or ""),
    )


def _of_url(text: str) -> Server:
    """`smtps://user:password@host:465`; `?ignoreTLS=true` as in Rocket.Chat."""
    url = urlsplit(text)
    return Server(
        host=url.hostname or "",
        port=url.port or 0,
        secure=url.scheme == "smtps",
        ignore_tls="ignoreTLS=true" in url.query.split("&"),
        username=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )


def _port(text: str) -> int:
    """0 for what is no port: then the usual one."""
    given = text.strip()
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else 0
    return number if number in PORTS else 0
