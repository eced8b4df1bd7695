"""Running plain functions beside an event loop.

`ThreadPool` differs from `concurrent.futures` in what evaluations need: a call whose caller gave up (timeout,
Ctrl-C) neither occupies a place in the pool nor keeps the process from exiting, and handing a result back
costs one wake-up of the loop.

`AdaptiveCaller` decides where a plain scorer runs. Most take microseconds, so a thread hop would cost more
than the work; some wait for a network, and inline they would stall every other case. A scorer starts in a
thread, moves inline after a call faster than FAST, and back to threads for good once it stalls the loop: by
one call longer than STALL, or by calls longer than SLOW more often than chance (another thread holding the
interpreter, a busy machine) explains.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

FAST = 0.001
"""Seconds: a call this quick is cheaper inline than in a thread."""

SLOW = 0.010
"""Seconds: an inline call this slow is suspicious."""

STALL = 0.100
"""Seconds: an inline call this slow is waiting for something."""

_CHANCE = 0.02
"""The share of suspicious calls that is put down to chance."""

_FEWEST = 3
"""Suspicious calls before their share means anything."""


@dataclass(slots=True, eq=False)
class _Job:
    function: Callable[[], Any]
    answer: asyncio.Future[Any]
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    started: bool = False
    abandoned: bool = False


class ThreadPool:
    """Up to `size` daemon threads that work for one event loop; threads start when there is work for them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._finished: deque[tuple[_Job, Any, BaseException | None]] = deque()
        self._told = False  # the loop will look at what has finished
        # Both counters change on the loop's thread only.
        self._threads = 0
        self._busy = 0

    async def run(self, function: Callable[[], Any]) -> Any:
        """Call `function` in a thread, in the caller's context; its result or exception is the caller's.

        When the caller is cancelled meanwhile, the call goes on unobserved: a thread cannot be stopped.
        """
        job = _Job(function, self._loop.create_future())
        self._busy += 1
        if self._busy > self._threads and self._threads < self._size:
            self._threads += 1
            threading.Thread(target=self._work, name="assay-eval", daemon=True).start()
        self._jobs.put(job)
        try:
            return await job.answer
        except asyncio.CancelledError:
            job.abandoned = True
            if job.started:
                self._threads -= 1  # its place is free for another thread; it exits when the call ends
            raise
        finally:
            self._busy -= 1

    def close(self) -> None:
        """Let idle threads end. Calls still running end by themselves."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.abandoned:
                continue
            job.started = True
            result: Any = None
            error: BaseException | None = None
            try:
                result = job.context.run(job.function)
            except BaseException as raised:  # handed to the caller, whatever it is
                error = raised
            self._finished.append((job, result, error))
            if not self._told:  # once for all that finish meanwhile: waking the loop costs more than the rest
                self._told = True
                try:
                    self._loop.call_soon_threadsafe(self._deliver)
                except RuntimeError:  # the loop is closed: nobody waits any more
                    return
            if job.abandoned:
                return
            del job, result, error  # an idle thread must not keep the last case alive

    def _deliver(self) -> None:
        """Hand results to their callers; on the loop's thread."""
        self._told = False  # first: who finishes from here on tells again
        while self._finished:
            _deliver(*self._finished.popleft())


class AdaptiveCaller:
    """Calls one plain function inline or in a thread, whichever its own past speaks for."""

    def __init__(self, pool: ThreadPool, *, blocking: bool | None = None) -> None:
        """`blocking` settles it beforehand: True for threads, False for inline, None to find out."""
        self._pool = pool
        self.inline = blocking is False
        self._settled = blocking is not None
        self._calls = self._slow_calls = 0

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call `function` and return what it returns."""
        if not self.inline:
            return await self._call_in_thread(function)
        started = time.perf_counter()
        try:
            return function()
        finally:
            self.note_inline(time.perf_counter() - started)

    def note_inline(self, seconds: float) -> None:
        """Learn from an inline call that took `seconds`."""
        self._calls += 1
        if seconds <= SLOW or self._settled:
            return
        self._slow_calls += 1
        often = self._slow_calls >= _FEWEST and self._slow_calls > _CHANCE * self._calls
        if often or seconds > STALL:
            self.inline, self._settled = False, True

    async def _call_in_thread(self, function: Callable[[], Any]) -> Any:
        if self._settled:
            return await self._pool.run(function)
        seconds = 0.0

        def timed() -> Any:
            nonlocal seconds
            started = time.perf_counter()
            try:
                return function()
            finally:
                seconds = time.perf_counter() - started

        try:
            return await self._pool.run(timed)
        finally:
            if 0.0 < seconds < FAST and not self._settled:
                self.inline = True


def _deliver(job: _Job, result: Any, error: BaseException | None) -> None:
    if job.answer.done():  # cancelled in the meantime
        return
    if error is None:
        job.answer.set_result(result)
    elif isinstance(error, StopIteration):
        wrapped = RuntimeError("the function raised StopIteration")
        wrapped.__cause__ = error
        job.answer.set_exception(wrapped)  # a future refuses StopIteration itself
    else:
        job.answer.set_exception(error)
