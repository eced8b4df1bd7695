"""Token counts, cost and waiting time under the names of span metrics."""

from __future__ import annotations

from assay_server.engines.otel.draft import Attributes, Draft
from assay_server.engines.otel.span import Event, OtelSpan
from assay_server.engines.otel.values import as_number

METRICS: dict[str, tuple[str, ...]] = {
    "prompt_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.usage.prompt_tokens",
        "llm.usage.input_tokens",
        "llm.token_count.prompt",
        "decision.token_count.input",
        "ai.usage.inputTokens",
        "ai.usage.promptTokens",
        "ai.usage.tokens",
    ),
    "completion_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.usage.completion_tokens",
        "llm.usage.output_tokens",
        "llm.token_count.completion",
        "decision.token_count.output",
        "ai.usage.outputTokens",
        "ai.usage.completionTokens",
    ),
    "tokens": (
        "gen_ai.usage.total_tokens",
        "llm.usage.total_tokens",
        "llm.token_count.total",
        "ai.usage.totalTokens",
    ),
    "prompt_cached_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cached_input_tokens",
        "gen_ai.usage.input_tokens.cached",
        "gen_ai.usage.details.cache_read_tokens",
        "gen_ai.usage.details.cached_tokens",
        "llm.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
        "ai.usage.inputTokenDetails.cacheReadTokens",
        "ai.usage.cachedInputTokens",
    ),
    "prompt_cache_creation_tokens": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.details.cache_write_tokens",
        "llm.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
        "ai.usage.inputTokenDetails.cacheWriteTokens",
    ),
    "completion_reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.output_tokens.reasoning",
        "gen_ai.usage.details.reasoning_tokens",
        "llm.usage.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
        "ai.usage.outputTokenDetails.reasoningTokens",
        "ai.usage.reasoningTokens",
    ),
    "prompt_audio_tokens": (
        "gen_ai.usage.details.input_audio_tokens",
        "llm.token_count.prompt_details.audio",
    ),
    "completion_audio_tokens": (
        "gen_ai.usage.details.output_audio_tokens",
        "llm.token_count.completion_details.audio",
    ),
    "estimated_cost": (
        "gen_ai.usage.cost",
        "gen_ai.usage.total_cost",
        "llm.cost.total",
        "llm.usage.cost",
        "operation.cost",
    ),
}
"""Span metric → the attributes that say it, best first."""

SECONDS = ("gen_ai.response.time_to_first_chunk", "llm.time_to_first_token")
MILLISECONDS = ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")

_ARRIVALS = ("First Token Stream Event", "gen_ai.content.completion.chunk", "ai.stream.firstChunk")
"""Events that mark the arrival of a piece of a streamed answer."""

_COUNTS = {"prompt_tokens", "completion_tokens", "tokens"}


def has_usage(attributes: Attributes) -> bool:
    """Whether the span counts tokens."""
    return any(attributes.get(name) is not None for metric in _COUNTS for name in METRICS[metric])


def read_usage(attributes: Attributes, row: Draft) -> None:
    """Take the counts. What is no number stays an attribute; `tokens` is added up when nobody says it."""
    for metric, names in METRICS.items():
        _take_number(attributes, row, metric, names)
    _take_number(attributes, row, "time_to_first_token", SECONDS)
    _take_number(attributes, row, "time_to_first_token", MILLISECONDS, scale=0.001)
    prompt, completion = row.metrics.get("prompt_tokens"), row.metrics.get("completion_tokens")
    if "tokens" not in row.metrics and prompt is not None and completion is not None:
        row.metrics["tokens"] = prompt + completion


def read_arrivals(span: OtelSpan, row: Draft) -> tuple[Event, ...]:
    """Time to the first token from the marks of a stream; returns the other events.

    A mark that says more than its time stays: there is one for every chunk, hundreds in a long answer.
    """
    marks = [event for event in span.events if event.name in _ARRIVALS]
    if marks and span.start and marks[0].time >= span.start:
        row.metrics.setdefault("time_to_first_token", (marks[0].time - span.start) / 1e9)
    return tuple(event for event in span.events if event.name not in _ARRIVALS or event.attributes)


def _take_number(
    attributes: Attributes, row: Draft, metric: str, names: tuple[str, ...], *, scale: float = 1
) -> None:
    for name in names:
        number = as_number(attributes.get(name))
        if number is not None:
            attributes.take(name)
            row.metrics.setdefault(metric, number if scale == 1 else number * scale)
