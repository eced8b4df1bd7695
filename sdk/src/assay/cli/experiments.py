"""`assay experiments`: list, view, compare, archive and delete experiments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import click

from assay.cli import humans, previews
from assay.cli.gate import gate
from assay.cli.judging import comparison_query, judging_options
from assay.cli.options import (
    confirm_delete,
    json_option,
    limit_option,
    project_option,
    server_options,
    yes_option,
)
from assay.cli.output import emit_json, emit_table, note, use_colour
from assay.cli.planning import plan, reliability
from assay.cli.server import Row, Server
from assay.cli.table import Column

FILTERS = ("all", "improved", "regressed", "unchanged", "flaky", "errors", "unmatched")


@click.group()
def experiments() -> None:
    """List, view and compare experiments."""


for _command in (gate, plan, reliability):
    experiments.add_command(_command)


@experiments.command("list")
@project_option
@limit_option(50)
@click.option("--archived", is_flag=True, help="Those put away, instead of the others.")
@server_options
@json_option
def list_experiments(server: Server, project: str, limit: int, archived: bool, as_json: bool) -> None:
    """List the experiments of a project, newest first."""
    found = server.project(project)
    rows = list(server.objects("experiment", limit=limit, project_id=found["id"], archived=archived))
    if as_json:
        emit_json(rows)
        return
    columns = [
        Column("name"),
        Column("created", fixed=True),
        Column("commit", fixed=True),
        Column("branch"),
        Column("id", fixed=True),
    ]
    what = "archived experiments" if archived else "experiments yet"
    emit_table(columns, [_list_cells(row) for row in rows], empty=f"no {what} in project {found['name']}")


def _list_cells(row: Row) -> list[str]:
    repo = cast("Row", row.get("repo_info") or {})
    dirty = "+" if repo.get("dirty") else ""
    commit = str(repo.get("commit") or row.get("commit") or "")[:10]
    return [row["name"], humans.ago(row.get("created")), commit + dirty, repo.get("branch") or "", row["id"]]


@experiments.command("view")
@click.argument("name")
@project_option
@judging_options
@server_options
@json_option
def view_experiment(server: Server, name: str, project: str, judging: Row, as_json: bool) -> None:
    """Show the scores and metrics of an experiment, against its stored baseline when it has one."""
    found, experiment = _find(server, project, name)
    comparison = _comparison(server, experiment, None, judging)
    if as_json:
        emit_json(comparison)
    else:
        _print_comparison(server, found, comparison, judging)


@experiments.command("compare")
@click.argument("name")
@click.argument("baseline", required=False)
@project_option
@click.option("--cases", type=click.Choice(FILTERS), help="List these cases below the comparison.")
@click.option("--score", help="Judge cases by this score alone.")
@click.option(
    "--slice", metavar="PATH", help="Judge each value of this path by itself, such as metadata.tier."
)
@judging_options
@limit_option(20)
@server_options
@json_option
def compare(
    server: Server,
    name: str,
    baseline: str | None,
    project: str,
    cases: str | None,
    score: str | None,
    slice: str | None,
    judging: Row,
    limit: int,
    as_json: bool,
) -> None:
    """Compare experiment NAME with BASELINE (by default the one stored with it), case by case.

    A verdict is given only where the interval of the paired difference allows one.
    """
    found, experiment = _find(server, project, name)
    other = server.object("experiment", baseline, found) if baseline else None
    comparison = _comparison(server, experiment, other, {**judging, "slice": slice})
    listed = None
    if cases is not None:
        query = {"filter": cases, "score": score, "cluster": judging["cluster"]}
        listed = list(_cases(server, experiment, other, query, limit=limit))
    if as_json:
        emit_json(comparison if listed is None else {**comparison, "case_list": listed})
        return
    _print_comparison(server, found, comparison, {**judging, "slice": slice})
    if comparison["slices"]:
        _print_slices(comparison)
    if listed is not None:
        _print_cases(listed, kind=str(cases), clustered=comparison["cluster_key"] is not None)


def _print_cases(listed: list[Row], *, kind: str, clustered: bool) -> None:
    columns = [
        Column("input"),
        Column("output"),
        Column("baseline"),
        Column("scores"),
        Column("root_span_id", fixed=True),
    ]
    cells = [_case_cells(case) for case in listed]
    if clustered:
        columns.insert(0, Column("cluster"))
        cells = [[case["cluster"] or "", *row] for case, row in zip(listed, cells, strict=True)]
    emit_table(columns, cells, empty=f"no cases: {kind}")


def _print_slices(comparison: Row) -> None:
    names = [item["name"] for item in comparison["scores"]]
    cells = [
        [
            "–" if found["value"] is None else found["value"],
            f"{found['cases']['total']:,}",
            *(_slice_cell(found["scores"], name) for name in names),
        ]
        for found in comparison["slices"]
    ]
    columns = [
        Column(comparison["slice_key"]),
        Column("cases", right=True, fixed=True),
        *(Column(name, fixed=True) for name in names),
    ]
    emit_table(columns, cells, empty="no slices")


def _slice_cell(scores: list[Row], name: str) -> str:
    found = next((item for item in scores if item["name"] == name), None)
    if found is None or found["mean"] is None:
        return "–"
    change = "" if found["diff"] is None else f" ({found['diff'] * 100:+.1f}, {found['verdict']})"
    return f"{humans.score(found['mean'])}{change}"


def _case_cells(case: Row) -> list[str]:
    before = cast("Row", case.get("baseline") or {})
    scores = cast("dict[str, Row]", case.get("scores") or {})
    return [
        previews.preview(case.get("input")),
        previews.error_line(case.get("error")) or previews.preview(case.get("output")),
        previews.error_line(before.get("error")) or previews.preview(before.get("output")),
        ", ".join(f"{name} {_score_change(found)}" for name, found in scores.items()),
        str(case.get("root_span_id") or ""),
    ]


def _score_change(found: Row) -> str:
    value = humans.score(found.get("value")) or "–"
    delta = found.get("delta")
    return f"{value} ({delta * 100:+.1f})" if delta else value


@experiments.command("delete")
@click.argument("name")
@project_option
@yes_option
@server_options
@json_option
def delete_experiment(server: Server, name: str, project: str, yes: bool, as_json: bool) -> None:
    """Delete an experiment with its cases."""
    _, experiment = _find(server, project, name)
    confirm_delete(f"experiment {experiment['name']!r}", yes=yes)
    gone = server.delete("experiment", experiment["id"])
    if as_json:
        emit_json(gone)
    else:
        note(f"deleted experiment {experiment['name']}")


@experiments.command("archive")
@click.argument("names", nargs=-1, required=True)
@project_option
@server_options
@json_option
def archive(server: Server, names: tuple[str, ...], project: str, as_json: bool) -> None:
    """Put experiments away: lists leave them out, and none becomes a baseline by itself."""
    _set_archived(server, names, project, archived=True, as_json=as_json)


@experiments.command("unarchive")
@click.argument("names", nargs=-1, required=True)
@project_option
@server_options
@json_option
def unarchive(server: Server, names: tuple[str, ...], project: str, as_json: bool) -> None:
    """Bring archived experiments back."""
    _set_archived(server, names, project, archived=False, as_json=as_json)


def _set_archived(
    server: Server, names: tuple[str, ...], project: str, *, archived: bool, as_json: bool
) -> None:
    """Nothing changes unless every name is known."""
    found = server.project(project)
    chosen = [server.object("experiment", name, found) for name in dict.fromkeys(names)]
    changed = [server.change("experiment", one["id"], {"archived": archived}) for one in chosen]
    if as_json:
        emit_json(changed)
        return
    for one in changed:
        note(f"{'archived' if archived else 'brought back'} experiment {one['name']}")


def _find(server: Server, project: str, name: str) -> tuple[Row, Row]:
    found = server.project(project)
    return found, server.object("experiment", name, found)


def _comparison(server: Server, experiment: Row, baseline: Row | None, judging: Mapping[str, Any]) -> Row:
    path = f"/v1/experiment/{experiment['id']}/compare"
    return cast("Row", server.get(path, to=baseline["id"] if baseline else None, **judging))


def _print_comparison(server: Server, project: Row, comparison: Row, judging: Mapping[str, Any]) -> None:
    """The table `assay eval` prints after a run, under a heading without the run's own time."""
    from assay.evals.report import render_summary
    from assay.evals.summary import EvalSummary, read_comparison

    experiment, baseline = comparison["experiment"], cast("Row | None", comparison.get("baseline"))
    query = comparison_query(baseline["name"] if baseline else None, judging)
    summary = EvalSummary(
        project_name=project["name"],
        experiment_url=server.page_url(project["name"], "experiments", experiment["name"]) + query,
    )
    read_comparison(summary, comparison)
    _, table = render_summary(summary, colour=use_colour()).split("\n", 1)
    click.echo(_heading(comparison))
    click.echo(table, nl=False)


def _heading(comparison: Row) -> str:
    """`v2 compared with v1: 40 cases, 38 in both, 2 errors`."""
    baseline = cast("Row | None", comparison.get("baseline"))
    cases, totals = cast("Row", comparison["cases"]), cast("Row", comparison.get("totals") or {})
    counts = [f"{cases['total']:,} cases"]
    if baseline:
        counts.append(f"{cases['matched']:,} in both")
    if totals.get("errors"):
        counts.append(f"{totals['errors']:,} errors")
    names = comparison["experiment"]["name"] + (f" compared with {baseline['name']}" if baseline else "")
    return f"{names}: {', '.join(counts)}"


def _cases(server: Server, experiment: Row, baseline: Row | None, query: Row, *, limit: int) -> Iterator[Row]:
    cursor: str | None = None
    left = limit
    query = {**query, "to": baseline["id"] if baseline else None}
    while left > 0:
        page = cast(
            "Row", server.get(f"/v1/experiment/{experiment['id']}/cases", limit=left, cursor=cursor, **query)
        )
        found = cast("list[Row]", page["cases"])[:left]
        yield from found
        left -= len(found)
        cursor = page.get("cursor")
        if not cursor or not found:
            return
