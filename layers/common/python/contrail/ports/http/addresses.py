"""Which addresses may be connected to: the internet's, and those that are allowed by name."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contrail.ports.web import ForbiddenAddress, WebError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that the internet has: what else stands for an IPv4 address lies outside of it."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Exceptions: `host`, `host:port` (as URLs have them) and networks such as `10.2.0.0/16`."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> Allowed:
        """Of a list with commas. Raises `ValueError` for a network that is none."""
        parts = [part.strip().lower() for part in text.split(",") if part.strip()]
        networks = tuple(ipaddress.ip_network(part) for part in parts if "/" in part)
        return cls(frozenset(part for part in parts if "/" not in part), networks)

    def host(self, host: str, port: int) -> bool:
        return host in self.hosts or f"{host}:{port}" in self.hosts

    def address(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def look_up(host: str, port: int) -> list[str]:
    """By the system's resolver, which also reads the short and odd ways to write an address."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def reachable(
    host: str, port: int, allowed: Allowed, seconds: float, resolve: Resolve = look_up
) -> list[str]:
    """The addresses to connect to, in order. Raises `ForbiddenAddress` when one is forbidden."""
    found = _in_time(resolve, host, port, seconds)
    if allowed.host(host, port):
        return list(found)
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not is_public(address) and not allowed.address(address):
            raise ForbiddenAddress(f"{host}: not a public address")
    return list(found)


def is_public(address: Address) -> bool:
    """Whether it is a place on the internet, also where it stands for another address."""
    if isinstance(address, ipaddress.IPv6Address):
        return address in UNICAST and _inner(address) is None and address.is_global
    return address.is_global and not address.is_multicast


def _inner(address: ipaddress.IPv6Address) -> object:
    """Of addresses that stand for an IPv4 one: none of them is needed to reach it."""
    return address.sixtofour or address.teredo


def _in_time(resolve: Resolve, host: str, port: int, seconds: float) -> Sequence[str]:
    """A resolver takes the time that it takes: it is not waited for any longer."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(resolve(host, port))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=run, name="resolver", daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if not found:
        raise WebError(f"{host}: its name was not resolved in time")
    if isinstance(found[0], Exception) or not found[0]:
        raise WebError(f"{host}: there is no such host")
    addresses: Sequence[str] = found[0]
    return addresses
