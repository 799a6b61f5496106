"""Which addresses may be called that a person typed in: public ones, and those that settings name.

The list is explicit, since the flags of `ipaddress` miss ranges that lead inside: NAT64, 6to4, shared space.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

INSIDE: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/127",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


class AddressRefused(ValueError):
    """The address is not one that may be called; the text says why, in a word."""


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an IP address may be called: it is listed, or it is public."""
    if any(address in network for network in allowed):
        return True
    return not any(address in network for network in INSIDE)


def check_url(url: str, allowed: Sequence[Network]) -> None:
    """Raise `AddressRefused` unless this is https to a name or a public address, or to one that is listed.

    Where a name leads is judged at each connection by `GuardedResolver`, since names may be moved.
    """
    parts = urlsplit(url)
    host, literal = parts.hostname or "", None
    try:
        literal = ip_address(host)
    except ValueError:
        if not host or not host.isascii() or "." not in host.strip("."):
            raise AddressRefused("host") from None
    listed = literal is not None and any(literal in network for network in allowed)
    if parts.scheme != "https" and not (parts.scheme == "http" and listed):
        raise AddressRefused("scheme")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise AddressRefused("form")
    if literal is not None and not is_allowed(literal, allowed):
        raise AddressRefused("private")


class GuardedResolver(AbstractResolver):
    """Looks names up and refuses those of which any address leads inside; the checked address is called."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name, all of them allowed; else OSError."""
        found = await self._names.resolve(host, port, family)
        if not all(is_allowed(ip_address(result["host"]), self._allowed) for result in found):
            raise OSError(None, "the name leads to an address inside")
        return found

    async def close(self) -> None:
        """Nothing is kept open."""
        await self._names.close()
