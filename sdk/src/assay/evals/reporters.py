"""Who tells the world what an evaluation came to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from assay.evals.cases import EvalResult
from assay.evals.report import render_summary, wants_colour
from assay.evals.summary import EvalSummary

_MOST_ERRORS = 5
"""Task errors shown after a run; the rest are one click away."""


@dataclass(slots=True)
class EvalResultWithSummary:
    """What `Eval` returns: the summary, and the result of every trial in the order of the data.

    `results` is empty when the evaluation ran with `keep_results=False`.
    """

    summary: EvalSummary
    results: list[EvalResult] = field(default_factory=list[EvalResult])

    def __str__(self) -> str:
        return render_summary(self.summary)


ReportEval = Callable[[Any, EvalResultWithSummary], Any]
"""Called after each evaluation with the Evaluator and its result; what it returns goes to ReportRun."""

ReportRun = Callable[[Sequence[Any]], bool]
"""Called at the end with the answers of ReportEval; False means the run failed."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Receives results. Pass it as `reporter=` to an evaluation, or make it the only one of a run."""

    name: str
    report_eval: ReportEval
    report_run: ReportRun = all


def terminal_reporter(stream: TextIO | None = None) -> Reporter:
    """The default: a table and the first task errors, on stderr or `stream`; a task error fails the run."""

    def report_eval(evaluator: Any, result: EvalResultWithSummary) -> bool:
        out = stream or sys.stderr
        out.write(render_summary(result.summary, colour=wants_colour(out)))
        failed = [found for found in result.results if found.error is not None]
        for found in failed[:_MOST_ERRORS]:
            out.write(
                f"  error: {type(found.error).__name__}: {found.error}  (input {_short(found.input)})\n"
            )
        if len(failed) > _MOST_ERRORS:
            out.write(f"  … and {len(failed) - _MOST_ERRORS} more errors\n")
        out.flush()
        return not result.summary.errors

    return Reporter("terminal", report_eval)


def json_reporter(stream: TextIO | None = None) -> Reporter:
    """One line of JSON per evaluation on stdout or `stream`; the run fails when a task failed."""

    def report_eval(evaluator: Any, result: EvalResultWithSummary) -> bool:
        out = stream or sys.stdout
        out.write(result.summary.as_json() + "\n")
        out.flush()
        return not result.summary.errors

    return Reporter("json", report_eval)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
