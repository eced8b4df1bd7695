"""What a model call costs in US dollars, from its name and its token counts.

Prices come from the genai-prices data set bundled with that package (no network). Loading it takes about half
a second, so it happens at the first question asked. After that an answer for a model with plain per-token
prices is a few multiplications: the rates of a model are read once a day and kept, because ingest asks for
every span.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

_MILLION = 1_000_000
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars per million tokens of each kind."""

    prompt: float
    completion: float
    cache_read: float
    cache_write: float


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Token counts of one call; the cached ones are part of `prompt`, as in OpenAI's usage block."""

    prompt: int
    completion: int
    cache_read: int = 0
    cache_write: int = 0

    @classmethod
    def from_metrics(cls, metrics: Mapping[str, Any]) -> TokenCounts | None:
        """Read a span's `metrics`; None when they hold no token count."""
        prompt, completion = _count(metrics, "prompt_tokens"), _count(metrics, "completion_tokens")
        if not prompt and not completion:
            return None
        cache_read = min(_count(metrics, "prompt_cached_tokens"), prompt)
        cache_write = min(_count(metrics, "prompt_cache_creation_tokens"), prompt - cache_read)
        return cls(prompt=prompt, completion=completion, cache_read=cache_read, cache_write=cache_write)


def estimate(model: str, metrics: Mapping[str, Any]) -> float | None:
    """Cost in dollars of one call, or None when the model's price or the token counts are unknown.

    `metrics` are a span's metrics: `prompt_tokens`, `completion_tokens`, `prompt_cached_tokens`,
    `prompt_cache_creation_tokens`; reasoning tokens are billed as part of the completion. A `provider/`
    prefix of the model name is ignored when the full name is not known.
    """
    counts = TokenCounts.from_metrics(metrics)
    if counts is None:
        return None
    rates = _rates(model, int(time.time()) // _DAY)
    if rates is None:
        return None
    if not isinstance(rates, Rates):
        return _tiered_cost(model, counts)
    fresh = counts.prompt - counts.cache_read - counts.cache_write
    return (
        fresh * rates.prompt
        + counts.cache_read * rates.cache_read
        + counts.cache_write * rates.cache_write
        + counts.completion * rates.completion
    ) / _MILLION


def _count(metrics: Mapping[str, Any], name: str) -> int:
    value = metrics.get(name)
    # Spans come from anywhere: a NaN, a negative or a string must not break the write of the span.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
        return 0
    return int(value)


@lru_cache(maxsize=4096)
def _rates(model: str, _day: int) -> Rates | Literal["tiered"] | None:
    """Rates of a model, "tiered" when they depend on the size of the prompt, None when unknown.

    `_day` is only a part of the cache key: prices change by date.
    """
    from genai_prices.types import TieredPrices

    price = _lookup(model, TokenCounts(prompt=1, completion=1))
    if price is None:
        return None
    stated = price.model_price
    mtok = (stated.input_mtok, stated.output_mtok, stated.cache_read_mtok, stated.cache_write_mtok)
    if any(isinstance(value, TieredPrices) for value in mtok):
        return "tiered"
    prompt, completion, cache_read, cache_write = (None if value is None else float(value) for value in mtok)
    prompt = prompt or 0.0
    return Rates(
        prompt=prompt,
        completion=completion or 0.0,
        # A model without a price for cached tokens bills them like any other prompt token.
        cache_read=prompt if cache_read is None else cache_read,
        cache_write=prompt if cache_write is None else cache_write,
    )


def _tiered_cost(model: str, counts: TokenCounts) -> float | None:
    price = _lookup(model, counts)
    return None if price is None else float(price.total_price)


def _lookup(model: str, counts: TokenCounts) -> Any:
    from genai_prices import Usage, calc_price

    usage = Usage(
        input_tokens=counts.prompt,
        output_tokens=counts.completion,
        cache_read_tokens=counts.cache_read,
        cache_write_tokens=counts.cache_write,
    )
    bare = model.rpartition("/")[2]
    # Some models, OpenAI's embeddings among them, are only found when their provider is named.
    for name, provider in ((model, None), (bare, None), (bare, "openai")):
        try:
            return calc_price(usage, name, provider_id=provider)
        except LookupError:
            continue
    return None
