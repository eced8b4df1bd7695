"""Turns one call through the gateway into the fields of an `llm` span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from assay_server.engines import pricing
from assay_server.engines.gateway.messages import ModelRequest
from assay_server.engines.gateway.tee import Tee

_USAGE_NAMES = (
    ("prompt_tokens", "prompt_tokens"),
    ("completion_tokens", "completion_tokens"),
    ("total_tokens", "tokens"),
)
_DETAIL_NAMES = (
    ("prompt_tokens_details", "cached_tokens", "prompt_cached_tokens"),
    ("completion_tokens_details", "reasoning_tokens", "completion_reasoning_tokens"),
)
_SPAN_NAMES = {"chat/completions": "Chat Completion", "embeddings": "Embedding"}


@dataclass(frozen=True, slots=True)
class Timing:
    """When a call began and ended, in unix seconds."""

    start: float
    end: float


def span_fields(
    request: ModelRequest, tee: Tee, *, provider: str, timing: Timing, error: Any = None
) -> dict[str, Any]:
    """Payload fields of the span: input, output, metadata, metrics, span_attributes, and error when there is
    one.

    Names are those of the SDK's instrumentation, so that both kinds of span read the same.
    """
    chat = request.endpoint == "chat/completions"
    choices = tee.choices()
    fields: dict[str, Any] = {
        "input": request.body.get("messages" if chat else "input"),
        "output": choices if chat else None,
        "metadata": _metadata(request, tee, provider),
        "metrics": _metrics(request, tee, timing),
        "span_attributes": {"name": _SPAN_NAMES[request.endpoint], "type": "llm"},
    }
    problem = error or tee.error
    if problem:
        fields["error"] = problem
    return fields


def usage_metrics(usage: Mapping[str, Any]) -> dict[str, float]:
    """OpenAI's usage block under the names of span metrics; what is absent or no number stays absent."""
    found = {ours: usage.get(theirs) for theirs, ours in _USAGE_NAMES}
    for group, theirs, ours in _DETAIL_NAMES:
        details = usage.get(group)
        found[ours] = details.get(theirs) if isinstance(details, dict) else None
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _metadata(request: ModelRequest, tee: Tee, provider: str) -> dict[str, Any]:
    skipped = {"messages", "input", "model"}
    parameters = {name: value for name, value in request.body.items() if name not in skipped}
    return {"model": tee.model or request.model, "provider": provider, **parameters}


def _metrics(request: ModelRequest, tee: Tee, timing: Timing) -> dict[str, float]:
    metrics: dict[str, float] = {"start": timing.start, "end": timing.end, **usage_metrics(tee.usage)}
    if tee.first_token_at is not None:
        metrics["time_to_first_token"] = tee.first_token_at - timing.start
    # The name asked for stands in when the provider reports one without a price, such as a fine-tuned
    # model's.
    for model in dict.fromkeys((tee.model or request.model, request.model)):
        if (cost := pricing.estimate(model, metrics)) is not None:
            metrics["estimated_cost"] = cost
            break
    return metrics


def encode_fields(fields: Mapping[str, Any]) -> dict[str, bytes]:
    """Each field as JSON text, the form in which rows are written."""
    return {name: msgspec.json.encode(value) for name, value in fields.items()}
