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

from assay.client.limits import CURRENT_STOPWATCH, Stopwatch
from assay.core.times import iso_time
from assay.evals.attempts import CaseTimeout, Retries, within
from assay.evals.calls import Arguments, ScorerCall, read_scores
from assay.evals.cases import EvalCase, EvalHooks, EvalResult
from assay.evals.cells import Cell
from assay.evals.recorder import CaseSpan, CaseTrace, Recorder, end_span
from assay.evals.reuse import Reuse
from assay.evals.threads import AdaptiveCaller, ThreadPool
from assay.scorers.score import Score

_WIND_DOWN = 5.0
"""Seconds that cancelled cases get to clean up."""

_INTERRUPTED = "interrupted before it finished"

ErrorScoreHandler = Callable[[Any, EvalCase, list[str]], Mapping[str, float] | None]
"""Gets the case's span, the case, and the names of scorers that gave nothing; returns scores instead."""


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
    retries: Retries = field(default_factory=Retries)


@dataclass(slots=True)
class Outcome:
    """What became of a run: whether it was cut short, why no more cases were started (such as `budget`), and what
    ended the source early, if anything.
    """

    interrupted: bool = False
    stopped: str | None = None
    source_error: Exception | None = None


Admission = Callable[[], Awaitable[str | None]]
"""Asked before each case; a word ends the run with that as the reason."""

_Taken = tuple[int, Cell, EvalCase]


@dataclass(slots=True)
class _Judgement:
    """What the scorers of one case came to."""

    scores: dict[str, float | None] = field(default_factory=dict[str, float | None])
    errors: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class _Running:
    """One trial under way. `reusable`: later runs may take its answer, unless it failed. `shown`: the arguments of
    scorers as their spans record them.
    """

    case: EvalCase
    cell: Cell
    span: CaseSpan
    result: EvalResult
    watch: Stopwatch
    judgement: _Judgement = field(default_factory=_Judgement)
    reusable: bool = True
    shown: Arguments = field(default_factory=dict[str, Any])


class Runner:
    """Runs the cases of one evaluation. `on_result` is told of every finished trial, on the loop's thread."""

    def __init__(
        self,
        plan: Plan,
        recorder: Recorder,
        pool: ThreadPool,
        on_result: Callable[[int, EvalResult], None],
        reuse: Reuse | None = None,
        admit: Admission | None = None,
    ) -> None:
        self._plan = plan
        self._recorder = recorder
        self._pool = pool
        self._on_result = on_result
        self._reuse = reuse or Reuse()
        self._admit = admit
        self._callers = [AdaptiveCaller(pool, blocking=call.blocking) for call in plan.scorers]
        self._outcome = Outcome()
        self._source_lock = asyncio.Lock()
        self._ended = False

    async def run(self, cases: AsyncIterator[EvalCase]) -> Outcome:
        """Run every case of the source; returns early, `interrupted`, when the calling task is cancelled."""
        trials = _trials(cases, self._plan.trial_count, self._reuse)
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

    async def _work(self, trials: AsyncIterator[_Taken]) -> None:
        while not self._ended:
            async with self._source_lock:  # a generator cannot be advanced twice at once
                taken = await self._take(trials)
            if taken is None:
                return
            index, cell, case = taken
            await self._recorder.wait_for_room()
            if self._admit is not None and (reason := await self._admit()):
                self._ended, self._outcome.stopped = True, reason
                return
            self._on_result(index, await self._run_case(case, cell))

    async def _take(self, trials: AsyncIterator[_Taken]) -> _Taken | None:
        if self._ended:
            return None
        try:
            return await anext(trials)
        except StopAsyncIteration:
            self._ended = True
        except Exception as error:  # the cases under way still finish and are kept
            self._ended, self._outcome.source_error = True, error
        return None

    async def _run_case(self, case: EvalCase, cell: Cell) -> EvalResult:
        started = time.perf_counter()
        result = EvalResult(
            input=case.input,
            expected=case.expected,
            metadata=dict(case.metadata or {}),
            tags=list(case.tags or ()),
            trial_index=cell.trial,
        )
        watch = Stopwatch()
        CURRENT_STOPWATCH.set(watch)
        with self._recorder.start_case(case, self._reuse.rows(cell), self._reuse.key(cell)) as span:
            result.root_span_id = span.root_span_id
            running = _Running(case, cell, span, result, watch)
            try:
                await within(self._plan.timeout, self._attempt(running), watch)
            except asyncio.CancelledError as error:
                if _cancelled_from_outside():
                    span.finish(result, error=_INTERRUPTED)
                    raise
                result.error, result.exc_info = error, _text(error)  # the task cancelled itself
            except CaseTimeout as error:
                result.error, result.exc_info = error, f"CaseTimeout: {error}"
            except BaseException:  # such as a KeyboardInterrupt of the task's own
                span.finish(result, error=_INTERRUPTED)
                raise
            self._finish(running)
        result.throttled = watch.seconds
        result.duration = time.perf_counter() - started - watch.seconds
        return result

    def _finish(self, running: _Running) -> None:
        """Log what the case came to."""
        result, judgement = running.result, running.judgement
        metadata = result.metadata = dict(result.metadata or {})
        result.scores = judgement.scores
        if result.error is not None:
            self._fill_in(running.case, running.span, result, judgement)
        if judgement.errors:
            metadata["scorer_errors"] = judgement.errors
        metrics: dict[str, float] = {}
        if result.reused is not None:
            metadata["reused"] = result.reused
            metrics["reused"] = 1
        if running.watch.seconds:
            metrics["throttled"] = running.watch.seconds
        if result.attempts > 1:
            metrics["retries"] = result.attempts - 1
        running.span.finish(result, error=result.exc_info, metrics=metrics, reusable=running.reusable)

    async def _attempt(self, running: _Running) -> None:
        result = running.result
        try:
            await self._answer(running)
        except (Exception, SystemExit) as error:
            result.error, result.exc_info = error, _text(error)
            return
        case = running.case
        running.shown = {
            "input": case.input,
            "output": result.output,
            "expected": case.expected,
            "metadata": result.metadata,
            "tags": result.tags or None,
            "id": case.id,
        }
        await self._score({**running.shown, "trace": CaseTrace(running.span)}, running)

    async def _answer(self, running: _Running) -> None:
        """Set the result's output: an earlier run's, or what the task says now."""
        result, cell = running.result, running.cell
        found = self._reuse.answer(cell)
        if found is not None:
            result.output = found.output
            if self._plan.task_takes_hooks:  # others leave metadata and tags as the case has them
                result.metadata, result.tags = dict(found.metadata or {}), list(found.tags or ())
            result.reused = {"made": iso_time(found.made), **(found.origin or {})}
            return
        started = time.perf_counter() - running.watch.seconds
        result.output = await self._run_task(running)
        took = time.perf_counter() - running.watch.seconds - started
        running.reusable = self._reuse.keep(cell, result, took, running.span)

    async def _run_task(self, running: _Running) -> Any:
        """Run the task, again where the evaluation says so; what repeated attempts took is no latency."""
        result, watch = running.result, running.watch
        while True:
            started, held = time.perf_counter(), watch.seconds
            try:
                return await self._run_task_once(running)
            except Exception as error:
                delay = self._plan.retries.delay(error, result.attempts)
                if delay is None:
                    raise
            watch.add(time.perf_counter() - started - (watch.seconds - held))
            result.attempts += 1
            result.metadata, result.tags = dict(running.case.metadata or {}), list(running.case.tags or ())
            with watch.held():
                await asyncio.sleep(delay)

    async def _run_task_once(self, running: _Running) -> Any:
        plan, case, result = self._plan, running.case, running.result
        with running.span.start_task(case.input, result.attempts) as task_span:
            if plan.task_takes_hooks:
                hooks = EvalHooks(
                    metadata=result.metadata if result.metadata is not None else {},
                    expected=case.expected,
                    span=task_span,
                    trial_index=running.cell.trial,
                    tags=result.tags if result.tags is not None else [],
                    parameters=plan.parameters,
                    on_progress=plan.stream,
                )
                output = await self._call_task(case.input, hooks)
                result.metadata, result.tags = hooks.metadata, hooks.tags  # a task may also assign them anew
            else:
                output = await self._call_task(case.input)
            end_span(task_span, {"output": output})
        return output

    async def _call_task(self, *arguments: Any) -> Any:
        task = self._plan.task
        if self._plan.task_is_async:
            return await task(*arguments)
        output = await self._pool.run(lambda: task(*arguments))
        return await output if inspect.isawaitable(output) else output

    async def _score(self, arguments: Arguments, running: _Running) -> None:
        scorers = self._plan.scorers
        keys = self._reuse.keys_of_scores(running.cell, arguments, len(scorers))
        slow: list[tuple[ScorerCall, AdaptiveCaller, str | None]] = []
        for call, caller, key in zip(scorers, self._callers, keys, strict=True):
            known = self._reuse.scored(key)
            if known is not None or (caller.inline and not call.is_async):
                await self._score_with(call, caller, key, known, arguments, running)
            else:
                slow.append((call, caller, key))
        if len(slow) == 1:
            await self._score_with(*slow[0], None, arguments, running)
        elif slow:
            await asyncio.gather(*(self._score_with(*one, None, arguments, running) for one in slow))

    async def _score_with(
        self,
        call: ScorerCall,
        caller: AdaptiveCaller,
        key: str | None,
        known: list[Score] | None,
        arguments: Arguments,
        running: _Running,
    ) -> None:
        """Score with one scorer, unless its scores are `known` from an earlier run."""
        judgement = running.judgement
        scores, again = known, known is not None
        brief = again or (caller.inline and not call.is_async)
        with running.span.start_scorer(call.name, running.shown, call.place, key, brief=brief) as score_span:
            if scores is None:
                try:
                    bound = call.bind(arguments)
                    answer = await (bound() if call.is_async else caller.call(bound))
                    if inspect.isawaitable(answer):
                        answer = await answer
                    scores = read_scores(answer, call.name)
                except (Exception, SystemExit) as error:
                    judgement.errors[call.name] = _text(error)
                    end_span(score_span, {"error": judgement.errors[call.name]})
                    return
                self._reuse.keep_scores(key, scores)
            judgement.scores.update((score.name, score.score) for score in scores)
            end_span(score_span, _score_columns(scores, again=again))

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


async def _trials(cases: AsyncIterator[EvalCase], count: int, reuse: Reuse) -> AsyncGenerator[_Taken]:
    """Every case `count` times, as (position, cell, case), without the cells a resumed run has finished."""
    index = 0
    async for case in cases:
        for cell in reuse.cells(case, count):
            if not reuse.is_finished(cell):
                yield index, cell, case
            index += 1


def _score_columns(scores: Sequence[Score], *, again: bool) -> dict[str, Any]:
    named = {score.name: score.score for score in scores}
    columns: dict[str, Any] = {"scores": named}
    if again:
        columns["metrics"] = {"reused": 1}
    if len(scores) == 1:
        only = scores[0]
        return {"output": {"score": only.score}, "metadata": only.metadata or None, **columns}
    output = {score.name: {"score": score.score} for score in scores}
    metadata = {score.name: score.metadata for score in scores if score.metadata}
    return {"output": output, "metadata": metadata or None, **columns}


def _cancelled_from_outside() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


def _text(error: BaseException) -> str:
    """`Type: message`, a blank line, the traceback."""
    trace = "".join(traceback.format_exception(error)).rstrip()
    return f"{type(error).__name__}: {error}\n\n{trace}"
