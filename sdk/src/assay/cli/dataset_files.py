"""Dataset rows out of JSON, JSONL and CSV files."""

from __future__ import annotations

import csv
import io
import json
import uuid
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, cast

from assay.cli.failures import CommandFailed

FORMATS = ("json", "jsonl", "csv")
SUFFIXES = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
FIELDS = ("id", "input", "expected", "metadata", "tags", "origin")
READ_ONLY = frozenset(
    {
        "_pagination_key",
        "_xact_id",
        "audit_data",
        "classifications",
        "comments",
        "context",
        "created",
        "dataset_id",
        "facets",
        "error",
        "is_root",
        "log_id",
        "metrics",
        "org_id",
        "output",
        "project_id",
        "root_span_id",
        "scores",
        "span_attributes",
        "span_id",
        "span_parents",
    }
)
"""What `assay datasets rows --json` prints beside the fields: the server's own, dropped when added again."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Which column of the file becomes which field; None means the column named like the field."""

    input: str | None = None
    expected: str | None = None
    id: str | None = None


def read_records(data: bytes, *, fmt: str | None, name: str) -> list[Record]:
    """The objects of a file, numbered from 1 in messages.

    The format comes from `fmt`, else from the ending of `name`. Raises CommandFailed when it cannot be told,
    or when a line cannot be read.
    """
    kind = fmt or SUFFIXES.get(PurePath(name).suffix.lower())
    if kind is None:
        raise CommandFailed(f"cannot tell the format of {name!r}: give --format {'|'.join(FORMATS)}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandFailed(f"{name} is not UTF-8 text (byte {error.start}): convert it first") from error
    match kind:
        case "json":
            return _from_json(text, name)
        case "jsonl":
            return _from_jsonl(text, name)
        case _:
            return _from_csv(text, name)


def to_events(records: list[Record], mapping: Mapping) -> list[Record]:
    """The rows as `POST /v1/dataset/{id}/insert` takes them; rows without an id get one, so that a repeated
    request adds nothing twice.

    Raises CommandFailed naming the first row that has no input, or a field of the wrong type.
    """
    return [_event(record, mapping, number) for number, record in enumerate(records, start=1)]


def _from_json(text: str, name: str) -> list[Record]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CommandFailed(f"{name} is not JSON: {error}") from error
    if isinstance(found, dict):
        inner = cast("Record", found)
        found = next((inner[key] for key in ("rows", "events") if isinstance(inner.get(key), list)), [inner])
    if not isinstance(found, list):
        raise CommandFailed(f"{name} must hold an array of objects")
    return [
        _object(item, f"{name}, item {number}")
        for number, item in enumerate(cast("list[Any]", found), start=1)
    ]


def _from_jsonl(text: str, name: str) -> list[Record]:
    records: list[Record] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise CommandFailed(f"{name}, line {number} is not JSON: {error}") from error
        records.append(_object(found, f"{name}, line {number}"))
    return records


def _from_csv(text: str, name: str) -> list[Record]:
    csv.field_size_limit(100_000_000)  # the default of 128 KB is less than one long document
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise CommandFailed(f"{name} is not CSV: {error}") from error
    rows = [row for row in rows if row]
    if not rows:
        return []
    heading, *body = rows
    doubled = {column for column in heading if heading.count(column) > 1}
    if doubled:
        raise CommandFailed(f"{name} has several columns called {', '.join(sorted(doubled))}")
    for number, row in enumerate(body, start=1):
        if len(row) != len(heading):
            raise CommandFailed(
                f"{name}, row {number} has {len(row)} cells where the heading has {len(heading)}"
            )
    return [
        {column: _cell(column, value) for column, value in zip(heading, row, strict=True)} for row in body
    ]


def _cell(column: str, value: str) -> Any:
    """JSON objects and arrays are read, an empty cell is null; the rest stays text: "007" is not 7."""
    if value == "":
        return None
    if value[0] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            pass
    if column == "tags":
        return [tag.strip() for tag in value.split(",") if tag.strip()]
    return value


def _object(item: Any, where: str) -> Record:
    if not isinstance(item, dict):
        raise CommandFailed(f"{where} is {type(item).__name__}, not an object with `input` and the like")
    return cast("Record", item)


def _event(record: Record, mapping: Mapping, number: int) -> Record:
    source = {"input": mapping.input, "expected": mapping.expected, "id": mapping.id}
    event: Record = {}
    taken: set[str] = set()
    for field in FIELDS:
        column = source.get(field) or field
        if source.get(field) and column not in record:
            raise CommandFailed(
                f"row {number} has no column {column!r}: it has {', '.join(record) or 'none'}"
            )
        if column in record:
            event[field] = record[column]
            taken.add(column)
    _check(event, number)
    dropped = READ_ONLY if "_xact_id" in record else frozenset[str]()  # only rows of a server have a version
    rest = {key: value for key, value in record.items() if key not in taken and key not in dropped}
    if rest:
        event["metadata"] = {**rest, **(event.get("metadata") or {})}
    event["id"] = str(event["id"]) if event.get("id") not in (None, "") else str(uuid.uuid4())
    return {key: value for key, value in event.items() if value is not None}


def _check(event: Record, number: int) -> None:
    if event.get("input") is None:
        raise CommandFailed(f"row {number} has no input: name its column with --input")
    if not isinstance(event.get("metadata"), dict | None):
        raise CommandFailed(
            f"row {number}: metadata must be an object, not {type(event['metadata']).__name__}"
        )
    tags = event.get("tags")
    if tags is not None and not (
        isinstance(tags, list) and all(isinstance(tag, str) for tag in cast("list[Any]", tags))
    ):
        raise CommandFailed(f"row {number}: tags must be a list of texts")
