"""The suite cannot reach the network, and neither can the processes it starts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ELSEWHERE = "192.0.2.1"  # reserved for documentation: routed nowhere, should the guard fail


def blocked_by_guard() -> type[BaseException]:
    """The guard's exception class, taken from what it raises (the guard is run, not imported)."""
    with socket.socket() as sock:
        sock.settimeout(0.2)
        with pytest.raises(BaseException, match="may not reach the network") as caught:
            sock.connect((ELSEWHERE, 80))
    return caught.type


def test_connecting_elsewhere_raises_what_no_network_handler_swallows() -> None:
    assert not issubclass(blocked_by_guard(), Exception)


@pytest.mark.parametrize("name", ["example.com", "api.openai.com"])
def test_looking_up_a_name_is_refused(name: str) -> None:
    with pytest.raises(blocked_by_guard(), match=name):
        socket.getaddrinfo(name, 443)


def test_datagrams_are_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(blocked_by_guard()):
        sock.sendto(b"x", (ELSEWHERE, 53))


def test_loopback_works() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        client.sendall(b"hello")
        peer, _ = server.accept()
        with peer:
            assert peer.recv(5) == b"hello"


def test_child_processes_are_guarded() -> None:
    code = f"import socket; socket.create_connection(({ELSEWHERE!r}, 80), timeout=0.2)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "NetworkBlocked: tests may not reach the network" in done.stderr


def test_the_developers_settings_are_out_of_sight() -> None:
    private = [name for name in os.environ if name.startswith(("ASSAY_", "BRAINTRUST_", "OPENAI_"))]
    assert private == []
    assert "assay-test-home-" in os.environ["HOME"]
    assert Path.home() == Path(os.environ["HOME"])
