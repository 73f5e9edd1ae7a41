"""A connection to an LDAP directory. All waits are bounded, and referrals are not followed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ldap3 import BASE, LEVEL, NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException

from functions.ldap.configuration import Configuration
from functions.ldap.entries import Entry

SUCCESS, SIZE_LIMIT, WRONG = 0, 4, 49
PAGED = "1.2.840.113556.1.4.319"
SCOPES = {"base": BASE, "one": LEVEL, "sub": SUBTREE}


class DirectoryError(Exception):
    """The directory did not do as asked. The message holds nothing that was sent to it."""


class Directory:
    """Open for searching. Raises `DirectoryError` from everything."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._connection = _opened(configuration)
        if configuration.bind_dn:
            try:
                self._bind_for_searching()
            except DirectoryError:
                self.close()
                raise

    def close(self) -> None:
        _closed(self._connection)

    def find(
        self, search_filter: str, *, base: str = "", attributes: Sequence[str] = ()
    ) -> list[Entry]:
        """Entries below `base`, else below the workspace's, as many as its limit allows."""
        known = self.configuration
        self._search(search_filter, known.size_limit, base or known.base, attributes, (SIZE_LIMIT,))
        return self._entries()

    def pages(self, search_filter: str) -> Iterator[list[Entry]]:
        """All entries, page by page: either every one, or `DirectoryError` at the end."""
        known, cookie = self.configuration, None
        # Servers count what all pages have together: a limit would end it in the middle.
        limit = 0 if known.page_size else known.size_limit
        while True:
            self._search(search_filter, limit, known.base, cookie=cookie, paged=True)
            yield self._entries()
            controls = (self._connection.result or {}).get("controls") or {}
            cookie = controls.get(PAGED, {}).get("value", {}).get("cookie")
            if not cookie:
                return

    def _bind_for_searching(self) -> None:
        known = self.configuration
        if not known.bind_password:
            # The directory would take it for an anonymous bind, and tell nobody.
            raise DirectoryError("no password to bind with")
        with _worded("bind"):
            bound = self._connection.rebind(
                user=known.bind_dn, password=known.bind_password, authentication="SIMPLE"
            )
        if not bound:
            raise DirectoryError(f"bind: {_described(self._connection)}")

    def _search(
        self,
        search_filter: str,
        size_limit: int,
        base: str,
        attributes: Sequence[str] = (),
        also_good: Sequence[int] = (),
        *,
        cookie: bytes | None = None,
        paged: bool = False,
    ) -> None:
        known = self.configuration
        with _worded("search"):
            self._connection.search(
                base,
                search_filter,
                SCOPES.get(known.scope, SUBTREE),
                attributes=list(attributes or known.attributes),
                size_limit=size_limit,
                time_limit=known.timeout,
                paged_size=(known.page_size or None) if paged else None,
                paged_cookie=cookie,
            )
        result = self._connection.result or {}
        if result.get("result") not in (SUCCESS, *also_good):
            raise DirectoryError(f"search: {_described(self._connection)}")

    def _entries(self) -> list[Entry]:
        return [
            Entry.of(row["dn"], row["raw_attributes"])
            for row in self._connection.response or ()
            if row.get("type") == "searchResEntry"
        ]


@contextmanager
def opened(configuration: Configuration) -> Iterator[Directory]:
    directory = Directory(configuration)
    try:
        yield directory
    finally:
        directory.close()


def proves(configuration: Configuration, dn: str, password: str) -> bool:
    """Whether the directory takes this password for that entry's. An empty one proves nothing."""
    if not dn or not password or "\0" in password:
        return False
    connection = _opened(configuration)
    try:
        with _worded("bind"):
            bound = connection.rebind(user=dn, password=password, authentication="SIMPLE")
        if not bound and (connection.result or {}).get("result") != WRONG:
            raise DirectoryError(f"bind: {_described(connection)}")
        return bool(bound)
    finally:
        _closed(connection)


class _Checked(Tls):
    """TLS by the standard library's rules: certificate and host name, or neither."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__()
        self._configuration = configuration

    def wrap_socket(self, connection: Any, do_handshake: bool = True) -> None:  # noqa: ARG002
        known = self._configuration
        context = ssl.create_default_context(cadata=known.authority or None)
        if not known.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        connection.socket = context.wrap_socket(connection.socket, server_hostname=known.host)


def _opened(configuration: Configuration) -> Any:
    if not configuration.host:
        raise DirectoryError("no host is set")
    secure = configuration.encryption == "ssl"
    with _worded("connect"):
        server = Server(
            configuration.host,
            configuration.port,
            use_ssl=secure,
            tls=_Checked(configuration),
            get_info=NONE,
            connect_timeout=configuration.connect_timeout,
        )
        connection: Any = Connection(
            server,
            receive_timeout=configuration.timeout,
            auto_referrals=False,
            check_names=False,
            read_only=True,
        )
        try:
            connection.open()
            if configuration.encryption == "tls":
                connection.start_tls()
        except Exception:
            _dropped(connection)
            raise
    return connection


def _closed(connection: Any) -> None:
    try:
        connection.unbind()
    except (LDAPException, OSError):
        _dropped(connection)


def _dropped(connection: Any) -> None:
    """The library leaves sockets open that failed."""
    if connection.socket is not None:
        connection.socket.close()


@contextmanager
def _worded(step: str) -> Iterator[None]:
    """Errors as our own, by the step that failed and the kind of error alone."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - on what is no LDAP the library may raise anything
        raise DirectoryError(f"{step}: {type(error).__name__}") from None


def _described(connection: Any) -> str:
    return str((connection.result or {}).get("description") or "no answer")
