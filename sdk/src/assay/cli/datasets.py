"""`assay datasets`: list, create, read, fill and delete datasets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import click

from assay.cli import humans, previews
from assay.cli.dataset_files import FORMATS, Mapping, read_records, to_events
from assay.cli.options import (
    confirm_delete,
    json_option,
    limit_option,
    project_option,
    server_options,
    yes_option,
)
from assay.cli.output import compact, emit_json, emit_table, note
from assay.cli.server import Row, Server
from assay.cli.table import Column

INSERT_ROWS = 500
INSERT_BYTES = 4_000_000
"""A batch ends at whichever comes first."""

FETCH_PAGE = 1000


@click.group()
def datasets() -> None:
    """List, fill and read datasets."""


@datasets.command("list")
@project_option
@limit_option(100)
@server_options
@json_option
def list_datasets(server: Server, project: str, limit: int, as_json: bool) -> None:
    """List the datasets of a project, newest first."""
    found = server.project(project)
    rows = list(server.objects("dataset", limit=limit, project_id=found["id"]))
    if as_json:
        emit_json(rows)
        return
    columns = [Column("name"), Column("id", fixed=True), Column("created", fixed=True), Column("description")]
    cells = [
        [row["name"], row["id"], humans.ago(row.get("created")), row.get("description") or ""] for row in rows
    ]
    emit_table(columns, cells, empty=f"no datasets yet: `assay datasets create NAME -p {found['name']}`")


@datasets.command("create")
@click.argument("name")
@project_option
@click.option("--description", help="What it is for.")
@server_options
@json_option
def create_dataset(server: Server, name: str, project: str, description: str | None, as_json: bool) -> None:
    """Create a dataset, or find the one that already has this name. Prints its id."""
    made = _create(server, server.project(project), name, description)
    if as_json:
        emit_json(made)
    else:
        click.echo(made["id"])


@datasets.command("view")
@click.argument("name")
@project_option
@server_options
@json_option
def view_dataset(server: Server, name: str, project: str, as_json: bool) -> None:
    """Show one dataset: how many rows, its version and its web page."""
    found, dataset = _find(server, project, name)
    summary = cast("Row", server.get(f"/v1/dataset/{dataset['id']}/summarize", summarize_data=True))
    newest = _fetch_page(server, dataset["id"], limit=1)["events"]
    facts = {
        "name": dataset["name"],
        "id": dataset["id"],
        "project": found["name"],
        "created": dataset.get("created"),
        "description": dataset.get("description"),
        "rows": cast("Row", summary.get("data_summary") or {}).get("total_records", 0),
        "version": newest[0].get("_xact_id") if newest else None,
        "url": server.page_url(found["name"], "datasets", dataset["name"]),
    }
    if as_json:
        emit_json(facts)
        return
    for title, value in {**facts, "created": humans.ago(dataset.get("created"))}.items():
        if value is not None:
            click.echo(f"{title:<13} {value}")


@datasets.command("rows")
@click.argument("name")
@project_option
@click.option("-n", "--limit", type=click.IntRange(min=1), help="At most this many; all of them by default.")
@click.option("--version", help="As of this version (an _xact_id): what a pinned run reads.")
@server_options
@json_option
def show_rows(
    server: Server, name: str, project: str, limit: int | None, version: str | None, as_json: bool
) -> None:
    """Print the rows of a dataset; with --json in full, ready for `assay datasets add`."""
    _, dataset = _find(server, project, name)
    rows = list(_rows(server, dataset["id"], limit=limit, version=version))
    if as_json:
        emit_json(rows)
        return
    columns = [Column("id"), Column("input"), Column("expected"), Column("metadata"), Column("tags")]
    cells = [
        [
            str(row["id"]),
            previews.preview(row.get("input")),
            previews.preview(row.get("expected")),
            compact(row.get("metadata")),
            ", ".join(row.get("tags") or []),
        ]
        for row in rows
    ]
    emit_table(columns, cells, empty=f"no rows yet: `assay datasets add {dataset['name']} FILE -p {project}`")


@datasets.command(
    "add",
    epilog="Columns input, expected, metadata, tags, id and origin are taken as they are; all others go into "
    "metadata. In CSV, a cell that holds a JSON object or array is read as such; commas separate tags.",
)
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@project_option
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS), help="Of the file; told from its name by default."
)
@click.option("--create", is_flag=True, help="Create the dataset when it does not exist.")
@click.option("--input", "input_column", help="Column that is the input.")
@click.option("--expected", "expected_column", help="Column that is the expected output.")
@click.option(
    "--id", "id_column", help="Column that is the row's id: adding the file again then updates the rows."
)
@server_options
@json_option
def add_rows(
    server: Server,
    name: str,
    file: Path,
    project: str,
    fmt: str | None,
    create: bool,
    input_column: str | None,
    expected_column: str | None,
    id_column: str | None,
    as_json: bool,
) -> None:
    """Add the rows of a JSON, JSONL or CSV file (`-` is stdin) to a dataset.

    The whole file is read and checked first: a row that makes no sense is named, and nothing is sent.
    """
    data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    mapping = Mapping(input=input_column, expected=expected_column, id=id_column)
    events = to_events(read_records(data, fmt=fmt, name=str(file)), mapping)
    found = server.project(project)
    dataset = _create(server, found, name, None) if create else server.object("dataset", name, found)
    sent = 0
    for batch in batches(events):
        server.post(f"/v1/dataset/{dataset['id']}/insert", {"events": batch})
        sent += len(batch)
        if sent < len(events):
            note(f"{sent:,} of {len(events):,} rows")
    if as_json:
        emit_json({"dataset_id": dataset["id"], "row_ids": [event["id"] for event in events]})
    else:
        note(f"added {sent:,} {'row' if sent == 1 else 'rows'} to dataset {dataset['name']}")


@datasets.command("delete")
@click.argument("name")
@project_option
@yes_option
@server_options
@json_option
def delete_dataset(server: Server, name: str, project: str, yes: bool, as_json: bool) -> None:
    """Delete a dataset with its rows."""
    _, dataset = _find(server, project, name)
    confirm_delete(f"dataset {dataset['name']!r}", yes=yes)
    gone = server.delete("dataset", dataset["id"])
    if as_json:
        emit_json(gone)
    else:
        note(f"deleted dataset {dataset['name']}")


def batches(events: list[Row]) -> Iterator[list[Row]]:
    """Events in groups small enough for one request each."""
    batch: list[Row] = []
    size = 0
    for event in events:
        weight = len(compact(event))
        if batch and (len(batch) >= INSERT_ROWS or size + weight > INSERT_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += weight
    if batch:
        yield batch


def _find(server: Server, project: str, name: str) -> tuple[Row, Row]:
    found = server.project(project)
    return found, server.object("dataset", name, found)


def _create(server: Server, project: Row, name: str, description: str | None) -> Row:
    body = {
        "project_id": project["id"],
        "name": name,
        **({"description": description} if description else {}),
    }
    return cast("Row", server.post("/v1/dataset", body))


def _rows(server: Server, dataset_id: str, *, limit: int | None, version: str | None) -> Iterator[Row]:
    cursor: str | None = None
    left = limit
    while left is None or left > 0:
        page = _fetch_page(
            server, dataset_id, limit=min(left or FETCH_PAGE, FETCH_PAGE), version=version, cursor=cursor
        )
        yield from page["events"]
        cursor = page.get("cursor")
        if not cursor or not page["events"]:
            return
        left = None if left is None else left - len(page["events"])


def _fetch_page(server: Server, dataset_id: str, **body: Any) -> Row:
    given = {key: value for key, value in body.items() if value is not None}
    return cast("Row", server.post(f"/v1/dataset/{dataset_id}/fetch", given))
