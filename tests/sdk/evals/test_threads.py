"""The thread pool and the choice between thread and loop."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from assay.evals.threads import SLOW, STALL, AdaptiveCaller, ThreadPool


def test_the_pool_grows_with_its_work_and_no_further() -> None:
    async def main() -> tuple[int, int]:
        pool = ThreadPool(5)
        for _ in range(20):  # one at a time needs one thread
            await pool.run(lambda: None)
        one = {await pool.run(threading.get_ident) for _ in range(20)}
        many = await asyncio.gather(
            *(pool.run(lambda: (time.sleep(0.002), threading.get_ident())[1]) for _ in range(40))
        )
        pool.close()
        return len(one), len(set(many))

    assert asyncio.run(main()) == (1, 5)


def test_all_that_finishes_while_the_loop_is_busy_wakes_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> tuple[list[int], int]:
        pool, loop, ready = ThreadPool(8), asyncio.get_running_loop(), threading.Barrier(9)
        calls = [asyncio.ensure_future(pool.run(lambda n=n: (ready.wait(), n)[1])) for n in range(8)]
        await asyncio.sleep(0)  # each call is handed to a thread
        woken = 0
        wake = loop.call_soon_threadsafe

        def counting(*args: object, **options: object) -> object:
            nonlocal woken
            woken += 1
            return wake(*args, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(loop, "call_soon_threadsafe", counting)
        ready.wait()
        while len(pool._finished) < 8:  # the loop does nothing else meanwhile
            time.sleep(0.001)  # noqa: ASYNC251 — on purpose
        found = await asyncio.gather(*calls)
        pool.close()
        return found, woken

    assert asyncio.run(main()) == (list(range(8)), 1)


def test_results_and_errors_come_back() -> None:
    def stop() -> None:
        raise StopIteration

    async def main() -> None:
        pool = ThreadPool(1)
        assert await pool.run(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await pool.run(lambda: 1 / 0)
        with pytest.raises(SystemExit):
            await pool.run(lambda: exit(3))
        with pytest.raises(RuntimeError, match="StopIteration"):
            await pool.run(stop)
        pool.close()

    asyncio.run(main())


def test_an_abandoned_call_frees_its_place_and_a_waiting_one_never_starts() -> None:
    release, started = threading.Event(), threading.Event()
    ran: list[int] = []

    def hold() -> None:
        started.set()
        release.wait(20)

    async def main() -> None:
        pool = ThreadPool(1)
        holding = asyncio.ensure_future(pool.run(hold))
        waiting = asyncio.ensure_future(pool.run(lambda: ran.append(1)))
        await asyncio.to_thread(started.wait, 10)
        waiting.cancel()
        holding.cancel()
        await asyncio.wait([holding, waiting])
        assert await asyncio.wait_for(pool.run(lambda: "next"), 10) == "next"
        pool.close()

    try:
        asyncio.run(main())
    finally:
        release.set()
    assert ran == []


def caller() -> AdaptiveCaller:
    """One that has moved inline."""

    async def main() -> AdaptiveCaller:
        pool = ThreadPool(1)
        made = AdaptiveCaller(pool)
        assert not made.inline
        while not made.inline:
            await made.call(lambda: None)
        pool.close()
        return made

    return asyncio.run(main())


def test_one_stall_sends_a_scorer_to_threads_for_good() -> None:
    made = caller()
    made.note_inline(STALL * 1.1)
    assert not made.inline


def test_rare_slow_calls_are_chance_and_frequent_ones_are_not() -> None:
    made = caller()
    for number in range(2_000):
        made.note_inline(SLOW * 2 if number % 100 == 99 else 0.0001)
    assert made.inline
    other = caller()
    for number in range(40):
        other.note_inline(SLOW * 2 if number % 10 == 9 else 0.0001)
    assert not other.inline


def test_scorers_that_say_so_are_never_moved() -> None:
    async def main() -> None:
        pool = ThreadPool(1)
        blocking, quick = AdaptiveCaller(pool, blocking=True), AdaptiveCaller(pool, blocking=False)
        here = threading.get_ident()
        for _ in range(5):
            assert await blocking.call(threading.get_ident) != here
            assert await quick.call(threading.get_ident) == here
        quick.note_inline(STALL * 2)
        assert quick.inline
        pool.close()

    asyncio.run(main())
