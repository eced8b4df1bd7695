"""From the bytes of a request to checked, authorised row writes. One bad row never costs the others."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw

from assay_server.engines.authz import ObjectRef
from assay_server.engines.ingest.rows import (
    RowRejected,
    RowWrite,
    WireRow,
    decode_row,
    extra_fields,
    normalise,
    reject_body,
)
from assay_server.errors import AssayError, BadRequest

Resolve = Callable[[str, str], ObjectRef]
"""(kind, reference) → the object, after a permission check. Raises an AssayError."""

_MAX_ROWS = 100_000
MAX_OBJECTS = 1_000  # each costs a look-up while every other request waits
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],]', re.DOTALL)


class LogsBody(msgspec.Struct):
    """Body of POST /logs3."""

    rows: list[Raw]
    api_version: int | None = None


class EventsBody(msgspec.Struct):
    """Body of POST /v1/<type>/{id}/insert."""

    events: list[Raw]


@dataclass(slots=True)
class Batch:
    """What came of one request: rows to write, their ids in request order, and an error for each row that is not."""

    rows: list[RowWrite] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    errors: list[RowRejected] = field(default_factory=list)


def split_rows(body: bytes, key: str) -> Sequence[Raw | bytes]:
    """The undecoded rows of a body `{"<key>": [row, …]}`. Raises BadRequest when the body is not that."""
    try:
        body.decode()  # undecoded payloads are not checked for this by the parser
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8 at byte {error.start}", code="json_invalid") from None
    try:
        if key == "rows":
            return msgspec.json.decode(body, type=LogsBody).rows
        return msgspec.json.decode(body, type=EventsBody).events
    except msgspec.ValidationError as error:
        raise BadRequest(
            f"the body must be an object with a list {key!r}: {error}", code="rows_invalid"
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        found = _scan_rows(
            body, key
        )  # too deep or with an unpaired surrogate somewhere: find the rows one by one
        if found is None:
            raise reject_body(error) from None
        return found


def _scan_rows(body: bytes, key: str) -> list[bytes] | None:
    """Cut the list under a top-level `key` into its members by counting brackets; None when it does not close."""
    depth, start, rows, armed = 0, -1, [], False
    for match in _TOKEN.finditer(body):
        token = match.group()
        if token[:1] == b'"':
            armed = armed or (depth == 1 and token[1:-1] == key.encode())
        elif token in (b"{", b"["):
            depth += 1
            if armed and depth == 2:
                start = match.end()
        elif token in (b"}", b"]"):
            depth -= 1
            if armed and depth == 1:
                last = body[start : match.start()]
                return [*rows, last] if last.strip() else rows
        elif armed and depth == 2:
            rows.append(body[start : match.start()])
            start = match.end()
    return None


def read_batch(raws: Sequence[Raw | bytes], target: Callable[[WireRow, int], ObjectRef]) -> Batch:
    """Decode, check and address each row; `target` finds the object of a row or raises."""
    if len(raws) > _MAX_ROWS:
        raise BadRequest(
            f"{len(raws):,} rows in one request; send at most {_MAX_ROWS:,}", code="rows_too_many"
        )
    batch = Batch()
    now_us = time.time_ns() // 1000
    for at, raw in enumerate(raws):
        try:
            row = _read_row(raw, at, target, now_us)
        except RowRejected as error:
            batch.errors.append(error)
            batch.ids.append(None)
        else:
            batch.rows.append(row)
            batch.ids.append(row.id)
    return batch


def _read_row(
    raw: Raw | bytes, at: int, target: Callable[[WireRow, int], ObjectRef], now_us: int
) -> RowWrite:
    wire = decode_row(raw, at)
    try:
        ref = target(wire, at)
    except RowRejected:
        raise
    except AssayError as error:
        raise RowRejected(
            f"row {at}: {error.message}", code=error.code, row=at, http_status=error.status
        ) from None
    row = normalise(wire, at, now_us=now_us)
    row.project_id, row.object_type, row.object_id = ref.project_id, ref.object_type, ref.object_id
    if extra := extra_fields(raw, replaces=row.mode == "replace"):
        row.fields["extra"] = extra
    return row


def by_fields(resolve: Resolve) -> Callable[[WireRow, int], ObjectRef]:
    """Address a row by its own fields (wire contract §2.2, first match wins)."""
    known: dict[tuple[str, str], ObjectRef | AssayError] = {}

    def target(wire: WireRow, at: int) -> ObjectRef:
        address = _address(wire, at)
        if address not in known:
            if len(known) >= MAX_OBJECTS:
                raise RowRejected(
                    f"row {at}: one request writes to at most {MAX_OBJECTS:,} objects; send more requests",
                    row=at,
                    code="objects_too_many",
                )
            known[address] = _found(resolve, address)
        found = known[address]
        if isinstance(found, AssayError):
            raise found
        return found

    return target


def _found(resolve: Resolve, address: tuple[str, str]) -> ObjectRef | AssayError:
    """The object or why it cannot be written to, either of which holds for every row that names it."""
    try:
        return resolve(*address)
    except AssayError as error:
        return error


def _address(wire: WireRow, at: int) -> tuple[str, str]:
    if wire.experiment_id:
        return "experiment", wire.experiment_id
    if wire.dataset_id:
        return "dataset", wire.dataset_id
    if wire.prompt_session_id:
        return "playground_logs", wire.prompt_session_id
    if wire.project_id and wire.log_id in ("g", None):
        return "project_logs", wire.project_id
    if wire.project_id:
        raise RowRejected(f"row {at}: log_id {wire.log_id!r} is not served; project logs use 'g'", row=at)
    raise RowRejected(
        f"row {at} names no object: set experiment_id, dataset_id, or project_id with log_id 'g'",
        row=at,
        code="row_unaddressed",
    )
