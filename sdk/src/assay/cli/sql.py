"""`assay sql`: queries over everything that was logged."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, cast

import click

from assay.cli.options import json_option, server_options
from assay.cli.output import compact, emit_table, json_text, note
from assay.cli.server import Row, Server
from assay.cli.streaming import lines, stream
from assay.cli.table import Column

MORE = "this is the first page: --all reads every row, a LIMIT in the query as many as you want"


@click.command(
    epilog="Tables are functions: project_logs('name'), experiment('name'), dataset('name'). "
    "Example: assay sql \"SELECT metadata.model, count(*) FROM project_logs('playlist') GROUP BY 1\""
)
@click.argument("query")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["table", "json", "jsonl", "csv", "parquet"]),
    default="table",
    show_default=True,
    help="How rows are printed.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@click.option("--all", "everything", is_flag=True, help="Every row, not the first page only.")
@server_options
@json_option
def sql(server: Server, query: str, fmt: str, output: Path | None, everything: bool, as_json: bool) -> None:
    """Query spans, experiments and datasets with SQL.

    QUERY may also be BTQL; `-` reads it from stdin. --json is short for --format json. A table and JSON hold the
    first page unless the query has a LIMIT or --all is given; the other formats hold every row.
    """
    text = sys.stdin.read() if query == "-" else query
    if not text.strip():
        raise click.UsageError("the query is empty")
    fmt = "json" if as_json else fmt
    if fmt == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for a terminal: give -o FILE")
    if fmt == "table" and output is not None:
        raise click.UsageError(
            "a table is for the terminal: give --format json, jsonl, csv or parquet with -o"
        )
    if output is None:
        _run(server, text, fmt, sys.stdout.buffer if fmt != "table" else None, everything=everything)
        return
    with output.open("wb") as file:
        size = _run(server, text, fmt, file, everything=everything)
    note(f"wrote {output} ({size:,} bytes)")


def _run(server: Server, text: str, fmt: str, out: IO[bytes] | None, *, everything: bool) -> int:
    """Print or write the rows; the number of bytes written."""
    if out is None:
        _print_table(*_answer(server, text, everything=everything))
        return 0
    size = 0
    chunks = (
        _json_document(server, text, everything=everything) if fmt == "json" else _export(server, text, fmt)
    )
    for chunk in chunks:
        size += out.write(chunk)
    out.flush()
    return size


def _answer(server: Server, text: str, *, everything: bool) -> tuple[list[str], Iterable[Row]]:
    """Column names and rows: of the first page, or of the whole answer."""
    if not everything:
        page = server.query(text)
        if page.cursor and not re.search(r"\blimit\b", text, re.IGNORECASE):
            note(MORE)
        return page.columns, page.rows
    rows = (cast("Row", json.loads(line)) for line in lines(_export(server, text, "jsonl")))
    first = next(rows, None)
    return list(first or {}), chain([first] if first else [], rows)


def _export(server: Server, text: str, fmt: str) -> Iterator[bytes]:
    """Every row the query asks for, as the server writes them."""
    body = {"query": text, "fmt": fmt}
    return stream(server, "POST", "/btql", accept="*/*", body=body)


def _print_table(names: list[str], found: Iterable[Row]) -> None:
    rows = list(found)
    columns = [Column(name, right=_numeric(rows, name)) for name in names]
    # Numbers stay as they are, not rounded for reading: a query's answer is data.
    emit_table(columns, [[compact(row.get(name)) for name in names] for row in rows], empty="no rows")


def _numeric(rows: list[Row], name: str) -> bool:
    values = [row.get(name) for row in rows if row.get(name) is not None]
    return bool(values) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )


def _json_document(server: Server, text: str, *, everything: bool) -> Iterator[bytes]:
    """One JSON array, written row by row, so that `--all` needs memory for one row only."""
    before = b"[\n"
    for row in _answer(server, text, everything=everything)[1]:
        yield before + json_text(row).encode()
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"
