"""`assay logs`: traces of a project, one of them in full, and new ones as they arrive."""

from __future__ import annotations

import re
from typing import Any

import click

from assay.cli import humans, previews
from assay.cli.failures import CommandFailed
from assay.cli.options import json_option, limit_option, project_option, server_options
from assay.cli.output import emit_json, emit_jsonl, emit_table, note
from assay.cli.server import Row, Server, sql_string
from assay.cli.table import Column, printable

TAIL_CHARACTERS = 200
"""How much of a payload `tail` shows."""

UNITS = {"s": "SECOND", "m": "MINUTE", "h": "HOUR", "d": "DAY", "w": "WEEK"}


@click.group()
def logs() -> None:
    """Look at the traces of a project."""


@logs.command("list")
@project_option
@limit_option(20)
@click.option("--since", help="Only traces this young: 30m, 24h, 7d.")
@click.option(
    "--filter", "where", help='SQL condition, such as "error IS NOT NULL" or "scores.Variety < 0.5".'
)
@click.option("--search", help="Words in input, output, expected, metadata or error.")
@server_options
@json_option
def list_traces(
    server: Server,
    project: str,
    limit: int,
    since: str | None,
    where: str | None,
    search: str | None,
    as_json: bool,
) -> None:
    """List traces, newest first: one line each, with duration, tokens, cost and scores summed up."""
    found = server.project(project)
    conditions = [text for text in (since_condition(since), where and f"({where})") if text]
    if search:
        conditions.append(f"search({sql_string(search)})")
    rows = server.query(summary_query(found["id"], conditions, limit=limit)).rows
    if as_json:
        emit_json(rows)
        return
    emit_table(
        TRACE_COLUMNS, [trace_cells(row) for row in rows], empty=f"no traces match in project {found['name']}"
    )


TRACE_COLUMNS = (
    Column("when", fixed=True),
    Column("name"),
    Column("input"),
    Column("output"),
    Column("time", right=True, fixed=True),
    Column("tokens", right=True, fixed=True),
    Column("cost", right=True, fixed=True),
    Column("scores"),
    Column("root_span_id", fixed=True),
)


def trace_cells(row: Row) -> list[str]:
    """One trace as a table line; an error stands where the output would."""
    metrics = row.get("metrics")
    error = previews.error_line(row.get("error"))
    return [
        humans.ago(row.get("created")),
        previews.span_name(row),
        previews.preview(row.get("input")),
        f"error: {error}" if error else previews.preview(row.get("output")),
        humans.seconds(previews.duration(metrics)),
        humans.count(previews.tokens(metrics)),
        humans.dollars(previews.number(metrics, "estimated_cost")),
        previews.scores(row.get("scores")),
        str(row.get("root_span_id") or ""),
    ]


def summary_query(project_id: str, conditions: list[str], *, limit: int) -> str:
    """SQL for one row per trace, newest first."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    source = f"project_logs({sql_string(project_id)}, shape => 'summary')"
    return f"SELECT * FROM {source}{where} ORDER BY created DESC LIMIT {limit}"


def since_condition(since: str | None) -> str | None:
    """`24h` as an SQL condition. Raises UsageError for anything else."""
    if since is None:
        return None
    found = re.fullmatch(r"(\d+)([smhdw])", since)
    if not found:
        raise click.UsageError(f"--since {since!r}: give a number and a unit, such as 30m, 24h or 7d")
    return f"created >= NOW() - INTERVAL {found[1]} {UNITS[found[2]]}"


@logs.command("trace")
@click.argument("root_span_id")
@project_option
@click.option("--full", is_flag=True, help="Print input, output, metadata and error of every span.")
@server_options
@json_option
def show_trace(server: Server, root_span_id: str, project: str, full: bool, as_json: bool) -> None:
    """Show one trace as a tree, or with --json as a list of its spans, oldest first."""
    found = server.project(project)
    rows = trace_rows(server, found["id"], root_span_id)
    if not rows:
        raise CommandFailed(f"no trace {root_span_id!r} in the logs of project {found['name']!r}")
    if as_json:
        emit_json(rows)
        return
    from assay.cli.trace_tree import tree_lines

    for line in tree_lines(rows, full=full):
        click.echo(line)


def trace_rows(server: Server, project_id: str, root_span_id: str) -> list[Row]:
    """All spans of a trace, oldest first, read page by page."""
    text = (
        f"SELECT * FROM project_logs({sql_string(project_id)}) "
        f"WHERE root_span_id = {sql_string(root_span_id)} ORDER BY created LIMIT 1000"
    )
    page = server.query(text)
    rows = page.rows
    while page.cursor:
        page = server.query(text, cursor=page.cursor)
        rows += page.rows
    return rows


@logs.command("tail")
@project_option
@click.option("-n", "--count", type=click.IntRange(min=1), help="Stop after this many traces.")
@server_options
@json_option
def tail(server: Server, project: str, count: int | None, as_json: bool) -> None:
    """Print traces as they finish, until Ctrl-C. With --json, one JSON document a line."""
    from assay.cli.live import finished_traces

    found = server.project(project)
    note(f"waiting for traces in project {found['name']} (Ctrl-C stops)")
    for printed, row in enumerate(finished_traces(server, str(found["id"])), start=1):
        if as_json:
            emit_jsonl([row])
        else:
            click.echo(_tail_line(row))
        if printed == count:
            return


def _tail_line(row: Row) -> str:
    metrics: Any = row.get("metrics")
    error = previews.error_line(row.get("error"))
    answered = printable(f"error: {error}" if error else previews.preview(row.get("output")))[
        :TAIL_CHARACTERS
    ]
    shown = click.style(answered, fg="red") if error else answered
    facts = [
        humans.seconds(previews.duration(metrics)),
        humans.count(previews.tokens(metrics)) + " tok" if previews.tokens(metrics) else "",
        humans.dollars(previews.number(metrics, "estimated_cost")),
    ]
    head = (
        f"{previews.span_name(row)}  {'  '.join(fact for fact in facts if fact)}  {row.get('root_span_id')}"
    )
    asked = printable(previews.preview(row.get("input")))[:TAIL_CHARACTERS]
    return f"{click.style(printable(head), bold=True)}\n  {asked}\n  → {shown}"
