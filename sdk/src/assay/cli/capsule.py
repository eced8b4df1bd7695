"""`assay capsule`: an experiment in one file, read and checked without a server."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from assay.cli.failures import FAILED, CommandFailed
from assay.cli.judging import judging_options
from assay.cli.options import json_option, project_option, server_options
from assay.cli.output import emit_json, emit_table, note, use_colour
from assay.cli.server import Server
from assay.cli.table import Column, printable

if TYPE_CHECKING:
    from assay.capsule.archive import Capsule
    from assay.capsule.verify import Step

Row = dict[str, Any]

_file_argument = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@click.group()
def capsule() -> None:
    """Keep an experiment in one file, read it and check it offline."""


@capsule.command("save")
@click.argument("experiment")
@click.argument("baseline", required=False)
@project_option
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option(
    "--lock",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Lock file of the run (default: the one of its commit in the repository here).",
)
@judging_options
@server_options
@json_option
def save_capsule(
    server: Server,
    experiment: str,
    baseline: str | None,
    project: str,
    output: Path | None,
    lock: Path | None,
    judging: Row,
    as_json: bool,
) -> None:
    """Save an experiment, compared with BASELINE (by default the one stored with it).

    Environment variables are never read into it, and what looks like a key is replaced; look through the file
    before you share it all the same. Keep the digest that is printed: it shows any later change.
    """
    from assay.capsule.save import save
    from assay.client.state import State

    found = server.project(project)
    row = server.object("experiment", experiment, found)
    other = server.object("experiment", baseline, found) if baseline else None
    _ = server.transport  # without a key there is nothing to ask
    path = output or Path(
        f"{re.sub(r'[^A-Za-z0-9._-]+', '-', row['name']).strip('-.') or 'experiment'}.capsule"
    )
    try:
        saved = save(
            State(server.config),
            row,
            path,
            baseline_id=other["id"] if other else None,
            judging=judging,
            lock=lock,
        )
    except OSError as error:
        raise CommandFailed(f"cannot write {path}: {error.strerror or error}") from error
    if as_json:
        emit_json({"file": str(path), "digest": saved.digest, "bytes": saved.bytes, "spans": saved.spans,
                   "redacted": saved.redacted, "notes": saved.notes})  # fmt: skip
        return
    for text in saved.notes:
        note(f"note: {text}")
    if saved.redacted:
        note(f"note: {saved.redacted} things that look like secrets were left out")
    note(f"{path}: {saved.spans:,} spans, {saved.bytes:,} bytes")
    click.echo(f"sha256:{saved.digest}")


@capsule.command("open")
@_file_argument
@click.option("--print", "member", metavar="NAME", help="Print one member as it is, such as spans.jsonl.")
@json_option
def open_capsule(file: Path, member: str | None, as_json: bool) -> None:
    """Show what is in a capsule; needs no server."""
    from assay.capsule.archive import Capsule

    with Capsule(file) as found:
        if member is not None:
            _print_member(found, member)
        elif as_json:
            shown = {
                name: found.json(f"{name}.json") for name in ("experiment", "comparison", "models", "scorers")
            }
            emit_json({"digest": found.digest, "manifest": found.manifest, **shown})
        else:
            _show(found)


@capsule.command(
    "verify",
    epilog="Exit codes: 0 everything holds, 1 something does not or could not be checked (docs/ci.md).",
)
@_file_argument
@click.option("--digest", help="The digest `save` printed; without it a rewritten manifest cannot show.")
@json_option
def verify_capsule(file: Path, digest: str | None, as_json: bool) -> None:
    """Compute the numbers of a capsule again and name everything that does not hold; needs no server."""
    from assay.capsule.archive import Capsule
    from assay.capsule.verify import verify

    with Capsule(file) as found:
        steps = verify(found, digest=digest)
        if as_json:
            listed = [{"name": s.name, "outcome": s.outcome, "problems": s.problems} for s in steps]
            emit_json({"ok": _sound(steps), "digest": found.digest, "steps": listed})
        else:
            _print_steps(found, steps)
    if not _sound(steps):
        raise click.exceptions.Exit(FAILED)


def _sound(steps: list[Step]) -> bool:
    return all(step.outcome == "ok" for step in steps)


def _print_steps(found: Capsule, steps: list[Step]) -> None:
    said = {
        "members": "nothing was added, taken away or changed since the manifest was written",
        "digest": "the manifest is the one that was asked for",
        "rows": "the spans and the columns of the statistics tell the same story",
        "statistics": "every stated number follows from the rows, to the last digit",
    }
    for step in steps:
        click.echo(
            f"{step.outcome:<11}  {step.name}: {said[step.name] if step.outcome == 'ok' else ''}".rstrip(": ")
        )
        for problem in step.problems:
            click.echo(f"             {printable(problem)}")
    click.echo(f"sha256:{found.digest}")


def _print_member(found: Capsule, member: str) -> None:
    from assay.capsule.archive import MANIFEST

    if member != MANIFEST and member not in found.names:
        raise CommandFailed(f"no member {member!r}: there are {', '.join([MANIFEST, *found.names])}")
    if sys.stdout.isatty():  # logged text must not reach a terminal as it is
        for line in found.read(member).decode("utf-8", "replace").splitlines():
            click.echo(printable(line))
        return
    for chunk in found.chunks(member):
        click.echo(chunk, nl=False)


def _show(found: Capsule) -> None:
    """Everything a person wants to know first. Raises CapsuleError for members of another shape."""
    from assay.capsule.archive import CapsuleError

    try:
        comparison = cast("Row", found.json("comparison.json"))
        _print_head(found.manifest, cast("Row", found.json("experiment.json")), comparison)
        _print_comparison(comparison)
        _print_lists(found)
        _print_members(found.manifest)
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise CapsuleError(
            f"it does not have the shape of a capsule: {type(error).__name__}: {error}"
        ) from error
    note(f"{click.style('not checked', bold=use_colour())}: `assay capsule verify` does that")


def _print_comparison(comparison: Row) -> None:
    from assay.evals.report import render_summary
    from assay.evals.summary import EvalSummary, read_comparison

    summary = EvalSummary(project_name="")
    read_comparison(summary, comparison)
    _, table = render_summary(summary).split("\n", 1)
    click.echo("".join(f"{printable(line)}\n" for line in table.splitlines()), nl=False)


def _print_members(manifest: Row) -> None:
    listed = cast("dict[str, Row]", manifest["files"])
    cells = [
        [name, str(about.get("rows", "")), f"{about.get('bytes', 0):,}"] for name, about in listed.items()
    ]
    click.echo("")
    emit_table([Column("member"), Column("rows", right=True), Column("bytes", right=True)], cells, empty="")
    for text in cast("list[Any]", manifest.get("notes") or []):
        note(f"note: {printable(str(text))}")


def _print_head(manifest: Row, experiment: Row, comparison: Row) -> None:
    baseline, totals, cases = comparison.get("baseline"), comparison["totals"], comparison["cases"]
    repo = cast("Row", experiment.get("repo_info") or {})
    dataset = cast("Row", manifest.get("dataset") or {})
    lines = {
        "experiment": f"{comparison['experiment']['name']} of {comparison['experiment']['project_name']}",
        "compared": f"with {baseline['name']}, {cases['matched']:,} cases in both" if baseline else None,
        "cases": f"{cases['total']:,} cases, {totals['rows']:,} traces, {totals['errors']:,} errors",
        "ran": experiment.get("created"),
        "commit": " ".join(str(repo[key]) for key in ("commit", "branch") if repo.get(key)) or None,
        "changes": "not committed, in diff.patch" if repo.get("dirty") else None,
        "dataset": " version ".join(str(v) for v in dataset.values() if v) or None,
        "parameters": str(manifest["parameters"]) if manifest.get("parameters") else None,
        "made": f"{manifest.get('created')} by assay {manifest.get('assay')}, server {manifest.get('server')}",
    }
    for label, text in lines.items():
        if text:
            click.echo(f"{label:<11} {printable(str(text))}")
    click.echo("")


def _print_lists(found: Capsule) -> None:
    models = cast("list[Row]", found.json("models.json")) if "models.json" in found.names else []
    cells = [
        [str(m.get("model")), str(m.get("provider") or ""), str(m["purpose"]), f"{m['calls']:,}"]
        for m in models
    ]
    if cells:
        click.echo("")
        columns = [Column("model"), Column("provider"), Column("for"), Column("calls", right=True)]
        emit_table(columns, cells, empty="")
    scorers = cast("list[Row]", found.json("scorers.json")) if "scorers.json" in found.names else []
    if scorers:
        click.echo("")
        rows = [[str(s["name"]), str(s.get("version") or "–"), str(s.get("file") or "")] for s in scorers]
        emit_table([Column("scorer"), Column("version"), Column("file")], rows, empty="")
