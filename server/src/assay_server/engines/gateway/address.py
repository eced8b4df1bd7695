"""Keeps provider addresses given by users out of private networks.

An operator's own settings may point anywhere (a model server on localhost is normal). An address that an
organization's member typed in may only lead to the public internet, otherwise the gateway would fetch the
cloud's metadata service or an internal host for them. The check happens at connect time, on the resolved
address that is then used, so that a name that changes its answer between check and use gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

import httpx2

from assay_server.engines.gateway.errors import ForbiddenAddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def check_base_url(url: str) -> None:
    """Raise ForbiddenAddress unless `url` is https with a host, no credentials, and no literal private
    address.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ForbiddenAddress(
            f"{url!r} cannot be a provider address: give https://host[:port]/path without a user."
        )
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return
    _require_public(parts.hostname, literal)


class PublicOnlyTransport(httpx2.AsyncBaseTransport):
    """Sends requests only to public addresses; the name is resolved once and that address is dialled."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Resolve, check every address, dial the first; TLS still verifies the name. Raises
        ForbiddenAddress.
        """
        check_base_url(str(request.url))
        host = request.url.host
        address = await _resolve_public(host, request.url.port or 443)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)  # the Host header keeps the name
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


async def _resolve_public(host: str, port: int) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise httpx2.ConnectError(f"cannot resolve {host}: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        _require_public(host, ipaddress.ip_address(address))
    return addresses[0]


def _require_public(host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if any(not one.is_global or one.is_multicast for one in _meant(address)):
        raise ForbiddenAddress(
            f"{host} leads to the private address {address}; a provider added by a user must be public. "
            "An operator can set the provider's *_BASE_URL variable instead."
        )


def _meant(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The address, or the IPv4 addresses that a translator or a tunnel would take it for."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address, *filter(None, (address.sixtofour, *(address.teredo or ())))]
