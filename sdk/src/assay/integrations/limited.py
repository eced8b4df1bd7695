"""Calls of a wrapped client that keep to their provider's rate limit.

While a limit is set, the client's own retries are turned off and ours take their place: its back-off would happen
inside the call, where it counts as latency and where nobody else learns of the refusal.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from assay.client.limits import RETRIES, RateLimiter, held_back, retry_delay, status_of
from assay.core.errors import RETRYABLE_STATUSES

_OWN_RETRIES = "_assay_own_retries"


def call_limited(limiter: RateLimiter, original: Any, call: Callable[[], Any]) -> Any:
    """Make `call` within the limit; refused and failed ones are repeated. Raises what the last one raised."""
    others = _take_over_retries(original)
    attempt = 0
    while True:
        attempt += 1
        try:
            with limiter.slot() as slot:
                answer = call()
                slot.used(_tokens(answer))
                return answer
        except Exception as error:
            delay = _delay(error, attempt, others)
            if delay is None:
                raise
        with held_back():
            time.sleep(delay)


async def call_limited_async(limiter: RateLimiter, original: Any, call: Callable[[], Awaitable[Any]]) -> Any:
    """`call_limited` for clients that await."""
    others = _take_over_retries(original)
    attempt = 0
    while True:
        attempt += 1
        try:
            async with limiter.slot_async() as slot:
                answer = await call()
                slot.used(_tokens(answer))
                return answer
        except Exception as error:
            delay = _delay(error, attempt, others)
            if delay is None:
                raise
        with held_back():
            await asyncio.sleep(delay)


def _delay(error: Exception, attempt: int, others: int) -> float | None:
    """Seconds until the call is repeated, None when it is not. After a 429 the limiter does the waiting."""
    status = status_of(error)
    if status == 429:
        return 0.0 if attempt <= RETRIES else None
    lost = status is None and type(error).__name__ in ("APIConnectionError", "APITimeoutError")
    if attempt <= others and (lost or status == 409 or status in RETRYABLE_STATUSES):
        return retry_delay(attempt, error)
    return None


def _take_over_retries(original: Any) -> int:
    """Turn the client's own retries off, once; returns how many it would have made."""
    client = getattr(getattr(original, "__self__", None), "_client", None)
    known = getattr(client, _OWN_RETRIES, None)
    if known is not None:
        return int(known)
    own = getattr(client, "max_retries", None)
    if not isinstance(own, int):
        return 0
    setattr(client, _OWN_RETRIES, own)
    setattr(client, "max_retries", 0)  # noqa: B010 — an attribute of somebody else's class
    return own


def _tokens(answer: Any) -> float | None:
    """The tokens an answer says it took; None for streams, which do not know yet, and for bytes."""
    total = getattr(getattr(answer, "usage", None), "total_tokens", None)
    return float(total) if isinstance(total, int | float) else None
