"""Providers that speak OpenAI's HTTP format: bytes in, bytes out, nothing translated.

Serves OpenAI itself and the OpenAI-compatible endpoints of Anthropic and Google, told apart by base address
only.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx2

from assay_server.engines.gateway.address import PublicOnlyTransport
from assay_server.engines.gateway.errors import UpstreamFailed, UpstreamTimeout
from assay_server.engines.gateway.messages import ModelReply, ModelRequest

# A reasoning model may think for minutes before its first byte.
_TIMEOUT = httpx2.Timeout(600.0, connect=10.0, pool=30.0)
_LIMITS = httpx2.Limits(max_connections=512, max_keepalive_connections=64, keepalive_expiry=60.0)

_SENT_HEADERS = ("openai-organization", "openai-project", "openai-beta", "idempotency-key", "x-request-id")
_RETURNED_HEADERS = frozenset(
    {"content-type", "retry-after", "retry-after-ms", "x-request-id", "request-id", "date"}
)
_RETURNED_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-", "openai-")


class OpenAICompatible:
    """Forwards calls over pooled connections; one instance serves every such provider."""

    def __init__(self) -> None:
        self._direct = httpx2.AsyncClient(timeout=_TIMEOUT, limits=_LIMITS)
        # Environment proxies are not used here: they would resolve the name again, behind the check.
        guarded = PublicOnlyTransport(httpx2.AsyncHTTPTransport(limits=_LIMITS, trust_env=False))
        self._guarded = httpx2.AsyncClient(timeout=_TIMEOUT, transport=guarded, trust_env=False)

    async def send(
        self, request: ModelRequest, *, provider: str, base_url: str, key: str, user_given: bool = False
    ) -> ModelReply:
        """Pass one call on and return as soon as the provider's headers are there.

        `user_given` addresses may only be public ones. An error status is a reply like any other. Raises
        UpstreamFailed or UpstreamTimeout when there is no reply at all.
        """
        client = self._guarded if user_given else self._direct
        upstream = client.build_request(
            "POST",
            f"{base_url.rstrip('/')}/{request.endpoint}",
            content=request.raw,
            headers=_upstream_headers(request, key),
        )
        try:
            response = await client.send(upstream, stream=True)
        except httpx2.TimeoutException as error:
            raise UpstreamTimeout(f"{provider} did not answer in time: {type(error).__name__}.") from error
        except httpx2.HTTPError as error:
            raise UpstreamFailed(f"{provider} could not be reached at {base_url}: {error}") from error
        return ModelReply(
            status=response.status_code,
            headers=_returned_headers(response.headers),
            chunks=_body(response, provider),
            provider=provider,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._direct.aclose()
        await self._guarded.aclose()


def _upstream_headers(request: ModelRequest, key: str) -> dict[str, str]:
    """Only what the provider needs: the caller's own key and cookies never leave this server."""
    headers = {name: request.headers[name] for name in _SENT_HEADERS if name in request.headers}
    headers["authorization"] = f"Bearer {key}"
    headers["content-type"] = "application/json"
    headers["accept"] = "text/event-stream" if request.stream else "application/json"
    headers["accept-encoding"] = "identity"  # compressed streams would hold tokens back in the compressor
    return headers


def _returned_headers(headers: httpx2.Headers) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name in _RETURNED_HEADERS or name.startswith(_RETURNED_PREFIXES)
    }


async def _body(response: httpx2.Response, provider: str) -> AsyncGenerator[bytes, None]:
    plain = response.headers.get("content-encoding", "identity") == "identity"
    try:
        async for chunk in response.aiter_raw() if plain else response.aiter_bytes():
            yield chunk
    except httpx2.HTTPError as error:
        raise UpstreamFailed(f"{provider} broke off in the middle of its answer: {error}") from error
    finally:
        await response.aclose()
