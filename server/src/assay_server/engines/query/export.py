"""Exports without a row cap: the store's JSON lines, one at a time, as JSON lines or CSV of the columns asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Iterator
from typing import Any

import msgspec

from assay_server.engines.halves import unicode_only
from assay_server.engines.query.compile import Plan
from assay_server.engines.query.rows import json_value, read_rows

_CHUNK = 64 * 1024
Chunks = Generator[bytes, None, None]
"""Output in pieces; closing it stops the query."""


def json_lines(plan: Plan, chunks: Iterable[bytes]) -> Chunks:
    """One JSON object a line."""
    encode = msgspec.json.encode
    return batched(
        encode(row) + b"\n" for row in read_rows(plan.columns, _rows(chunks), raw=True, splice=plan.star)
    )


def csv_lines(plan: Plan, chunks: Iterable[bytes]) -> Chunks:
    """A header and one record a row; objects and lists as JSON text, missing values empty."""
    names = [column.name for column in plan.columns]
    rows = read_rows(plan.columns, _rows(chunks), raw=True, splice=False)

    def records() -> Iterator[bytes]:
        yield _record(names)
        for row in rows:
            yield _record([_cell(row[name]) for name in names])

    return batched(records())


def _rows(chunks: Iterable[bytes]) -> Iterator[list[Any]]:
    for line in _lines(chunks):
        yield list(msgspec.json.decode(line).values())


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from filter(None, whole)
    if rest:
        yield rest


def _cell(value: Any) -> Any:
    if isinstance(value, msgspec.Raw):
        text = bytes(value).decode()
        return json_value(text) if text.startswith('"') else text
    return msgspec.json.encode(value).decode() if isinstance(value, (list, dict, bool)) else value


def _record(cells: list[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return unicode_only(buffer.getvalue()).encode()


def batched(pieces: Iterable[bytes]) -> Chunks:
    """Join pieces into chunks of about 64 KiB."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
