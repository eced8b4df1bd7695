"""Refuses every connection that leaves the machine, in the tests and in every Python process they start.

`tests/conftest.py` runs this file and puts its folder on `PYTHONPATH`, where child processes find it under the
name Python imports at start-up. An audit hook sees the socket calls of all Python code and stays for good.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
from typing import Any

_LOCAL_NAMES = {"", "localhost", "localhost.localdomain", "ip6-localhost", socket.gethostname().lower()}


class NetworkBlocked(BaseException):
    """Not an Exception: code that shrugs off network errors must not swallow the proof of one."""


def is_local_address(host: str) -> bool:
    """Whether connecting to `host` stays on this machine: a local name, loopback or unspecified address."""
    if host.lower() in _LOCAL_NAMES or host.lower().endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host.split("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        return mapped.is_loopback or mapped.is_unspecified
    return False


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return True


def _text(host: Any) -> str:
    if host is None:
        return ""
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)


def guard(event: str, args: tuple[Any, ...]) -> None:
    """The audit hook. Addresses of Unix sockets are paths, so only tuples are looked at."""
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        if isinstance(address, tuple) and not is_local_address(_text(address[0])):
            raise NetworkBlocked(f"tests may not reach the network: {event} to {address!r}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = _text(args[0])
        # Reading a literal address asks no name server; connecting to it is what the first branch refuses.
        if not is_local_address(host) and not _is_ip(host):
            raise NetworkBlocked(f"tests may not reach the network: looking up {host!r}")


sys.addaudithook(guard)
