"""Rate limits towards model providers, and the time they cost.

A `RateLimiter` spaces calls so that neither requests nor tokens a minute pass what was given, and slows down when the
provider answers 429: for as long as `Retry-After` says, and to a pace it then finds by itself. Clients wrapped by
`wrap_openai` and the judges of `assay.scorers` keep to the limiter of their provider; other code takes a `slot` itself.

Waiting is no latency: it is counted by the `Stopwatch` of whatever is being timed (the case of an evaluation),
once however many calls wait at the same time, also across threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from assay.client.http import backoff_delay
from assay.core.errors import AssayError

ANY_PROVIDER = "*"
"""The provider name of a limiter for all that have none of their own; each provider gets its own copy."""

RETRIES = 5
"""How often a call is repeated after a 429 when its provider has a limiter."""

_BURST = 1.0
"""Seconds' worth of requests that may leave at once after a pause."""

_TOKEN_BURST = 10.0
"""The same for tokens, which come in larger pieces."""

_SLOWER, _FASTER = 2.0, 0.97
"""What the pace is multiplied by on a 429 and on a success."""

_RECENT = 20
"""Calls whose spacing tells how fast we were when a provider without a stated limit refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """What a provider allows; None means: find out from its refusals."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None

    def __post_init__(self) -> None:
        for name in ("requests_per_minute", "tokens_per_minute"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} is {value}: give a number above 0, or None for no limit")


class Stopwatch:
    """Counts the seconds during which at least one call of one piece of work was held back.

    `on_change` is told when the first call starts to wait (True) and when the last stops (False), on its thread.
    """

    __slots__ = ("_lock", "_since", "_waiting", "on_change", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.on_change: Callable[[bool], None] | None = None
        self._waiting = 0
        self._since = 0.0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """What happens inside does not count as latency."""
        self._step(1)
        try:
            yield
        finally:
            self._step(-1)

    def add(self, seconds: float) -> None:
        """Count seconds that turned out to have been for nothing."""
        with self._lock:
            self.seconds += seconds

    def _step(self, change: int) -> None:
        with self._lock:
            before, self._waiting = self._waiting, self._waiting + change
            now = time.perf_counter()
            if before and not self._waiting:
                self.seconds += now - self._since
            elif not before:
                self._since = now
            turned = not before or not self._waiting
        on_change = self.on_change
        if turned and on_change is not None:
            on_change(change > 0)


CURRENT_STOPWATCH: ContextVar[Stopwatch | None] = ContextVar("assay_stopwatch", default=None)


def held_back() -> contextlib.AbstractContextManager[None]:
    """Time spent inside is waiting for permission, not working: it counts as throttled for the current case."""
    watch = CURRENT_STOPWATCH.get()
    return contextlib.nullcontext() if watch is None else watch.held()


class RateLimiter:
    """Spaces the calls to one provider. Safe between threads and event loops.

    The tokens of a call are known after it: `slot` charges `tokens` or, without an estimate, the mean so far, and
    `Slot.used` corrects it.
    """

    def __init__(
        self, limit: RateLimit | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit or RateLimit()
        self._clock = clock
        self._lock = threading.Lock()
        requests, tokens = self.limit.requests_per_minute, self.limit.tokens_per_minute
        self._least = 60.0 / requests if requests else 0.0
        self._pace = self._least  # seconds from one request to the next
        self._token_pace = 60.0 / tokens if tokens else 0.0
        self._next = self._next_tokens = 0.0  # when the schedule has room again, bursts aside
        self._paused_until = 0.0
        self._recent: list[float] = []
        self._mean_tokens = 0.0
        self.refusals = 0

    def wait(self, tokens: float | None = None) -> tuple[float, float]:
        """Try to start a call now: `(0, tokens charged)`, or the seconds after which to ask again and nothing."""
        with self._lock:
            now = self._clock()
            charged = (self._mean_tokens if tokens is None else tokens) if self._token_pace else 0.0
            delay = max(
                self._paused_until - now,
                self._next - _BURST - now if self._pace else 0.0,
                self._next_tokens - _TOKEN_BURST - now if self._token_pace else 0.0,
            )
            if delay > 0:
                return delay, 0.0
            self._next = max(self._next, now) + self._pace
            self._next_tokens = max(self._next_tokens, now) + charged * self._token_pace
            self._recent = [*self._recent[1 - _RECENT :], now]
            return 0.0, charged

    def settle(self, charged: float, used: float | None) -> None:
        """A call went well: `used` tokens instead of `charged` (None: not known); the pace recovers a little."""
        with self._lock:
            self._pace = max(self._least, self._pace * _FASTER)
            if self._pace < 1e-3 and not self._least:
                self._pace = 0.0
            if used is not None and self._token_pace:
                self._next_tokens += (used - charged) * self._token_pace
                self._mean_tokens += (used - self._mean_tokens) * (0.1 if self._mean_tokens else 1.0)

    def refuse(self, retry_after: float | None) -> None:
        """The provider answered 429: nothing leaves before `retry_after` seconds (None: a second), and then slower."""
        with self._lock:
            now = self._clock()
            self.refusals += 1
            if now >= self._paused_until:  # one slowdown a wave of refusals
                seen = (now - self._recent[0]) / len(self._recent) if len(self._recent) > 1 else 0.1
                self._pace = min(60.0, max(self._pace, seen, 1e-3) * _SLOWER)
            self._paused_until = max(self._paused_until, now + (1.0 if retry_after is None else retry_after))
            # The schedule starts anew behind the pause, so that it does not end in a burst.
            self._next = max(self._next, self._paused_until + _BURST)

    @contextlib.contextmanager
    def slot(self, tokens: float | None = None) -> Generator[Slot]:
        """Wait for room, then do one call inside; a 429 raised in it slows the next ones down."""
        with held_back():
            while (step := self.wait(tokens))[0] > 0:
                time.sleep(step[0])
        with _noticing(Slot(self, step[1])) as slot:
            yield slot

    @contextlib.asynccontextmanager
    async def slot_async(self, tokens: float | None = None) -> AsyncGenerator[Slot]:
        """`slot` for code that awaits."""
        with held_back():
            while (step := self.wait(tokens))[0] > 0:  # noqa: ASYNC110 — room comes with time, nobody signals it
                await asyncio.sleep(step[0])
        with _noticing(Slot(self, step[1])) as slot:
            yield slot


class Slot:
    """One call under way."""

    def __init__(self, limiter: RateLimiter, charged: float) -> None:
        self._limiter = limiter
        self._charged = charged
        self._tokens: float | None = None

    def used(self, tokens: float | None) -> None:
        """Say how many tokens the call took, once known."""
        self._tokens = tokens

    def succeeded(self) -> None:
        """Correct the estimate."""
        self._limiter.settle(self._charged, self._tokens)

    def failed(self, error: BaseException) -> None:
        """Slow down when the error is a refusal."""
        if status_of(error) == 429:
            self._limiter.refuse(retry_after_of(error))


@contextlib.contextmanager
def _noticing(slot: Slot) -> Generator[Slot]:
    try:
        yield slot
    except BaseException as error:
        slot.failed(error)
        raise
    slot.succeeded()


_limiters: dict[str, RateLimiter] = {}
_templates: dict[str, RateLimit] = {}
_made: dict[tuple[str, RateLimit], RateLimiter] = {}
_lock = threading.Lock()


def set_rate_limits(limits: Mapping[str, RateLimit | RateLimiter]) -> None:
    """Limits by provider (`openai`, `gateway` for judges, `*` for all others), in place of those set before.

    A limit that was set before goes on where it was: the provider does not know that another evaluation began.
    """
    with _lock:
        _limiters.clear()
        _templates.clear()
        for provider, limit in limits.items():
            if isinstance(limit, RateLimiter):
                _limiters[provider] = limit
            else:
                _templates[provider] = limit


def current_rate_limits() -> dict[str, RateLimit | RateLimiter]:
    """What `set_rate_limits` would be given to keep things as they are."""
    with _lock:
        return {**_templates, **_limiters}


def limiter_of(provider: str) -> RateLimiter | None:
    """The limiter calls to a provider keep to, made when first asked for; None: no limit was set."""
    if not _templates and not _limiters:
        return None
    with _lock:
        found = _limiters.get(provider)
        if found is None:
            template = _templates.get(provider) or _templates.get(ANY_PROVIDER)
            if template is None:
                return _limiters.get(ANY_PROVIDER)
            key = (provider, template)
            found = _limiters[provider] = _made[key] = _made.get(key) or RateLimiter(template)
        return found


def status_of(error: BaseException) -> int | None:
    """The HTTP status an error carries, in our own errors and in those of provider libraries."""
    for value in (getattr(error, "status", None), getattr(error, "status_code", None)):
        if isinstance(value, int):
            return value
    return None


def retry_after_of(error: BaseException) -> float | None:
    """Seconds the server asked to wait, when the error says so."""
    asked = getattr(error, "retry_after", None)
    if isinstance(asked, int | float):
        return float(asked)
    headers: Any = getattr(getattr(error, "response", None), "headers", None)
    if headers is None:
        return None
    with contextlib.suppress(TypeError, ValueError, AttributeError):
        exact = headers.get("retry-after-ms")
        return float(exact) / 1000 if exact else float(headers.get("retry-after"))
    return None


def retry_delay(attempt: int, error: BaseException, *, base: float = 0.5, cap: float = 30.0) -> float:
    """Seconds before repeating after failure number `attempt`: what the server asked, else doubling with jitter."""
    asked = retry_after_of(error)
    if asked is not None:
        return min(asked, 300.0)
    return backoff_delay(attempt, error if isinstance(error, AssayError) else None, base=base, cap=cap)
