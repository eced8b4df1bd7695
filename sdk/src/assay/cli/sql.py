"""`assay sql`: queries over everything that was logged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from assay.cli.options import json_option, server_options
from assay.cli.output import compact, emit_table, json_text, note
from assay.cli.server import Page, Row, Server
from assay.cli.table import Column
from assay.core.errors import ApiError

MORE = "there are more rows: --all reads them, LIMIT in the query asks for a certain number"


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
@click.option("--all", "everything", is_flag=True, help="Follow the cursor to the last page.")
@server_options
@json_option
def sql(server: Server, query: str, fmt: str, output: Path | None, everything: bool, as_json: bool) -> None:
    """Query spans, experiments and datasets with SQL.

    QUERY may also be BTQL; `-` reads it from stdin. --json is short for --format json.
    """
    text = sys.stdin.read() if query == "-" else query
    if not text.strip():
        raise click.UsageError("the query is empty")
    fmt = "json" if as_json else fmt
    if fmt == "parquet" and everything:
        raise click.UsageError("a Parquet file holds one page: put a LIMIT in the query instead of --all")
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
        _print_table(server, text, everything=everything)
        return 0
    size = 0
    if fmt == "json":
        chunks = _json_document(server, text, everything=everything)
    else:
        chunks = _bodies(server, text, fmt, everything=everything)
    for chunk in chunks:
        size += out.write(chunk)
    out.flush()
    return size


def pages(server: Server, text: str, *, everything: bool) -> Iterator[Page]:
    """The pages of a query: the first, or all of them."""
    page = server.query(text)
    yield page
    while everything and page.cursor:
        page = server.query(text, cursor=page.cursor)
        yield page
    if page.cursor:
        note(MORE)


def _print_table(server: Server, text: str, *, everything: bool) -> None:
    rows: list[Row] = []
    names: list[str] = []
    for page in pages(server, text, everything=everything):
        rows += page.rows
        names = names or page.columns
    columns = [Column(name, right=_numeric(rows, name)) for name in names]
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    emit_table(columns, cells, empty="no rows")


def _cell(value: Any) -> str:
    """Numbers as they are, not rounded for reading: a query's answer is data."""
    return compact(value)


def _numeric(rows: list[Row], name: str) -> bool:
    values = [row.get(name) for row in rows if row.get(name) is not None]
    return bool(values) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )


def _json_document(server: Server, text: str, *, everything: bool) -> Iterator[bytes]:
    """One JSON array, written row by row, so that `--all` needs memory for one page only."""
    before = b"[\n"
    for page in pages(server, text, everything=everything):
        for row in page.rows:
            yield before + json_text(row).encode()
            before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _bodies(server: Server, text: str, fmt: str, *, everything: bool) -> Iterator[bytes]:
    """The server's own jsonl, csv or parquet, page after page; the heading of later CSV pages is left out."""
    cursor: str | None = None
    while True:
        response = server.raw_query(text, fmt=fmt, cursor=cursor)
        body = response.body
        if fmt == "csv" and cursor:
            body = body[_heading_end(body) :]
        yield body if fmt == "parquet" or body.endswith(b"\n") or not body else body + b"\n"
        following = response.headers.get("x-bt-cursor") or None
        if following == cursor and following:
            raise ApiError("the server repeated a cursor", status=response.status)
        if not following:
            return
        if not everything:
            note(MORE)
            return
        cursor = following


def _heading_end(body: bytes) -> int:
    """Where the first CSV record ends: the first line break outside quotes."""
    quoted = False
    for at, byte in enumerate(body):
        if byte == 0x22:
            quoted = not quoted
        elif byte == 0x0A and not quoted:
            return at + 1
    return len(body)
