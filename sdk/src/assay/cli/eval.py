"""`assay eval`: find evaluations in files, choose among them and their cases, run them."""

from __future__ import annotations

import contextlib
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.cli.eval_runs import BUDGET, Choices, RunCommand, read_choices, run_options
from assay.cli.failures import BUDGET_SPENT, FAILED, NO_SERVER, CommandFailed, Interrupted, failure_of
from assay.cli.gate import GatedReporters, GateRequest, add_failures, gate_options
from assay.cli.options import json_option
from assay.cli.output import emit_json, emit_table, note
from assay.cli.rerun import only_flaky
from assay.cli.server import Server
from assay.cli.table import Column
from assay.core.errors import AssayError

if TYPE_CHECKING:
    from assay.evals import Evaluator, RunReport, Selection

Found = list[tuple[Path, "Evaluator"]]


@click.command(
    cls=RunCommand,
    epilog="Exit codes: 0 every case ran (or --stop-early was decided) and no gate failed, "
    "1 a case or an evaluation failed, 3 no server or no access to it, 4 every case ran and a gate failed, "
    "5 the budget ended the run, "
    "130 interrupted.",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--filter",
    "filters",
    multiple=True,
    help="PATH=REGEX keeps matching cases (metadata.tier=gold); a REGEX alone keeps evaluations by name.",
)
@click.option("--first", type=click.IntRange(min=1), help="Run the first N cases only.")
@click.option("--sample", type=click.IntRange(min=1), help="Run N cases drawn at random.")
@click.option("--seed", type=int, help="Makes the draw of --sample repeatable.")
@click.option("--trials", type=click.IntRange(min=1), help="Run each case N times.")
@click.option("--concurrency", type=click.IntRange(min=1), help="Cases at once.")
@click.option("--experiment", help="Name of the experiment.")
@click.option("--base", help="Experiment to compare with.")
@run_options
@click.option("--no-send-logs", is_flag=True, help="Record nothing: no server needed, means computed here.")
@gate_options
@click.option("--list", "list_only", is_flag=True, help="Show what would run.")
@click.option("--watch", is_flag=True, help="Run again whenever a file beside the evaluations changes.")
@click.option("--url", help="Server (ASSAY_URL, else the saved one, else http://127.0.0.1:8484).")
@click.option("--api-key", help="API key (better: ASSAY_API_KEY or `assay login`).")
@json_option
def evaluate(paths: tuple[Path, ...], **options: Any) -> None:
    """Run the evaluations found in files and directories.

    A path is a Python file that calls Eval(…), or a directory searched for eval_*.py, *_eval.py, *.eval.py.
    The comparison with the baseline goes to stdout; with --json one line of JSON per evaluation.
    """
    if options.pop("watch"):
        from assay.cli.watch import run_on_change

        run_on_change(paths)
        return
    selection, names = _selection(options)
    gate_request: GateRequest = options["gate_request"]
    if gate_request.gate.conditions and options["no_send_logs"]:
        raise click.UsageError("--fail-if needs the server's intervals: drop --no-send-logs")
    choices = read_choices(options)
    stdout = sys.stdout
    # Whatever tasks print while stdout carries JSON would break it.
    with contextlib.redirect_stdout(sys.stderr) if options["as_json"] else contextlib.nullcontext():
        found = choices.expanded(_load(paths, names))
        if options["list_only"]:
            with contextlib.redirect_stdout(stdout):
                _list(found, as_json=options["as_json"])
            return
        report = _run([evaluator for _, evaluator in found], selection, options, choices, stdout)
        add_failures(gate_request, report.failures)
        gate_request.write_files()
        _end(report)
        gate_request.end()


def _selection(options: dict[str, Any]) -> tuple[Selection, list[re.Pattern[str]]]:
    """Which cases run, and patterns for the names of evaluations. Raises UsageError for contradictions."""
    from assay.evals import Selection, parse_filter

    if options["seed"] is not None and options["sample"] is None:
        raise click.UsageError("--seed goes with --sample")
    try:
        names = [re.compile(text) for text in options["filters"] if "=" not in text]
        filters = tuple(parse_filter(text) for text in options["filters"] if "=" in text)
        chosen = {key: options[key] for key in ("first", "sample", "seed")}
        return Selection(filters=filters, **chosen), names
    except (ValueError, re.error) as error:
        raise click.UsageError(str(error)) from error


def _load(paths: Sequence[Path], names: Sequence[re.Pattern[str]]) -> Found:
    """The evaluations of the files, by name when asked. Raises CommandFailed when nothing is left to run."""
    from assay.evals.discover import PATTERNS, EvalFileError, find_files, load_file

    files = find_files(paths)
    try:
        found = [(path, evaluator) for path in files for evaluator in load_file(path)]
    except EvalFileError as error:
        if error.__cause__:
            note("".join(traceback.format_exception(error.__cause__)).rstrip())
        raise CommandFailed(str(error)) from error
    if not found:
        where = f"{len(files)} files were read" if files else f"no file is called {', '.join(PATTERNS)}"
        raise CommandFailed(f"no evaluations in {', '.join(map(str, paths))}: {where}")
    kept = [pair for pair in found if all(pattern.search(_title(pair[1])) for pattern in names)]
    if not kept:
        raise CommandFailed(
            f"--filter keeps none of: {', '.join(_title(evaluator) for _, evaluator in found)}"
        )
    return kept


def _title(evaluator: Evaluator) -> str:
    """`project` or `project/experiment`."""
    return f"{evaluator.name}/{evaluator.experiment_name}" if evaluator.experiment_name else evaluator.name


def _list(found: Found, *, as_json: bool) -> None:
    from assay.evals.calls import scorer_name

    rows: list[dict[str, Any]] = [
        {
            "file": str(path),
            "project": evaluator.name,
            "experiment": evaluator.experiment_name,
            "scores": [scorer_name(scorer, index) for index, scorer in enumerate(evaluator.scores)],
            "trials": evaluator.trial_count,
        }
        for path, evaluator in found
    ]
    if as_json:
        emit_json(rows)
        return
    columns = [
        Column("project"),
        Column("experiment"),
        Column("scores"),
        Column("trials", right=True),
        Column("file"),
    ]
    cells = [
        [
            row["project"],
            row["experiment"] or "",
            ", ".join(row["scores"]),
            str(row["trials"]),
            _shown(row["file"]),
        ]
        for row in rows
    ]
    emit_table(columns, cells, empty="no evaluations")


def _shown(path: str) -> str:
    """A path as short as it can be said from here."""
    with contextlib.suppress(ValueError):
        return str(Path(path).relative_to(Path.cwd()))
    return path


def _run(
    evaluators: list[Evaluator], selection: Selection, options: dict[str, Any], choices: Choices, stdout: Any
) -> RunReport:
    from assay.client.state import configured_state
    from assay.evals import json_reporter, run_evaluators, terminal_reporter

    if not options["no_send_logs"]:
        configured_state(api_url=options["url"], api_key=options["api_key"])
    terminal, overrides = terminal_reporter(stdout), {**_overrides(options), **choices.overrides}
    gated = GatedReporters(options["gate_request"], None if options["as_json"] else stdout)
    narrowed: Selection | list[Selection] = selection
    prepared = [
        replace(evaluator, reporter=gated.wrap(evaluator.reporter or terminal), **overrides)
        for evaluator in evaluators
    ]
    if (experiment := options["rerun_flaky"]) is not None:
        server = Server.from_settings(url=options["url"], api_key=options["api_key"])
        prepared, narrowed = only_flaky(
            server, prepared, selection, experiment=experiment or None, trials=options["trials"]
        )
    return run_evaluators(
        prepared,
        selection=narrowed,
        reporter=gated.wrap(json_reporter(stdout)) if options["as_json"] else None,
        no_send_logs=options["no_send_logs"],
        max_cost=options["budget"],
    )


def _overrides(options: dict[str, Any]) -> dict[str, Any]:
    """What the command line says in place of the files; a base by name takes the place of one by id."""
    fields = {
        "experiment_name": options["experiment"],
        "base_experiment_name": options["base"],
        "trial_count": options["trials"],
        "max_concurrency": options["concurrency"],
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return {**given, "base_experiment_id": None} if options["base"] else given


def _end(report: RunReport) -> None:
    """Say what could not run, and choose the exit code."""
    for evaluator, error in report.failures:
        reason = failure_of(error).format_message() if isinstance(error, AssayError) else _reason(error)
        note(f"{click.style('error:', fg='red', bold=True)} {_title(evaluator)}: {reason}")
    if report.interrupted:
        raise Interrupted("interrupted; what finished is kept")
    for evaluator in report.skipped:
        note(f"{_title(evaluator)} did not run: the budget is spent")
    if report.skipped or report.stopped == BUDGET:
        raise click.exceptions.Exit(BUDGET_SPENT)
    if not report.ok:
        unreached = [
            isinstance(error, AssayError) and failure_of(error).exit_code == NO_SERVER
            for _, error in report.failures
        ]
        nowhere = not report.results and all(unreached)
        raise click.exceptions.Exit(NO_SERVER if nowhere else FAILED)


def _reason(error: Exception) -> str:
    """An error of the evaluation's own code, with the traceback that finds it."""
    return "".join(traceback.format_exception(error)).rstrip()
