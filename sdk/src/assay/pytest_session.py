"""What `@assay.case` records: one experiment a session, a trace a test, a summary at the end.

Every process of a session (pytest-xdist) writes to the experiment of the same name; the process that prints
the summary also judges the gate. Without a server the rows go to the spool and the summary says so.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest

from assay.client.state import State, configured_state
from assay.core.errors import AssayError, Unreachable
from assay.evals.calls import Arguments, ScorerCall, read_scores, scorer_call
from assay.evals.cases import EvalCase, EvalResult
from assay.evals.gate_report import render_gate
from assay.evals.gates import Finished, Gate, check
from assay.evals.recorder import CaseTrace, Recorder
from assay.evals.report import render_summary
from assay.evals.summary import EvalSummary, Tally, read_comparison
from assay.experiments import Experiment, init
from assay.scorers.score import Score
from assay.tracing.context import CURRENT_SPAN

if TYPE_CHECKING:
    from assay.evals.recorder import CaseSpan
    from assay.tracing.protocol import Span

PASSED = "passed"
"""The score every case has: 1 when its test passed, 0 when it did not, null when it was skipped."""

_STALL = 30.0
"""Seconds without a row delivered after which the server counts as gone."""

_BEHIND = "the server has not taken all rows"
_SUMS = ("sums", "counts", "nulls")
_report_key = pytest.StashKey["pytest.TestReport"]()


class CaseUnderTest:
    """The case a test is. `input` and `expected` are those of its row; `span` is its trace's root."""

    def __init__(self, about: EvalCase, span: CaseSpan) -> None:
        self.about = about
        self.result = EvalResult(
            input=about.input,
            expected=about.expected,
            metadata=dict(about.metadata or {}),
            tags=list(about.tags or ()),
            root_span_id=span.root_span_id,
        )
        self._span = span

    @property
    def input(self) -> Any:
        """The case's input."""
        return self.about.input

    @property
    def expected(self) -> Any:
        """What should come out."""
        return self.about.expected

    @property
    def span(self) -> Span:
        """The root span: `span.start_span(…)`, `span.log(…)`."""
        return self._span.span

    def log(self, *, output: Any = None, metadata: Mapping[str, Any] | None = None) -> None:
        """Record what came out and what is worth knowing about it."""
        if output is not None:
            self.result.output = output
        self.result.metadata = {**(self.result.metadata or {}), **(metadata or {})}

    def score(self, name: str, value: float | bool | None, metadata: Mapping[str, Any] | None = None) -> None:
        """Record a score between 0 and 1, or None for "does not apply". Raises ValueError for anything else."""
        [score] = read_scores(
            Score(name, None if value is None else float(value), dict(metadata or {})), name
        )
        with self._span.start_scorer(name, {"output": self.result.output}, None) as span:
            self._take([score], span)

    @contextmanager
    def current(self) -> Generator[None]:
        """Spans opened inside belong to this case."""
        token = CURRENT_SPAN.set(self.span)
        try:
            yield
        finally:
            CURRENT_SPAN.reset(token)

    def judge(self, output: Any, scorers: Sequence[Any]) -> None:
        """Take the output of a plain test and let scorers judge it."""
        self.log(output=output)
        if scorers:
            # On a thread of their own: this one may have a loop already, and must not lose the one it has.
            work = self.judge_async(output, scorers)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(copy_context().run, asyncio.run, work).result()

    async def judge_async(self, output: Any, scorers: Sequence[Any]) -> None:
        """The same inside a running loop. A scorer that raises fails the test."""
        self.log(output=output)
        for index, scorer in enumerate(scorers):
            call = scorer_call(scorer, index)
            arguments: Arguments = {
                "input": self.input,
                "output": self.result.output,
                "expected": self.expected,
                "metadata": self.result.metadata,
                "tags": self.result.tags or None,
                "id": self.about.id,
                "trace": CaseTrace(self._span),
            }
            await self._judge_with(call, arguments)

    async def _judge_with(self, call: ScorerCall, arguments: Arguments) -> None:
        with self._span.start_scorer(call.name, arguments, call.place) as span:
            answer = call.bind(arguments)()
            if inspect.isawaitable(answer):
                answer = await answer
            self._take(read_scores(answer, call.name), span)

    def _take(self, scores: Sequence[Score], span: Span) -> None:
        for score in scores:
            self.result.scores[score.name] = score.score
        metadata = {score.name: score.metadata for score in scores if score.metadata}
        span.log(scores={score.name: score.score for score in scores}, metadata=metadata or None)


_running: CaseUnderTest | None = None


def running_case() -> CaseUnderTest:
    """The case of the test that runs in this process. Raises RuntimeError outside of one."""
    if _running is None:
        raise RuntimeError("no case is running: tests decorated with @assay.case run under pytest")
    return _running


class Session:
    """The experiment of one pytest session; a plugin of its own, so that runs without cases have no hooks."""

    def __init__(self, *, project: str, experiment: str, base: str | None) -> None:
        self.project = project
        self.name = experiment
        self.base = base
        self.lines: list[str] = []
        self.offline: str | None = None
        self._tally = Tally()
        self._experiment: Experiment | None = None

    @property
    def experiment(self) -> Experiment:
        """The experiment, registered on first use; without a server one whose rows go to the spool.

        A wrong key or an unknown baseline ends the session before it costs anything.
        """
        if self._experiment is None:
            try:
                state = configured_state()
                self.offline = None if state.config.api_key or state.offline else "no API key"
                self._experiment = self._start(State(offline=True) if self.offline else state)
            except Unreachable as error:
                self.offline = str(error)
                self._experiment = self._start(State(offline=True))
            except AssayError as error:
                pytest.exit(f"assay: {error}", returncode=pytest.ExitCode.USAGE_ERROR)
        return self._experiment

    def _start(self, state: State) -> Experiment:
        found = init(
            project=self.project,
            experiment=self.name,
            base_experiment=None if state.offline else self.base,
            update=True,  # whichever process comes first makes it
            set_current=False,
            state=state,
        )
        if state.offline:
            self.offline = self.offline or "ASSAY_OFFLINE is set"
        else:
            state.login()
            _ = found.id
        return found

    @contextmanager
    def running(self, item: pytest.Item, about: Mapping[str, Any]) -> Generator[CaseUnderTest]:
        """Record one test while it runs."""
        global _running
        described = EvalCase(
            **{key: value for key, value in about.items() if value is not None} | _input(item, about)
        )
        with Recorder(self.experiment, task=getattr(item, "obj", running_case)).start_case(described) as span:
            _running = found = CaseUnderTest(described, span)
            try:
                yield found
            finally:
                _running = None
                self._finish(found, span, item)

    def _finish(self, found: CaseUnderTest, span: CaseSpan, item: pytest.Item) -> None:
        report = item.stash.get(_report_key, None)
        result, error = found.result, None
        result.metadata = {**(result.metadata or {}), "test": item.nodeid}
        result.scores[PASSED] = (
            None
            if report and report.skipped and not hasattr(report, "wasxfail")
            else float(bool(report and report.passed))
        )
        if report is None:
            error = "the test did not start: another fixture failed"
        elif report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            text = crash.message if crash is not None else str(report.longrepr)
            if text.startswith(("AssertionError", "assert ", "Failed")):
                result.metadata["failure"] = (
                    text  # what was expected did not come out: a score of 0, no error
                )
            else:
                error = text
        if report is not None:
            result.duration = report.duration
        result.error = RuntimeError(error) if error else None
        span.span.log(scores={PASSED: result.scores[PASSED]})
        span.finish(result, error=error)
        self._tally.add(result)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep how the test ended until its case is closed."""
        report = yield
        if report.when == "call":
            item.stash[_report_key] = report
        return report

    def hand_over(self) -> dict[str, Any]:
        """Deliver, and give what this worker counted to the process that reports."""
        if self._experiment is not None and not self._experiment.state.flush(stall=_STALL):
            self.offline = self.offline or _BEHIND
        tally = self._tally
        counted = {name: getattr(tally, name) for name in _SUMS}
        return {
            **counted,
            "cases": tally.cases,
            "errors": tally.errors,
            "duration": tally.duration,
            "offline": self.offline,
        }

    def merge(self, counted: Mapping[str, Any]) -> None:
        """Add what a worker counted."""
        tally = self._tally
        tally.cases += counted["cases"]
        tally.errors += counted["errors"]
        tally.duration += counted["duration"]
        for name in _SUMS:
            sums: dict[str, Any] = getattr(tally, name)
            for key, value in counted[name].items():
                sums[key] = sums.get(key, 0) + value
        self.offline = self.offline or counted["offline"]

    def conclude(self, gate: Gate | None) -> bool:
        """Deliver, compare, judge, and put the lines to print together; False when the gate fails the session."""
        tally = self._tally
        summary = EvalSummary(
            project_name=self.project,
            experiment_name=self.name,
            scores=tally.scores(),
            metrics=tally.metrics(),
            cases=tally.cases,
            errors=tally.errors,
            elapsed=tally.duration,
        )
        if self.offline is None:
            try:
                return self._judge(summary, gate)
            except AssayError as error:
                self.offline = str(error)
        if self._experiment is not None:
            self._experiment.state.flush()
        spool = "rows are kept on disk: `assay sync push` sends them"
        self.lines = [*render_summary(summary).splitlines(), f"  no server ({self.offline}): {spool}"]
        if gate is None:
            return True
        self.lines.append("  the gate was not judged: intervals come from the server")
        return not gate.fail_on_inconclusive

    def _judge(self, summary: EvalSummary, gate: Gate | None) -> bool:
        experiment = self.experiment
        if not experiment.state.flush(stall=_STALL):
            raise Unreachable(_BEHIND)
        finished = Finished(experiment.state.transport.get, experiment.id)
        read_comparison(summary, finished.compare())
        summary.experiment_url = experiment.link()
        self.lines = render_summary(summary).splitlines()
        if gate is None:
            return True
        report = check(gate, finished)
        self.lines += render_gate(report).splitlines()
        self.lines += [f"  {text!r} names nothing: {why}" for text, why in report.unknown.items()]
        return report.passed and not report.unknown


def _input(item: pytest.Item, about: Mapping[str, Any]) -> dict[str, Any]:
    """The input of a case that has none of its own: which test it is."""
    return {} if about.get("input") is not None else {"input": item.nodeid}
