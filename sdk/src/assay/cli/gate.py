"""Gates on the command line: the options of `assay eval`, and `assay experiments gate`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from assay.cli.failures import GATE_FAILED, CommandFailed, failure_of
from assay.cli.judging import comparison_query, judging_options_at_given_level
from assay.cli.options import json_option, project_option, server_options
from assay.cli.output import emit_json, note, use_colour
from assay.cli.server import Server
from assay.core.errors import AssayError, Unreachable

if TYPE_CHECKING:
    from assay.evals import EvalResultWithSummary, EvalSummary, Evaluator, Reporter
    from assay.evals.gates import Gate, GateReport
    from assay.evals.junit import Suite

_STALL = 5.0
"""Seconds without a row delivered after which rows count as not arrived."""

_GATE_OPTIONS = ("fail_if", "confidence", "fail_on_inconclusive", "junit", "markdown")


def gate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a gate and its reports; the command gets a `gate_request` in their place."""

    @click.option(
        "--fail-if",
        multiple=True,
        metavar="CONDITION",
        help="Fail when this is shown: 'Variety drops 0.02', 'duration rises 10%', 'Accuracy below 80%', "
        "'any score worsens', 'regression on tag golden'.",
    )
    @click.option("--confidence", type=float, help="How sure --fail-if has to be.  [default: 0.95]")
    @click.option("--fail-on-inconclusive", is_flag=True, help="Fail also when the data cannot tell.")
    @click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML.")
    @click.option(
        "--markdown",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write a summary for a pull request.",
    )
    @functools.wraps(command)
    def with_gate(*args: Any, **options: Any) -> Any:
        given = {name: options.pop(name) for name in _GATE_OPTIONS}
        return command(*args, gate_request=_request(given), **options)

    return with_gate


@dataclass(slots=True, kw_only=True)
class GateRequest:
    """The gate asked for, the files to write, and what has been judged so far."""

    gate: Gate
    junit: Path | None
    markdown: Path | None
    reports: list[GateReport] = field(default_factory=list["GateReport"])
    errors: list[AssayError] = field(default_factory=list[AssayError])
    suites: list[Suite] = field(default_factory=list["Suite"])
    texts: list[str] = field(default_factory=list[str])

    @property
    def wanted(self) -> bool:
        """Whether any of the options was given."""
        return bool(self.gate.conditions or self.junit or self.markdown)

    def add(
        self,
        summary: EvalSummary,
        report: GateReport | None,
        *,
        result: EvalResultWithSummary | None = None,
        failure: str | None = None,
    ) -> None:
        """Keep one evaluation for the files."""
        from assay.evals.gate_report import render_markdown
        from assay.evals.junit import suite_of

        if self.junit is not None:
            results = result.results if result else ()
            self.suites.append(suite_of(summary, report, results, failure=failure))
        if self.markdown is not None:
            self.texts.append(render_markdown(summary, report))

    def write_files(self) -> None:
        """Write what was asked for. Raises CommandFailed when a file cannot be written."""
        from assay.evals.gate_report import join_markdown
        from assay.evals.junit import write_junit

        try:
            if self.junit is not None:
                write_junit(self.junit, self.suites)
            if self.markdown is not None:
                self.markdown.write_text(join_markdown(self.texts), encoding="utf-8")
        except OSError as error:
            raise CommandFailed(f"cannot write {error.filename}: {error.strerror}") from error

    def end(self) -> None:
        """End the command by what the gates said.

        Raises Exit with GATE_FAILED; CommandFailed for a gate that could not be judged.
        """
        for condition in self.gate.conditions:
            refusals = [report.unknown.get(condition.text) for report in self.reports]
            if refusals and all(refusals):
                raise CommandFailed(f"{condition.text!r} names nothing: {refusals[0]}")
        if self.errors:
            raise failure_of(self.errors[0])
        if not all(report.passed for report in self.reports):
            raise click.exceptions.Exit(GATE_FAILED)


def _request(given: dict[str, Any]) -> GateRequest:
    from assay.evals.conditions import ConditionError
    from assay.evals.gates import CONFIDENCE, Gate

    if not given["fail_if"] and (given["confidence"] is not None or given["fail_on_inconclusive"]):
        raise click.UsageError("--confidence and --fail-on-inconclusive go with --fail-if")
    try:
        gate = Gate.of(
            given["fail_if"],
            confidence=CONFIDENCE if given["confidence"] is None else given["confidence"],
            fail_on_inconclusive=given["fail_on_inconclusive"],
        )
    except ConditionError as error:
        shown = str(error).replace("\n", "\n  ")
        raise click.UsageError(f"a condition of --fail-if cannot be read:\n  {shown}") from error
    except ValueError as error:
        raise click.UsageError(f"--confidence: {error}") from error
    return GateRequest(gate=gate, junit=given["junit"], markdown=given["markdown"])


class GatedReporters:
    """Reporters that judge each evaluation before they report it."""

    def __init__(self, request: GateRequest, stream: TextIO | None) -> None:
        self._request = request
        self._stream = stream
        self._wrapped: dict[int, Reporter] = {}

    def wrap(self, reporter: Reporter) -> Reporter:
        """The same reporter with the gate's word added; one reporter stays one."""
        if not self._request.wanted:
            return reporter
        from assay.evals import Reporter

        def report_eval(evaluator: Evaluator, result: EvalResultWithSummary) -> Any:
            report = self._judge(result)
            answer = reporter.report_eval(evaluator, result)
            if report is not None and self._stream is not None:
                from assay.evals.gate_report import render_gate

                self._stream.write(render_gate(report, colour=use_colour()))
                self._stream.flush()
            return answer

        return self._wrapped.setdefault(
            id(reporter), Reporter(reporter.name, report_eval, reporter.report_run)
        )

    def _judge(self, result: EvalResultWithSummary) -> GateReport | None:
        from assay.client.state import current_state
        from assay.evals.gates import Finished, check

        summary, request, report = result.summary, self._request, None
        if summary.experiment_id is not None and request.gate.conditions and not summary.interrupted:
            state = current_state()
            try:
                if not state.flush(stall=_STALL):  # a gate on part of the rows would be a guess
                    raise Unreachable(f"{state.config.url} has not taken all rows: the gate was not judged")
                report = check(request.gate, Finished(state.transport.get, summary.experiment_id))
            except AssayError as error:
                request.errors.append(error)
            else:
                summary.gate = report.as_dict()
                request.reports.append(report)
        request.add(summary, report, result=result)
        return report


def add_failures(request: GateRequest, failures: Sequence[tuple[Evaluator, Exception]]) -> None:
    """Put evaluations that could not run into the files."""
    from assay.evals import EvalSummary

    for evaluator, error in failures:
        summary = EvalSummary(
            project_name=evaluator.name,
            experiment_name=evaluator.experiment_name,
            warnings=[f"could not run: {type(error).__name__}: {error}"],
        )
        request.add(summary, None, failure=f"{type(error).__name__}: {error}")


@click.command(
    "gate",
    epilog="Exit codes: 0 the gate lets it through, 1 it could not be judged, 4 it does not (docs/ci.md).",
)
@click.argument("name")
@click.argument("baseline", required=False)
@project_option
@gate_options
@judging_options_at_given_level
@server_options
@json_option
def gate(
    server: Server,
    name: str,
    baseline: str | None,
    project: str,
    gate_request: GateRequest,
    judging: dict[str, Any],
    as_json: bool,
) -> None:
    """Check experiment NAME against BASELINE (by default the one stored with it).

    The same conditions and reports as `assay eval`, for an experiment that has run.
    """
    from assay.evals.gate_report import render_gate
    from assay.evals.gates import Finished, check
    from assay.evals.summary import EvalSummary, read_comparison

    if not gate_request.wanted:
        raise click.UsageError("say what would be wrong: --fail-if 'any score worsens'")
    found = server.project(project)
    experiment = server.object("experiment", name, found)
    other = server.object("experiment", baseline, found) if baseline else None
    finished = Finished(server.get, experiment["id"], other["id"] if other else None, judging)
    report = check(gate_request.gate, finished)
    comparison = finished.compare()
    summary = EvalSummary(project_name=found["name"])
    read_comparison(summary, comparison)
    totals = cast("dict[str, Any]", comparison.get("totals") or {})
    summary.errors, summary.cases = totals.get("errors") or 0, totals.get("rows") or 0
    query = comparison_query(report.baseline, judging)
    summary.experiment_url = server.page_url(found["name"], "experiments", experiment["name"]) + query
    gate_request.reports.append(report)
    gate_request.add(summary, report)
    gate_request.write_files()
    if as_json:
        emit_json(report.as_dict())
    else:
        compared = f" against {report.baseline}" if report.baseline else ""
        click.echo(f"{report.experiment}{compared}")
        click.echo(render_gate(report, colour=use_colour()), nl=False)
        note(summary.experiment_url)
    gate_request.end()
