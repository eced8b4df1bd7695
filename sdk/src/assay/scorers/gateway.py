"""The two model calls scorers make, through Assay's gateway or any server that speaks the OpenAI format."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.client.config import resolve_config
from assay.client.http import Response, Transport
from assay.client.limits import RETRIES, held_back, limiter_of, retry_delay, status_of
from assay.core.errors import ApiError, Unreachable

_PROVIDER = "gateway"
"""What rate limits call the way judges take."""

_TOKEN_DETAILS = (
    ("prompt_tokens_details", "cached_tokens", "prompt_cached_tokens"),
    ("completion_tokens_details", "reasoning_tokens", "completion_reasoning_tokens"),
)


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer: the assistant message, the model that gave it, and whether it is the scripted one."""

    message: dict[str, Any]
    model: str
    scripted: bool


def default_judge_model() -> str:
    """The model of judges that name none: ASSAY_JUDGE_MODEL, or `gpt-5-mini`."""
    return os.environ.get("ASSAY_JUDGE_MODEL") or "gpt-5-mini"


def chat_completion(
    request: Mapping[str, Any], *, base_url: str | None, api_key: str | None, timeout: float
) -> Completion:
    """Send one chat completion and record it as an `llm` span of purpose `scorer` below the current span.

    Overload and lost connections are retried. Raises Unreachable or ApiError otherwise, ValueError for an
    answer without a message.
    """
    from assay import start_span

    attributes = {"purpose": "scorer"}
    with start_span(name="Chat Completion", type="llm", span_attributes=attributes) as span:
        settings = {key: value for key, value in request.items() if key != "messages"}
        span.log(input=request["messages"], metadata=settings)
        response = _post("/chat/completions", request, base_url=base_url, api_key=api_key, timeout=timeout)
        answer = response.json()
        scripted = response.headers.get("x-assay-scripted") == "1"
        choices = answer.get("choices") or ()
        model = str(answer.get("model") or request["model"])
        provenance = {"model": model, "provider": "scripted model"} if scripted else {"model": model}
        span.log(output=choices, metadata=provenance, metrics=token_metrics(answer.get("usage") or {}))
        if not choices or not isinstance(choices[0].get("message"), dict):
            raise ValueError(f"the model {model} answered without a message: {response.body[:300]!r}")
        return Completion(choices[0]["message"], model, scripted)


def embed(
    texts: Sequence[str], *, model: str, base_url: str | None, api_key: str | None, timeout: float
) -> list[list[float]]:
    """The embedding of each text, in order, recorded as an `llm` span of purpose `scorer`.

    Raises Unreachable or ApiError when the server refuses, ValueError when it returns another number of
    vectors.
    """
    from assay import start_span

    with start_span(name="Embedding", type="llm", span_attributes={"purpose": "scorer"}) as span:
        span.log(input=list(texts), metadata={"model": model})
        body = {"model": model, "input": list(texts)}
        answer = _post("/embeddings", body, base_url=base_url, api_key=api_key, timeout=timeout).json()
        data: list[dict[str, Any]] = answer.get("data") or []
        if len(data) != len(texts):
            raise ValueError(
                f"the embedding model {model} returned {len(data)} vectors for {len(texts)} texts"
            )
        vectors: list[list[float]] = [
            item["embedding"] for item in sorted(data, key=lambda item: item["index"])
        ]
        span.log(output={"length": len(vectors[0])}, metrics=token_metrics(answer.get("usage") or {}))
        return vectors


def token_metrics(usage: Mapping[str, Any]) -> dict[str, float]:
    """The `usage` of an OpenAI answer under the names span metrics use; absent counts stay absent."""
    named = {
        "prompt_tokens": "prompt_tokens",
        "completion_tokens": "completion_tokens",
        "total_tokens": "tokens",
    }
    metrics = {ours: usage[theirs] for theirs, ours in named.items() if usage.get(theirs) is not None}
    for group, theirs, ours in _TOKEN_DETAILS:
        details: Mapping[str, float | None] = usage.get(group) or {}
        value = details.get(theirs)
        if value is not None:
            metrics[ours] = value
    return metrics


def _post(
    path: str, body: Mapping[str, Any], *, base_url: str | None, api_key: str | None, timeout: float
) -> Response:
    if base_url is None:
        config = resolve_config(api_key=api_key)
        base_url, api_key = f"{config.url}/v1/proxy", config.api_key
    transport = _transport(base_url.rstrip("/"), api_key)
    limiter = limiter_of(_PROVIDER)
    if limiter is None:
        return transport.retrying("POST", path, json=dict(body), timeout=timeout)
    for attempt in range(RETRIES + 1):
        try:
            with limiter.slot() as slot:
                response = transport.request("POST", path, json=dict(body), timeout=timeout)
                slot.used(_total_tokens(response))
                return response
        except (Unreachable, ApiError) as error:
            transient = not isinstance(error, ApiError) or error.retryable
            if attempt == RETRIES or not transient:
                raise
            if status_of(error) != 429:  # after a refusal the limiter does the waiting
                with held_back():
                    time.sleep(retry_delay(attempt + 1, error))
    raise AssertionError("unreachable: the last attempt returns or raises")


def _total_tokens(response: Response) -> float | None:
    try:
        return float(response.json()["usage"]["total_tokens"])
    except (ApiError, KeyError, TypeError, ValueError):
        return None


@functools.lru_cache(maxsize=16)
def _transport(base_url: str, api_key: str | None) -> Transport:
    return Transport(base_url, api_key)
