"""Runs that send nothing: sources, trials, concurrency, threads, selection, options."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import assay
from assay.evals import Eval, EvalAsync, EvalCase, EvalHooks, Reporter, Selection, parse_filter
from assay.evals.evaluator import Evaluator, run_evaluator
from assay.evals.reporters import EvalResultWithSummary
from assay.tracing.context import set_current_logger

QUIET = Reporter("quiet", lambda evaluator, result: True)


def local(
    data: Any, task: Any = lambda value: value, scores: Any = (), **options: Any
) -> EvalResultWithSummary:
    return Eval("p", data=data, task=task, scores=scores, no_send_logs=True, reporter=QUIET, **options)


def outputs(result: EvalResultWithSummary) -> list[Any]:
    return [one.output for one in result.results]


def generator() -> Iterator[dict[str, Any]]:
    for number in range(3):
        yield {"input": number}


async def async_generator() -> AsyncIterator[EvalCase]:
    for number in range(3):
        await asyncio.sleep(0)
        yield EvalCase(number)


async def coroutine() -> list[dict[str, Any]]:
    return [{"input": number} for number in range(3)]


class Rows:
    def __iter__(self) -> Iterator[EvalCase]:
        return iter([EvalCase(0), EvalCase(1), EvalCase(2)])


@pytest.mark.parametrize(
    "data",
    [
        [{"input": 0}, {"input": 1}, {"input": 2}],
        generator,
        async_generator,
        coroutine,
        Rows,
        lambda: async_generator(),
    ],
)
def test_sources(data: Any) -> None:
    assert outputs(local(data)) == [0, 1, 2]


def test_iterators_already_begun_are_sources_too() -> None:
    assert outputs(local(generator())) == [0, 1, 2]
    assert outputs(local(async_generator())) == [0, 1, 2]


@pytest.mark.parametrize(
    ("data", "error", "problem"),
    [
        (7, TypeError, "data is int"),
        ("abc", TypeError, "data is str"),
        ({"input": 1}, TypeError, "data is dict"),
        ([{"question": 1}], ValueError, "no 'input'"),
        ([3], ValueError, "this is 3"),
    ],
)
def test_what_is_no_source(data: Any, error: type[Exception], problem: str) -> None:
    with pytest.raises(error, match=problem):
        local(data)


def test_a_source_that_breaks_ends_the_run_after_the_cases_under_way() -> None:
    finished: list[int] = []

    def breaking() -> Iterator[dict[str, Any]]:
        yield {"input": 1}
        raise OSError("the file went away")

    async def task(number: int) -> None:
        await asyncio.sleep(0.02)
        finished.append(number)

    with pytest.raises(OSError, match="went away"):
        local(breaking, task)
    assert finished == [1]


def test_trials_repeat_each_case_in_order() -> None:
    def task(value: str, hooks: EvalHooks) -> str:
        time.sleep(0.01 if hooks.trial_index == 0 else 0)
        return f"{value}{hooks.trial_index}"

    result = local(
        [{"input": "a"}, {"input": "b"}], task, trial_count=2, scores=[lambda output: output[1] == "0"]
    )
    assert outputs(result) == ["a0", "a1", "b0", "b1"]
    assert result.summary.cases == 4
    assert result.summary.scores["scorer_0"].mean == 0.5


def test_a_source_is_read_only_as_far_as_workers_need() -> None:
    ahead: list[int] = []
    done = 0

    def counted() -> Iterator[dict[str, Any]]:
        for number in range(200):
            ahead.append(number - done)
            yield {"input": number}

    async def task(number: int) -> None:
        nonlocal done
        await asyncio.sleep(0)
        done += 1

    local(counted, task, max_concurrency=4)
    assert done == 200
    assert max(ahead) <= 4


def test_concurrency_is_a_limit_and_is_reached() -> None:
    now = most = 0

    async def task(number: int) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.005)
        now -= 1

    local([{"input": n} for n in range(60)], task, max_concurrency=7)
    assert most == 7


def test_blocking_tasks_run_beside_each_other_in_threads() -> None:
    barrier = threading.Barrier(8, timeout=10)

    def task(number: int) -> bool:
        barrier.wait()  # passes only when eight tasks are in threads at once
        return threading.current_thread() is not threading.main_thread()

    assert outputs(local([{"input": n} for n in range(16)], task, max_concurrency=8)) == [True] * 16


def test_context_reaches_tasks_in_threads() -> None:
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("set")
    assert outputs(local([{"input": 1}], lambda _: variable.get())) == ["set"]


def test_a_blocking_scorer_moves_to_threads_and_a_quick_one_runs_inline() -> None:
    quick_threads: list[str] = []

    def quick(output: int) -> float:
        quick_threads.append(threading.current_thread().name)
        return 1.0

    slow_inline = 0

    def sometimes_slow(output: int) -> float:
        nonlocal slow_inline
        if output > 20:
            time.sleep(0.02)
            slow_inline += threading.current_thread() is threading.main_thread()
        return 1.0

    async def task(number: int) -> int:
        return number

    local([{"input": n} for n in range(60)], task, [quick, sometimes_slow], max_concurrency=1)
    assert quick_threads[-1] == "MainThread"
    assert slow_inline <= 4


def test_a_timed_out_thread_does_not_take_a_place() -> None:
    release = threading.Event()

    def task(number: int) -> int:
        if number < 4:
            release.wait(30)
        return number

    try:
        result = local([{"input": n} for n in range(12)], task, timeout=0.3, max_concurrency=2)
    finally:
        release.set()
    assert [type(one.error).__name__ for one in result.results[:4]] == ["CaseTimeout"] * 4
    assert outputs(result)[4:] == list(range(4, 12))


def test_a_timeout_of_the_tasks_own_is_an_ordinary_error() -> None:
    async def task(number: int) -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)

    result = local([{"input": 1}], task, timeout=5)
    assert type(result.results[0].error) is TimeoutError


def test_a_task_that_cancels_itself_is_an_error_row() -> None:
    async def task(number: int) -> int:
        if number == 0:
            raise asyncio.CancelledError
        return number

    result = local([{"input": 0}, {"input": 1}], task)
    assert isinstance(result.results[0].error, asyncio.CancelledError)
    assert result.results[1].output == 1
    assert not result.summary.interrupted


def test_scorers_that_return_awaitables_are_awaited() -> None:
    async def judge(output: int) -> float:
        await asyncio.sleep(0)
        return 0.5

    result = local([{"input": n} for n in range(5)], scores=[lambda output: judge(output)])
    assert result.summary.scores["scorer_0"].mean == 0.5


def test_none_is_left_out_of_the_mean() -> None:
    result = local(
        [{"input": n} for n in range(4)], scores=[lambda output: None if output < 2 else output == 3]
    )
    item = result.summary.scores["scorer_0"]
    assert (item.mean, item.n, item.nulls) == (0.5, 2, 2)


def test_selection_narrows_the_cases() -> None:
    cases = [
        {"input": {"n": n}, "metadata": {"tier": "gold" if n % 2 else "tin"}, "tags": ["x", f"t{n}"]}
        for n in range(10)
    ]

    def run(**chosen: Any) -> list[int]:
        evaluator = Evaluator(name="p", data=cases, task=lambda value: value["n"], no_send_logs=True)
        result = asyncio.run(run_evaluator(evaluator, selection=Selection(**chosen), progress=False))
        return outputs(result)

    assert run(first=3) == [0, 1, 2]
    assert run(filters=(parse_filter("metadata.tier=^gold$"),), first=2) == [1, 3]
    assert run(filters=(parse_filter("tags=t4"),)) == [4]
    assert run(filters=(parse_filter("input.n=^[89]$"),)) == [8, 9]
    drawn = run(sample=4, seed=3)
    assert drawn == sorted(drawn)
    assert len(set(drawn)) == 4
    assert drawn == run(sample=4, seed=3)
    assert {tuple(run(sample=4, seed=seed)) for seed in range(6)} != {tuple(drawn)}


@pytest.mark.parametrize("text", ["no equals sign", "output=x", "input=("])
def test_filters_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match="filter"):
        parse_filter(text)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"trial_count": 0}, "trial_count is 0"),
        ({"max_concurrency": 0}, "max_concurrency is 0"),
        ({"timeout": 0}, "timeout is 0"),
        ({"scores": [lambda output: 1, assay.Score]}, "Score"),
    ],
)
def test_options_are_checked_before_a_case_runs(options: dict[str, Any], problem: str) -> None:
    ran: list[int] = []
    with pytest.raises((ValueError, TypeError), match=problem):
        local([{"input": 1}], ran.append, **options)
    assert ran == []


def test_two_scorers_of_one_name_are_refused() -> None:
    def same(output: Any) -> float:
        return 1.0

    with pytest.raises(ValueError, match="two scorers are called 'same'"):
        local([{"input": 1}], scores=[same, same])


def test_results_can_be_left_out() -> None:
    result = local([{"input": n} for n in range(5)], scores=[lambda output: 1], keep_results=False)
    assert result.results == []
    assert result.summary.cases == 5


def test_nothing_is_sent_even_when_the_program_has_a_logger(server: Any) -> None:
    logger = assay.init_logger(project="demo")
    try:
        local([{"input": 1}], assay.traced(lambda value: value))
        assert assay.current_logger() is logger
        assay.flush()
    finally:
        set_current_logger(None)
    assert server.rows == {}


def test_eval_blocks_inside_a_running_loop_and_eval_async_awaits() -> None:
    async def main() -> tuple[list[Any], list[Any]]:
        blocking = local([{"input": 1}])
        awaited = await EvalAsync("p", [{"input": 2}], lambda value: value, no_send_logs=True, reporter=QUIET)
        return outputs(blocking), outputs(awaited)

    assert asyncio.run(main()) == ([1], [2])


def test_progress_events_and_parameters_reach_the_stream() -> None:
    seen: list[Any] = []

    def task(value: int, hooks: EvalHooks) -> None:
        hooks.meta(model=hooks.parameters["model"])
        hooks.report_progress({"event": "json_delta", "data": value})

    result = local([{"input": 1}], task, parameters={"model": "m"}, stream=seen.append)
    assert seen == [{"event": "json_delta", "data": 1}]
    assert result.results[0].metadata == {"model": "m"}


def test_the_case_of_the_caller_is_not_changed() -> None:
    case = {"input": 1, "metadata": {"a": 1}, "tags": ["t"]}

    def task(value: int, hooks: EvalHooks) -> None:
        hooks.metadata["b"] = 2
        hooks.tags.append("u")

    local([case], task, trial_count=2)
    assert case == {"input": 1, "metadata": {"a": 1}, "tags": ["t"]}


def test_the_default_report_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    def task(number: int) -> int:
        raise ValueError(f"bad {number}")

    Eval("p", data=[{"input": n} for n in range(7)], task=task, no_send_logs=True)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "p: 7 cases, 7 errors" in printed.err
    assert "error: ValueError: bad 0  (input 0)" in printed.err
    assert "… and 2 more errors" in printed.err


def test_json_is_one_line_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    from assay.evals import json_reporter

    Eval("p", [{"input": 1}], lambda n: n, [lambda output: 1], no_send_logs=True, reporter=json_reporter())
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["scores"]["scorer_0"]["mean"] == 1.0
