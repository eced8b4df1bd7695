"""The loop: workers take cases from one source, run the task, score its output, record the trace.

There is one coroutine per place of concurrency, not one per case, so memory stays flat however long the
source is. A failing task or scorer is recorded and never stops the run. Scorers see the output as soon as
it exists; those that await or sit in a thread run beside each other, quick plain ones one after the other
(see `threads`).
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.evals.calls import Arguments, ScorerCall, read_scores
from assay.evals.cases import EvalCase, EvalHooks, EvalResult
from assay.evals.recorder import CaseSpan, CaseTrace, Recorder
from assay.evals.threads import AdaptiveCaller, ThreadPool
from assay.scorers.score import Score

_WIND_DOWN = 5.0
"""Seconds that cancelled cases get to clean up."""

ErrorScoreHandler = Callable[[Any, EvalCase, list[str]], Mapping[str, float] | None]
"""Gets the case's span, the case, and the names of scorers that gave nothing; returns scores instead."""


class CaseTimeout(TimeoutError):
    """A case took longer than the evaluation's `timeout`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What runs for each case, made ready and checked beforehand."""

    task: Callable[..., Any]
    task_is_async: bool
    task_takes_hooks: bool
    scorers: Sequence[ScorerCall]
    trial_count: int
    concurrency: int
    timeout: float | None
    parameters: Mapping[str, Any]
    error_score_handler: ErrorScoreHandler | None = None
    stream: Callable[[Any], None] | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a run: whether it was cut short, and what ended the source early, if anything."""

    interrupted: bool = False
    source_error: Exception | None = None


@dataclass(slots=True)
class _Judgement:
    """What the scorers of one case came to."""

    scores: dict[str, float | None] = field(default_factory=dict[str, float | None])
    errors: dict[str, str] = field(default_factory=dict[str, str])


class Runner:
    """Runs the cases of one evaluation. `on_result` is told of every finished trial, on the loop's thread."""

    def __init__(
        self, plan: Plan, recorder: Recorder, pool: ThreadPool, on_result: Callable[[int, EvalResult], None]
    ) -> None:
        self._plan = plan
        self._recorder = recorder
        self._pool = pool
        self._on_result = on_result
        self._callers = [AdaptiveCaller(pool, blocking=call.blocking) for call in plan.scorers]
        self._outcome = Outcome()
        self._source_lock = asyncio.Lock()
        self._ended = False

    async def run(self, cases: AsyncIterator[EvalCase]) -> Outcome:
        """Run every case of the source; returns early, `interrupted`, when the calling task is cancelled."""
        trials = _trials(cases, self._plan.trial_count)
        workers = [asyncio.ensure_future(self._work(trials)) for _ in range(self._plan.concurrency)]
        try:
            await asyncio.gather(*workers)
        except asyncio.CancelledError:
            self._outcome.interrupted = True
        finally:
            self._ended = True
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers, timeout=_WIND_DOWN)
            with contextlib.suppress(RuntimeError):  # a worker may still be inside the source
                await trials.aclose()
        return self._outcome

    async def _work(self, trials: AsyncIterator[tuple[int, int, EvalCase]]) -> None:
        while not self._ended:
            async with self._source_lock:  # a generator cannot be advanced twice at once
                taken = await self._take(trials)
            if taken is None:
                return
            index, trial, case = taken
            await self._recorder.wait_for_room()
            self._on_result(index, await self._run_case(case, trial))

    async def _take(
        self, trials: AsyncIterator[tuple[int, int, EvalCase]]
    ) -> tuple[int, int, EvalCase] | None:
        if self._ended:
            return None
        try:
            return await anext(trials)
        except StopAsyncIteration:
            self._ended = True
        except Exception as error:  # the cases under way still finish and are kept
            self._ended, self._outcome.source_error = True, error
        return None

    async def _run_case(self, case: EvalCase, trial: int) -> EvalResult:
        started = time.perf_counter()
        metadata = dict(case.metadata or {})
        tags = list(case.tags or ())
        result = EvalResult(
            input=case.input, expected=case.expected, metadata=metadata, tags=tags, trial_index=trial
        )
        with self._recorder.start_case(case) as span:
            result.root_span_id = span.root_span_id
            judgement = _Judgement()
            try:
                await self._within_time(self._attempt(case, trial, span, result, judgement))
            except asyncio.CancelledError as error:
                if _cancelled_from_outside():
                    span.finish(result, error="interrupted before it finished")
                    raise
                result.error, result.exc_info = error, _text(error)  # the task cancelled itself
            except CaseTimeout as error:
                result.error, result.exc_info = error, f"CaseTimeout: {error}"
            result.scores = judgement.scores
            if result.error is not None:
                self._fill_in(case, span, result, judgement)
            if judgement.errors:
                metadata["scorer_errors"] = judgement.errors
            span.finish(result, error=result.exc_info)
        result.duration = time.perf_counter() - started
        return result

    async def _within_time(self, work: Awaitable[None]) -> None:
        if self._plan.timeout is None:
            await work
            return
        limit = asyncio.timeout(self._plan.timeout)
        try:
            async with limit:
                await work
        except TimeoutError:
            if not limit.expired():
                raise
            raise CaseTimeout(
                f"the case took longer than {self._plan.timeout:g} s and was given up"
            ) from None

    async def _attempt(
        self, case: EvalCase, trial: int, span: CaseSpan, result: EvalResult, judgement: _Judgement
    ) -> None:
        try:
            result.output = await self._run_task(case, trial, span, result)
        except (Exception, SystemExit) as error:
            result.error, result.exc_info = error, _text(error)
            return
        arguments: Arguments = {
            "input": case.input,
            "output": result.output,
            "expected": case.expected,
            "metadata": result.metadata,
            "tags": result.tags or None,
            "id": case.id,
            "trace": CaseTrace(span),
        }
        await self._score(arguments, span, judgement)

    async def _run_task(self, case: EvalCase, trial: int, span: CaseSpan, result: EvalResult) -> Any:
        plan = self._plan
        with span.start_task(case.input) as task_span:
            if plan.task_takes_hooks:
                hooks = EvalHooks(
                    metadata=result.metadata if result.metadata is not None else {},
                    expected=case.expected,
                    span=task_span,
                    trial_index=trial,
                    tags=result.tags if result.tags is not None else [],
                    parameters=plan.parameters,
                    on_progress=plan.stream,
                )
                output = await self._call_task(case.input, hooks)
                result.metadata, result.tags = hooks.metadata, hooks.tags  # a task may also assign them anew
            else:
                output = await self._call_task(case.input)
            task_span.log(output=output)
        return output

    async def _call_task(self, *arguments: Any) -> Any:
        task = self._plan.task
        if self._plan.task_is_async:
            return await task(*arguments)
        output = await self._pool.run(lambda: task(*arguments))
        return await output if inspect.isawaitable(output) else output

    async def _score(self, arguments: Arguments, span: CaseSpan, judgement: _Judgement) -> None:
        slow: list[tuple[ScorerCall, AdaptiveCaller]] = []
        for call, caller in zip(self._plan.scorers, self._callers, strict=True):
            if caller.inline and not call.is_async:
                await self._score_with(call, caller, arguments, span, judgement)
            else:
                slow.append((call, caller))
        if len(slow) == 1:
            await self._score_with(*slow[0], arguments, span, judgement)
        elif slow:
            await asyncio.gather(*(self._score_with(*pair, arguments, span, judgement) for pair in slow))

    async def _score_with(
        self,
        call: ScorerCall,
        caller: AdaptiveCaller,
        arguments: Arguments,
        span: CaseSpan,
        judgement: _Judgement,
    ) -> None:
        with span.start_scorer(call.name, arguments, call.place) as score_span:
            try:
                bound = call.bind(arguments)
                answer = await (bound() if call.is_async else caller.call(bound))
                if inspect.isawaitable(answer):
                    answer = await answer
                scores = read_scores(answer, call.name)
            except (Exception, SystemExit) as error:
                judgement.errors[call.name] = _text(error)
                score_span.log(error=judgement.errors[call.name])
                return
            judgement.scores.update((score.name, score.score) for score in scores)
            score_span.log(**_score_columns(scores))

    def _fill_in(self, case: EvalCase, span: CaseSpan, result: EvalResult, judgement: _Judgement) -> None:
        """Let the evaluation's handler name scores for a case that failed."""
        handler = self._plan.error_score_handler
        if handler is None:
            return
        unscored = [call.name for call in self._plan.scorers if call.name not in result.scores]
        try:
            instead = handler(span.span, case, unscored)
        except Exception as error:
            judgement.errors["error_score_handler"] = _text(error)
            return
        if instead:
            result.scores.update(instead)
            span.span.log(scores=dict(instead))


def default_error_score_handler(span: Any, case: EvalCase, unhandled_scores: list[str]) -> dict[str, float]:
    """For `error_score_handler=`: a failed case scores 0 everywhere instead of being left out of means."""
    return dict.fromkeys(unhandled_scores, 0.0)


async def _trials(cases: AsyncIterator[EvalCase], count: int) -> AsyncGenerator[tuple[int, int, EvalCase]]:
    """Every case `count` times, as (position, trial, case)."""
    index = 0
    async for case in cases:
        for trial in range(count):
            yield index, trial, case
            index += 1


def _score_columns(scores: Sequence[Score]) -> dict[str, Any]:
    named = {score.name: score.score for score in scores}
    if len(scores) == 1:
        only = scores[0]
        return {"output": {"score": only.score}, "scores": named, "metadata": only.metadata or None}
    output = {score.name: {"score": score.score} for score in scores}
    metadata = {score.name: score.metadata for score in scores if score.metadata}
    return {"output": output, "scores": named, "metadata": metadata or None}


def _cancelled_from_outside() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


def _text(error: BaseException) -> str:
    """`Type: message`, a blank line, the traceback."""
    trace = "".join(traceback.format_exception(error)).rstrip()
    return f"{type(error).__name__}: {error}\n\n{trace}"
