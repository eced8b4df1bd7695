"""Who answers: the provider of a model when there is a key, the scripted model when there is none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from assay_server.engines.gateway.errors import ForbiddenAddress, UnknownModel, UpstreamFailed
from assay_server.engines.gateway.gateway import Credential, Gateway, GatewaySettings
from assay_server.engines.gateway.messages import ModelReply, read_request
from assay_server.engines.gateway.providers.catalog import PROVIDERS, find_provider
from assay_server.errors import BadRequest
from tests.server.gateway.upstream import Upstream, provider_app, running


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    provider = Upstream()
    with running(provider_app(provider)) as url:
        provider.url = f"{url}/v1"
        yield provider
        provider.finish()


def settings(upstream: Upstream, **keys: str) -> GatewaySettings:
    return GatewaySettings(
        keys=keys, base_urls={name: upstream.url for name in ("openai", "anthropic", "gemini")}
    )


async def gather(reply: ModelReply) -> bytes:
    return b"".join([chunk async for chunk in reply.chunks])


def call(
    gateway: Gateway, *, endpoint: Any = "chat/completions", org: str = "org", **body: Any
) -> tuple[ModelReply, bytes]:
    async def run() -> tuple[ModelReply, bytes]:
        body.setdefault("messages", [{"role": "user", "content": "hi"}])
        try:
            reply = await gateway.send(
                org, read_request(endpoint, json.dumps(body).encode(), {"cookie": "secret"})
            )
            return reply, await gather(reply)
        finally:
            await gateway.aclose()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("model", "provider", "bare"),
    [
        ("gpt-4o", "openai", "gpt-4o"),
        ("o3-mini", "openai", "o3-mini"),
        ("Claude-Haiku-4-5", "anthropic", "Claude-Haiku-4-5"),
        ("gemini-2.5-flash", "gemini", "gemini-2.5-flash"),
        ("openai/my-fine-tune", "openai", "my-fine-tune"),
        ("gemini/models/x", "gemini", "models/x"),
        ("llama-3", None, "llama-3"),
        ("nobody/gpt-4o", None, "nobody/gpt-4o"),
    ],
)
def test_model_names_lead_to_providers(model: str, provider: str | None, bare: str) -> None:
    found, name = find_provider(model)
    assert (found and found.name, name) == (provider, bare)


def test_bytes_go_through_unchanged_and_with_our_key_only(upstream: Upstream) -> None:
    raw = b'{ "model":"gpt-4o",  "messages":[], "new_parameter": 1.50 }'

    async def run() -> tuple[ModelReply, bytes]:
        gateway = Gateway(settings(upstream, openai="sk-1"))
        headers = {"authorization": "Bearer assay-key", "cookie": "session", "openai-organization": "org-9"}
        reply = await gateway.send("org", read_request("chat/completions", raw, headers))
        body = await gather(reply)
        await gateway.aclose()
        return reply, body

    reply, body = asyncio.run(run())
    assert upstream.bodies == [raw]
    sent = upstream.requests[0]["headers"]
    assert sent["authorization"] == "Bearer sk-1"
    assert sent["openai-organization"] == "org-9"
    assert "cookie" not in sent
    assert json.loads(body)["unknown_field"] == {"kept": True}
    assert reply.provider == "openai"
    assert not reply.scripted
    assert reply.headers["x-request-id"] == "req-1"
    assert "set-cookie" not in reply.headers


def test_provider_prefix_is_taken_off(upstream: Upstream) -> None:
    call(Gateway(settings(upstream, openai="k")), model="openai/gpt-4o")
    assert upstream.requests[0]["body"]["model"] == "gpt-4o"


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_each_provider_uses_its_own_key(upstream: Upstream, provider: Any) -> None:
    keys = {p.name: f"key-of-{p.name}" for p in PROVIDERS}
    call(Gateway(settings(upstream, **keys)), model=provider.models[0])
    assert upstream.requests[0]["headers"]["authorization"] == f"Bearer key-of-{provider.name}"


def test_the_organizations_key_wins_over_the_environment(upstream: Upstream) -> None:
    stored = {("acme", "openai"): Credential("stored")}
    for org, key in (("acme", "stored"), ("other", "env")):
        gateway = Gateway(settings(upstream, openai="env"), lambda org_id, name: stored.get((org_id, name)))
        call(gateway, org=org, model="gpt-4o")
        assert upstream.requests[-1]["headers"]["authorization"] == f"Bearer {key}"


def test_an_address_given_by_a_user_must_be_public(upstream: Upstream) -> None:
    gateway = Gateway(GatewaySettings(), lambda *_: Credential("k", base_url="https://localhost:8443/v1"))
    with pytest.raises(ForbiddenAddress, match="localhost"):
        call(gateway, model="gpt-4o")
    assert upstream.requests == []


def test_errors_of_the_provider_pass_with_status_body_and_headers(upstream: Upstream) -> None:
    reply, body = call(Gateway(settings(upstream, openai="k")), model="gpt-fail")
    assert reply.status == 429
    assert json.loads(body)["error"]["code"] == "rate_limit_exceeded"
    assert reply.headers["retry-after"] == "7"
    assert reply.headers["x-ratelimit-remaining-requests"] == "0"


def test_an_unreachable_provider_is_named() -> None:
    gateway = Gateway(GatewaySettings(keys={"openai": "k"}, base_urls={"openai": "http://127.0.0.1:9/v1"}))
    with pytest.raises(UpstreamFailed, match="openai could not be reached") as caught:
        call(gateway, model="gpt-4o")
    assert caught.value.status == 502


def test_the_first_bytes_arrive_while_the_provider_still_writes(upstream: Upstream) -> None:
    async def run() -> tuple[bytes, bytes]:
        gateway = Gateway(settings(upstream, openai="k"))
        body = {"model": "gpt-slow", "stream": True, "messages": []}
        reply = await gateway.send("org", read_request("chat/completions", json.dumps(body).encode(), {}))
        chunks = aiter(reply.chunks)
        first = await anext(chunks)
        assert not upstream.word.is_set()
        upstream.finish()
        rest = b"".join([chunk async for chunk in chunks])
        await gateway.aclose()
        return first, rest

    first, rest = asyncio.run(run())
    assert b"Hello" in first
    assert b"upstream" not in first
    assert b" upstream" in rest
    assert rest.endswith(b"data: [DONE]\n\n")


def test_a_stream_that_breaks_off_is_an_error(upstream: Upstream) -> None:
    with pytest.raises(UpstreamFailed, match="broke off"):
        call(Gateway(settings(upstream, openai="k")), model="gpt-break", stream=True)


def test_embeddings_are_forwarded(upstream: Upstream) -> None:
    gateway = Gateway(settings(upstream, openai="k"))
    _, body = call(gateway, endpoint="embeddings", model="text-embedding-3-small", input="x")
    assert json.loads(body)["data"][0]["embedding"] == [0.5, 0.5]


def test_without_a_key_of_its_provider_a_model_is_scripted(upstream: Upstream) -> None:
    reply, body = call(Gateway(settings(upstream, anthropic="k")), model="gpt-4o")
    assert reply.scripted
    assert json.loads(body)["system_fingerprint"] == "scripted model"
    assert upstream.requests == []


def test_unknown_models_are_refused_only_where_real_ones_are_in_use(upstream: Upstream) -> None:
    reply, _ = call(Gateway(GatewaySettings()), model="llama-3")
    assert reply.scripted
    with pytest.raises(UnknownModel, match="'llama-3'") as caught:
        call(Gateway(settings(upstream, openai="k")), model="llama-3")
    assert caught.value.status == 404


def test_model_list_says_which_models_are_scripted(upstream: Upstream) -> None:
    owners = {m["id"]: m["owned_by"] for m in Gateway(settings(upstream, openai="k")).models("org")}
    assert owners["gpt-4o"] == "openai"
    assert owners["claude-haiku-4-5"] == "scripted model"
    assert Gateway(GatewaySettings()).scripted_only("org")
    assert not Gateway(settings(upstream, openai="k")).scripted_only("org")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "JSON object"),
        (b"{}", "Name a model"),
        (b'{"model": 3}', "Name a model"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_unreadable_bodies(raw: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        read_request("chat/completions", raw, {})
