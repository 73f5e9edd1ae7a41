"""Letters as they leave: headers, HTML and plain text, with the workspace's header and style."""

from __future__ import annotations

from collections.abc import Mapping
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import urlsplit

from contrail.domain import mail
from contrail.domain.emails import EMAIL, LONGEST
from contrail.domain.instance import Instance
from contrail.domain.mail_filling import fill, one_line, plain
from contrail.domain.mail_letters import LETTERS
from contrail.ports.mail import Letter, UndeliverableError

LONGEST_LINE = 256
"""Characters of a subject or a name in a header."""
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def compose(
    at: Instance, kind: str, to: str, *, name: str = "", values: Mapping[str, str] | None = None
) -> Letter | None:
    """A letter of one of the kinds; None where the workspace left its text empty.

    Raises `UndeliverableError` for an address that mail cannot go to.
    """
    subject, body = LETTERS[kind].of(at)
    if not body.strip():
        return None
    given = {"email": to, "name": name, **(values or {})}
    return write(at, subject, body, to, name=name, values=given, headers=AUTOMATIC)


def write(
    at: Instance,
    subject: str,
    body: str,
    to: str,
    *,
    name: str = "",
    values: Mapping[str, str],
    sender: str = "",
    headers: Mapping[str, str],
) -> Letter:
    """A letter of these templates, from `sender` or the workspace's address. Raises likewise."""
    known = {**_everywhere(at), **_parts_of(values.get("name", "")), **values}
    page = fill(_wrapped(at, body), known, escape=True)
    source, called = _sender(at, sender)
    target = _ascii(to)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _address(called, source)
    message["To"] = _address(name, target)
    message["Subject"] = one_line(fill(subject, known, escape=False))[:LONGEST_LINE]
    message["Date"] = formatdate(at.now().timestamp(), usegmt=True)
    message["Message-ID"] = make_msgid(domain=source.rpartition("@")[2])
    for header, value in headers.items():
        message[header] = one_line(value)
    message.set_content(plain(page))
    if not at.setting("email_plain_text_only"):
        message.add_alternative(_styled(at, page), subtype="html")
    return Letter(source, target, message.as_bytes())


def _everywhere(at: Instance) -> dict[str, str]:
    site = mail.site_url(at)
    name = str(at.setting("Site_Name") or "")
    return {"Site_Name": name, "Site_URL": site, "Site_URL_Slash": f"{site}/"}


def _parts_of(name: str) -> dict[str, str]:
    return {"fname": name.partition(" ")[0], "lname": name.rpartition(" ")[2]} if name else {}


def _wrapped(at: Instance, body: str) -> str:
    header, footer = at.setting("Email_Header") or "", at.setting("Email_Footer") or ""
    return f"{header}\n{body}\n{footer}"


def _styled(at: Instance, page: str) -> str:
    style = str(at.setting("email_style") or "").strip()
    if not style:
        return page
    sheet = f"<style>\n{style}\n</style>\n"
    head, end, rest = page.partition("</head>")
    return head + sheet + end + rest if end else sheet + page


def _sender(at: Instance, wanted: str) -> tuple[str, str]:
    """The address mail comes from, and what it is called."""
    called, address = parseaddr(one_line(wanted or str(at.setting("From_Email") or "")))
    name = called or ("" if wanted else str(at.setting("Site_Name") or ""))
    if address:
        return _ascii(address), name
    host = urlsplit(mail.site_url(at)).hostname or "localhost"
    return f"no-reply@{host if '.' in host else host + '.localdomain'}", name


def _address(name: str, address: str) -> Address:
    return Address(one_line(name)[:LONGEST_LINE], addr_spec=address)


def _ascii(address: str) -> str:
    """The address as servers take it, its domain in IDNA."""
    user, _, domain = address.strip().rpartition("@")
    if len(address) > LONGEST or not EMAIL.fullmatch(f"{user}@{domain}") or not user.isascii():
        raise UndeliverableError("no address that mail can go to")
    try:
        Address(addr_spec=f"{user}@example.com")
        return f"{user}@{domain.encode('idna').decode()}"
    except Exception:  # noqa: BLE001 - the library's parser raises what it meets, IndexError too
        raise UndeliverableError("no address that mail can go to") from None
