"""`Eval` and `EvalAsync`: an evaluation as a value, and running it from the first case to the summary.

A recorded run asks the server for its comparison at the end; a run with `no_send_logs` computes the same
means here. Ctrl-C stops launching cases, cancels those under way, delivers what finished, reports it, and
then raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Unpack

from assay.client.limits import RateLimit, RateLimiter, current_rate_limits, set_rate_limits
from assay.core.errors import AssayError
from assay.core.times import iso_time
from assay.evals import registry
from assay.evals.announce import State, announce, ending
from assay.evals.attempts import Retries
from assay.evals.budget import Budget, read_spent
from assay.evals.calls import is_async, scorer_call, takes_hooks
from assay.evals.cases import EvalCase, EvalResult
from assay.evals.data import BaseExperiment, Selection, Source, listed, open_source, resolve
from assay.evals.forecast import Forecast, forecast, render_forecast
from assay.evals.hill_climb import experiment_cases
from assay.evals.interrupts import run_interruptible
from assay.evals.options import EvalOptions
from assay.evals.progress import Progress
from assay.evals.recorder import Recorder
from assay.evals.reporters import EvalResultWithSummary, Reporter, terminal_reporter
from assay.evals.runner import ErrorScoreHandler, Outcome, Plan, Runner
from assay.evals.session import Session, open_session
from assay.evals.stopping import EarlyStop, StopRule, note_stop, open_early_stop
from assay.evals.summary import EvalSummary, Tally, read_comparison
from assay.evals.threads import ThreadPool
from assay.tracing.context import (
    current_experiment,
    current_logger,
    set_current_experiment,
    set_current_logger,
)

if TYPE_CHECKING:
    from assay.client.git import RepoInfo
    from assay.experiments import Experiment

DEFAULT_CONCURRENCY = 32
"""Cases run at once when `max_concurrency` is not given: enough to hide waiting, below most rate limits."""

_MOST_THREADS = 512
_FLUSH_STALL = 30.0
"""Seconds without progress after which the summary stops waiting for the server to take rows."""


@dataclass(slots=True, kw_only=True)
class Evaluator:
    """An evaluation as a value: what to run, on what, scored how. The other fields are EvalOptions."""

    name: str
    data: Any
    task: Callable[..., Any]
    scores: Sequence[Any] = ()
    experiment_name: str | None = None
    trial_count: int = 1
    metadata: Mapping[str, Any] | None = None
    tags: Sequence[str] | None = None
    max_concurrency: int | None = None
    timeout: float | None = None
    no_send_logs: bool = False
    base_experiment_name: str | None = None
    base_experiment_id: str | None = None
    error_score_handler: ErrorScoreHandler | None = None
    description: str | None = None
    project_id: str | None = None
    update: bool = False
    is_public: bool = False
    git_metadata_settings: bool = True
    repo_info: RepoInfo | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reporter: Reporter | None = None
    stream: Callable[[Any], None] | None = None
    summarize_scores: bool = True
    keep_results: bool = True
    cache: bool = False
    fresh: bool = False
    cache_key: str | None = None
    resume: bool = False
    max_cost: float | None = None
    stop_early: StopRule = False
    rate_limits: Mapping[str, RateLimit | RateLimiter] | None = None
    retry: Retries | Mapping[type[BaseException] | str, int] | None = None

    def plan(self) -> Plan:
        """Check everything that can be checked before a case runs.

        Raises TypeError for a task or scorer nobody can call, ValueError for two scorers of one name, a trial
        count or concurrency below 1, a timeout or a cap that is not positive, negative retries, or targets of
        `stop_early` that are no differences.
        """
        calls = [scorer_call(scorer, index) for index, scorer in enumerate(self.scores)]
        names = [call.name for call in calls]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two scorers are called {twice[0]!r}: their scores could not be told apart")
        for what, count in (("trial_count", self.trial_count), ("max_concurrency", self.max_concurrency)):
            if count is not None and count < 1:
                raise ValueError(f"{what} is {count}: give 1 or more")
        for what, value, unit in (
            ("timeout", self.timeout, "seconds"),
            ("max_cost", self.max_cost, "dollars"),
        ):
            if value is not None and not value > 0:
                raise ValueError(f"{what} is {value}: give {unit} above 0, or None for no limit")
        self._check_stop()
        return Plan(
            task=self.task,
            task_is_async=is_async(self.task),
            task_takes_hooks=takes_hooks(self.task),
            scorers=calls,
            trial_count=self.trial_count,
            concurrency=self.max_concurrency or DEFAULT_CONCURRENCY,
            timeout=self.timeout,
            parameters=self.parameters,
            error_score_handler=self.error_score_handler,
            stream=self.stream,
            retries=Retries.of(self.retry),
        )

    def _check_stop(self) -> None:
        if self.stop_early and self.update:
            raise ValueError("stop_early needs an experiment of its own: drop update")
        if isinstance(self.stop_early, Mapping):
            for name, target in self.stop_early.items():
                if not 0 < target < 1:
                    raise ValueError(
                        f"stop_early looks for {target} in {name}: give a difference between 0 and 1"
                    )


def Eval(
    name: str, data: Any, task: Callable[..., Any], scores: Sequence[Any] = (), **options: Unpack[EvalOptions]
) -> EvalResultWithSummary:
    """Run `task` on every case of `data`, score its outputs, and record an experiment of project `name`.

    `data`: a list of cases, a generator (plain or async), a Dataset, a BaseExperiment, or a function of one.
    `task(input)` or `task(input, hooks)`, plain or async. `scores`: functions or scorer objects; see
    `scorer_call` for the arguments they may take and `read_scores` for what they may return.

    Blocks until done, also inside a running event loop (where `await EvalAsync(…)` is the better form).
    Raises KeyboardInterrupt on Ctrl-C, TypeError or ValueError for arguments that make no sense, whatever the
    source of cases raises, and AssayError when the experiment cannot be registered.
    """
    evaluator = Evaluator(name=name, data=data, task=task, scores=scores, **options)
    if registry.collect(evaluator):
        return EvalResultWithSummary(EvalSummary(project_name=name))
    return run_blocking(evaluator)


async def EvalAsync(
    name: str, data: Any, task: Callable[..., Any], scores: Sequence[Any] = (), **options: Unpack[EvalOptions]
) -> EvalResultWithSummary:
    """`Eval` for code that awaits.

    When the calling task is cancelled, what finished is delivered and reported before CancelledError goes on.
    """
    evaluator = Evaluator(name=name, data=data, task=task, scores=scores, **options)
    if registry.collect(evaluator):
        return EvalResultWithSummary(EvalSummary(project_name=name))
    result = await run_evaluator(evaluator)
    report(evaluator, result)
    if result.summary.interrupted:
        raise asyncio.CancelledError
    return result


def report(evaluator: Evaluator, result: EvalResultWithSummary) -> Any:
    """Hand a result to the evaluation's reporter, by default the terminal."""
    return (evaluator.reporter or terminal_reporter()).report_eval(evaluator, result)


def run_blocking(evaluator: Evaluator) -> EvalResultWithSummary:
    """Run and report one evaluation on an event loop of its own."""
    result = _run_beside_loop(evaluator) if _in_loop() else run_interruptible(run_evaluator(evaluator))
    report(evaluator, result)
    if result.summary.interrupted:
        raise KeyboardInterrupt  # exactly this type: Python then exits as Ctrl-C should (130 to a shell)
    return result


async def run_evaluator(
    evaluator: Evaluator, *, selection: Selection | None = None, progress: Progress | bool = True
) -> EvalResultWithSummary:
    """Run one evaluation and report nothing; cancelling the calling task makes the summary `interrupted`."""
    bar = Progress(evaluator.experiment_name or evaluator.name) if progress is True else progress or None
    plan = evaluator.plan()
    data = await resolve(evaluator.data)
    session = await asyncio.to_thread(open_session, evaluator, plan, data, forecast=bar is not None)
    with _muted() if session.experiment is None else contextlib.nullcontext(), _limited(evaluator):
        try:
            if isinstance(data, BaseExperiment):
                session.data = await asyncio.to_thread(experiment_cases, data, session.experiment)
            return await _run(evaluator, plan, session, selection or Selection(), bar)
        finally:
            session.reuse.close()


async def _run(
    evaluator: Evaluator, plan: Plan, session: Session, selection: Selection, bar: Progress | None
) -> EvalResultWithSummary:
    started = time.monotonic()
    tally, kept = Tally(), list[tuple[int, EvalResult]]()
    experiment, reuse = session.experiment, session.reuse

    early: EarlyStop | None = None

    def on_result(index: int, result: EvalResult) -> None:
        tally.add(result)
        if early is not None:
            early.finished(index, result.scores)
        if evaluator.keep_results:
            kept.append((index if early is None else early.place(index), result))
        if bar is not None:
            bar.step(failed=result.error is not None)

    pool = ThreadPool(min(_MOST_THREADS, plan.concurrency * max(1, len(plan.scorers)) + 1))
    try:
        source = await open_source(session.data, selection, pool)
        early = await open_early_stop(evaluator.stop_early, session, source, plan.trial_count)
        expected = await _forecast(source, plan, session)
        if bar is not None:
            bar.start(
                expected.runs if expected.to_run is None else expected.to_run, render_forecast(expected)
            )
        session.planned = None if evaluator.update else expected.runs  # there, earlier rows count too
        if experiment is not None:
            await asyncio.to_thread(announce, experiment, "running", session.planned, session.notes)
        admit = None
        if experiment is not None and evaluator.max_cost is not None:
            dollars = None if session.cost is None else session.cost.dollars
            admit = Budget(experiment, evaluator.max_cost, dollars).admit
        runner = Runner(plan, Recorder(experiment, task=plan.task), pool, on_result, reuse, admit)
        outcome = await runner.run(source.cases if early is None else early.until_decided(source.cases))
    finally:
        pool.close()
        if bar is not None:
            bar.close()
    summary = await _summarise(evaluator, session, tally, outcome, time.monotonic() - started, early)
    summary.plan = expected.as_dict()
    if outcome.source_error is not None:
        raise outcome.source_error
    kept.sort(key=lambda pair: pair[0])
    return EvalResultWithSummary(summary, [result for _, result in kept])


async def _forecast(source: Source, plan: Plan, session: Session) -> Forecast:
    """Count what is ahead. Where cells are looked up, the cases of a source of known length are read for it."""
    cases: list[EvalCase] | None = None
    if source.sized and (session.reuse.store is not None or session.reuse.finished):
        cases = [case async for case in source.cases]
        source.cases = listed(cases)
    return forecast(session.reuse, cases, source.total, plan.trial_count, plan.concurrency, session.cost)


@contextlib.contextmanager
def _limited(evaluator: Evaluator) -> Generator[None]:
    """Keep to the evaluation's rate limits while it runs."""
    if evaluator.rate_limits is None:
        yield
        return
    before = current_rate_limits()
    set_rate_limits({**before, **evaluator.rate_limits})
    try:
        yield
    finally:
        set_rate_limits(before)


async def _summarise(
    evaluator: Evaluator,
    session: Session,
    tally: Tally,
    outcome: Outcome,
    elapsed: float,
    early: EarlyStop | None,
) -> EvalSummary:
    experiment, counts = session.experiment, session.reuse.counts
    summary = EvalSummary(
        project_name=evaluator.name,
        experiment_name=evaluator.experiment_name,
        scores=tally.scores(),
        metrics=tally.metrics(),
        cases=tally.cases,
        errors=tally.errors,
        elapsed=elapsed,
        interrupted=outcome.interrupted,
        scorer_errors=tally.scorer_errors,
        stopped=outcome.stopped,
        reused=counts.answers,
        reused_scores=counts.scores,
        oldest_reused=None if counts.oldest is None else iso_time(counts.oldest),
        resumed=counts.resumed,
        throttled=tally.throttled,
        retries=tally.retries,
        warnings=list(session.notes),
    )
    gone = len(session.reuse.finished)
    cut_short = outcome.interrupted or outcome.stopped is not None
    if gone and not cut_short and (early is None or not early.ended):
        summary.warnings.append(f"{gone} finished runs belong to cases that the data no longer has")
    if experiment is not None:
        ended = ending(outcome, session.planned, ran=bool(tally.cases or gone or evaluator.update))
        stop = None if cut_short else early
        await asyncio.to_thread(_fetch_summary, evaluator, experiment, summary, stop, ended)
    return summary


def _fetch_summary(
    evaluator: Evaluator,
    experiment: Experiment,
    summary: EvalSummary,
    early: EarlyStop | None,
    ended: tuple[State, int | None],
) -> None:
    """Deliver what is queued and take the server's numbers.

    An answer that does not come is a warning, not a failure: the cases ran, and the local means stand in.
    """
    summary.experiment_id = experiment.id
    summary.experiment_name = experiment.name
    summary.experiment_url = experiment.link()
    delivered = experiment.state.flush(stall=_FLUSH_STALL)
    _note_stop(experiment, summary, early)
    if not delivered:
        summary.warnings.append("the server takes no rows at the moment: these numbers were computed locally")
        return
    announce(experiment, *ended, summary.warnings)
    if not evaluator.summarize_scores:
        return
    try:
        answer = experiment.state.transport.get(f"/v1/experiment/{experiment.id}/compare")
    except AssayError as error:
        summary.warnings.append(f"no comparison ({error}): these numbers were computed locally")
    else:
        read_comparison(summary, answer)


def _note_stop(experiment: Experiment, summary: EvalSummary, early: EarlyStop | None) -> None:
    """Say in the summary and in the experiment's metadata that the run was decided before its end, if it was."""
    try:
        if early is not None and early.ended:
            seconds = None if summary.resumed else summary.elapsed
            summary.stopped_early = early.report(cost=read_spent(experiment)[0], seconds=seconds)
        note_stop(experiment, summary.stopped_early)
    except AssayError as error:
        summary.warnings.append(f"the experiment does not say whether it stopped early ({error})")
    if early is not None and not early.ended and (unseen := early.unseen()):
        summary.warnings.append(f"the run could not stop early: no case was scored by {', '.join(unseen)}")


@contextlib.contextmanager
def _muted() -> Generator[None]:
    """Keep traced functions from writing to the program's logger during a run that sends nothing."""
    logger, experiment = current_logger(), current_experiment()
    set_current_logger(None)
    set_current_experiment(None)
    try:
        yield
    finally:
        set_current_logger(logger)
        set_current_experiment(experiment)


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _run_beside_loop(evaluator: Evaluator) -> EvalResultWithSummary:
    """Run on a thread with its own loop, because the caller's loop cannot run twice."""
    answer: list[EvalResultWithSummary | BaseException] = []

    def work() -> None:
        try:
            answer.append(asyncio.run(run_evaluator(evaluator)))
        except BaseException as error:  # raised again in the caller's thread
            answer.append(error)

    thread = threading.Thread(target=work, name="assay-eval-loop")
    thread.start()
    thread.join()
    if isinstance(answer[0], BaseException):
        raise answer[0]
    return answer[0]
