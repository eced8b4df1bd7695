"""What a model call costs in US dollars, from its name and its token counts.

Prices come from the genai-prices data set bundled with that package (no network). Loading it takes about half
a second, so it happens at the first question asked. After that an answer is a few multiplications: the rates of a
model are read once a day and kept, because ingest asks for every model call.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_MILLION = 1_000_000
_DAY = 86_400


PARTS = ("prompt", "cached", "creation", "completion", "reasoning")
"""What a cost is made of: prompt tokens that were not cached, those read from and written to a cache, completion
tokens, and of the completion the part that was reasoning."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars per million tokens of one kind; with a prompt longer than `start`, all of them cost that tier's price."""

    base: float
    tiers: tuple[tuple[int, float], ...] = ()

    def of(self, prompt: int) -> float:
        """The price for a call whose prompt has so many tokens."""
        return next((price for start, price in reversed(self.tiers) if prompt > start), self.base)


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices of one model."""

    prompt: Rate
    completion: Rate
    cache_read: Rate
    cache_write: Rate


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Token counts of one call; the cached ones are part of `prompt`, as in OpenAI's usage block."""

    prompt: int
    completion: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0

    @classmethod
    def from_metrics(cls, metrics: Mapping[str, Any]) -> TokenCounts | None:
        """Read a span's `metrics`; None when they hold no token count."""
        prompt, completion = _count(metrics, "prompt_tokens"), _count(metrics, "completion_tokens")
        if not prompt and not completion:
            return None
        cache_read = min(_count(metrics, "prompt_cached_tokens"), prompt)
        written = sum(_count(metrics, f"prompt_cache_creation_{kept}_tokens") for kept in ("5m", "1h"))
        written = max(_count(metrics, "prompt_cache_creation_tokens"), written)
        cache_write = min(written, prompt - cache_read)
        reasoning = min(_count(metrics, "completion_reasoning_tokens"), completion)
        return cls(prompt, completion, cache_read, cache_write, reasoning)


def estimate(model: str, metrics: Mapping[str, Any]) -> float | None:
    """Cost in dollars of one call, or None when the model's price or the token counts are unknown; see `parts`."""
    found = parts(model, metrics)
    return None if found is None else total_cost(found)


def total_cost(costs: Mapping[str, float]) -> float:
    """The sum of the parts; reasoning is in the completion already."""
    return sum(cost for name, cost in costs.items() if name != "reasoning")


def parts(model: str, metrics: Mapping[str, Any]) -> dict[str, float] | None:
    """What each of `PARTS` of one call cost in dollars; None when the model's price or the token counts are unknown.

    `metrics` are a span's metrics: `prompt_tokens`, `completion_tokens`, `prompt_cached_tokens`,
    `prompt_cache_creation_tokens` (also by how long they are kept: `…_5m_tokens`, `…_1h_tokens`),
    `completion_reasoning_tokens`, which are billed as part of the completion. A `provider/` prefix of the model name
    is ignored when the full name is not known.
    """
    counts = TokenCounts.from_metrics(metrics)
    rates = _rates(model, int(time.time()) // _DAY) if counts is not None else None
    if counts is None or rates is None:
        return None
    fresh = counts.prompt - counts.cache_read - counts.cache_write
    completion = rates.completion.of(counts.prompt) / _MILLION
    return {
        "prompt": fresh * rates.prompt.of(counts.prompt) / _MILLION,
        "cached": counts.cache_read * rates.cache_read.of(counts.prompt) / _MILLION,
        "creation": counts.cache_write * rates.cache_write.of(counts.prompt) / _MILLION,
        "completion": counts.completion * completion,
        "reasoning": counts.reasoning * completion,
    }


def _count(metrics: Mapping[str, Any], name: str) -> int:
    value = metrics.get(name)
    # Spans come from anywhere: a NaN, a negative or a string must not break the write of the span.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
        return 0
    return int(value)


@lru_cache(maxsize=4096)
def _rates(model: str, _day: int) -> Rates | None:
    """Rates of a model, None when unknown.

    `_day` is only a part of the cache key: prices change by date.
    """
    price = _lookup(model)
    if price is None:
        return None
    stated = price.model_price
    prompt = _rate(stated.input_mtok) or Rate(0.0)
    return Rates(
        prompt=prompt,
        completion=_rate(stated.output_mtok) or Rate(0.0),
        # A model without a price for cached tokens bills them like any other prompt token.
        cache_read=_rate(stated.cache_read_mtok) or prompt,
        cache_write=_rate(stated.cache_write_mtok) or prompt,
    )


def _rate(stated: Any) -> Rate | None:
    from genai_prices.types import TieredPrices

    if isinstance(stated, TieredPrices):
        return Rate(float(stated.base), tuple((tier.start, float(tier.price)) for tier in stated.tiers))
    return None if stated is None else Rate(float(stated))


def _lookup(model: str) -> Any:
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=1, output_tokens=1)
    bare = model.rpartition("/")[2]
    # Some models, OpenAI's embeddings among them, are only found when their provider is named.
    for name, provider in ((model, None), (bare, None), (bare, "openai")):
        try:
            return calc_price(usage, name, provider_id=provider)
        except LookupError:
            continue
    return None
