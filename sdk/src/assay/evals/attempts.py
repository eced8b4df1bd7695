"""How long a case may take and how often its task is tried.

Time that a rate limit holds a case back counts neither against its `timeout` nor as its duration, and the same is true
of attempts that are repeated and of the pauses between them: what is left is how long an answer takes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field

from assay.client.limits import Stopwatch, retry_delay


class CaseTimeout(TimeoutError):
    """A case took longer than the evaluation's `timeout`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often a task is tried again, by what it raised.

    `attempts` maps exception classes, or their names (`"RateLimitError"`, also with the module in front), to a number
    of retries; the most specific class of an error decides. `Retry-After` is honoured; otherwise the pause doubles
    from `first_delay` to `longest_delay` seconds.
    """

    attempts: Mapping[type[BaseException] | str, int] = field(
        default_factory=dict[type[BaseException] | str, int]
    )
    first_delay: float = 0.5
    longest_delay: float = 30.0

    @classmethod
    def of(cls, given: Retries | Mapping[type[BaseException] | str, int] | None) -> Retries:
        """Read the `retry` option. Raises ValueError for a negative number."""
        found = given if isinstance(given, Retries) else cls(attempts=dict(given or {}))
        for kind, count in found.attempts.items():
            if count < 0:
                name = kind if isinstance(kind, str) else kind.__name__
                raise ValueError(f"retry gives {name} {count} retries: give 0 or more")
        return found

    def delay(self, error: BaseException, attempt: int) -> float | None:
        """Seconds until the next attempt after number `attempt` failed; None: that was the last."""
        if not self.attempts or attempt > self._allowed(type(error)):
            return None
        return retry_delay(attempt, error, base=self.first_delay, cap=self.longest_delay)

    def _allowed(self, kind: type[BaseException]) -> int:
        for base in kind.__mro__:
            for name in (base, base.__name__, f"{base.__module__}.{base.__qualname__}"):
                if name in self.attempts:
                    return self.attempts[name]  # pyright: ignore[reportArgumentType]
        return 0


async def within(seconds: float | None, work: Awaitable[None], watch: Stopwatch) -> None:
    """Await `work` for at most `seconds`, those that `watch` counts left out. Raises CaseTimeout."""
    if seconds is None:
        await work
        return
    limit = asyncio.timeout(seconds)
    loop = asyncio.get_running_loop()
    left = seconds

    def hold(held: bool) -> None:
        nonlocal left
        with contextlib.suppress(RuntimeError):  # it has ended meanwhile
            if held:
                when = limit.when()
                left = left if when is None else when - loop.time()
                limit.reschedule(None)
            else:
                limit.reschedule(loop.time() + left)

    def on_change(held: bool) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: an abandoned thread still waits
            loop.call_soon_threadsafe(hold, held)

    watch.on_change = on_change
    try:
        async with limit:
            await work
    except TimeoutError:
        if not limit.expired():
            raise
        raise CaseTimeout(f"the case took longer than {seconds:g} s and was given up") from None
    finally:
        watch.on_change = None
