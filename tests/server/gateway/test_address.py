"""Addresses given by users lead to the public internet or nowhere."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from assay_server.engines.gateway.address import PublicOnlyTransport, check_base_url
from assay_server.engines.gateway.errors import ForbiddenAddress


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v1",
        "file:///etc/passwd",
        "https://",
        "https://user:pass@api.example.com",
        "https://127.0.0.1/v1",
        "https://10.0.0.8:8443",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/v1",
        "https://[::ffff:192.168.0.1]/v1",
        "https://[fd00::1]/v1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://100.64.0.1",
        "https://[64:ff9b::a9fe:a9fe]",
        "https://[2002:a9fe:a9fe::]",
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_base_url(url)


@pytest.mark.parametrize(
    "url", ["https://api.example.com/v1", "https://93.184.216.34", "https://x.test:8443/openai"]
)
def test_allowed(url: str) -> None:
    check_base_url(url)


def test_a_name_that_resolves_to_this_machine_is_refused_when_dialled() -> None:
    reached: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        reached.append(request)
        return httpx2.Response(200)

    async def run() -> None:
        transport = PublicOnlyTransport(httpx2.MockTransport(answer))
        async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
            await client.post("https://localhost/v1/chat/completions")

    with pytest.raises(ForbiddenAddress, match="localhost leads to the private address"):
        asyncio.run(run())
    assert reached == []


def test_the_checked_address_is_the_one_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        reached.append(request)
        return httpx2.Response(200)

    async def resolved(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("93.184.216.34", 443))]

    async def run() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved, raising=False)
        transport = PublicOnlyTransport(httpx2.MockTransport(answer))
        async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
            await client.post("https://api.example.com/v1/chat/completions")

    asyncio.run(run())
    assert reached[0].url.host == "93.184.216.34"
    assert reached[0].headers["host"] == "api.example.com"
    assert reached[0].extensions["sni_hostname"] == "api.example.com"
