"""Store rows → the rows callers see: parsed JSON, nulls for what is missing, the fields of `extra` in their places."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from assay_server.engines.halves import readable, unshield
from assay_server.engines.query.types import Kind, ResultColumn

Row = dict[str, Any]


def parsed_json(text: str | None) -> Any:
    """The value of stored JSON text; halves of surrogate pairs, which no text can hold here, are U+FFFD."""
    return json_value(readable(text)) if text else None


def raw_json(text: str | None) -> Any:
    """Stored JSON text, to be written out as it was sent."""
    return msgspec.Raw(unshield(text).encode("utf-8", "replace")) if text else None


def _text(value: Any) -> Any:
    return readable(value) if isinstance(value, str) else value


def json_value(text: str) -> Any:
    """What JSON text means, numbers past a double and halves of pairs too; what is no JSON at all stays text."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        pass
    try:
        return json.loads(text)
    except ValueError:
        return text


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _non_empty(value: Any) -> Any:
    return list(value) if value else None


def _yes_or_no(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _reader(kind: Kind, *, raw: bool) -> Callable[[Any], Any] | None:
    """What makes a value of the store one of ours; None where they are the same."""
    match kind:
        case Kind.JSON:
            return raw_json if raw else parsed_json
        case Kind.TEXT:
            return _text
        case Kind.NUMBER:
            return _finite
        case Kind.LIST:
            return _non_empty
        case Kind.BOOL:
            return _yes_or_no
    return None


def read_rows(
    columns: Sequence[ResultColumn], rows: Iterable[Sequence[Any]], *, raw: bool, splice: bool
) -> Iterator[Row]:
    """One dict a row. With `splice`, the members of the column `extra` become columns where none has their name."""
    names = [column.name for column in columns]
    spliced = "extra" if splice else None
    readers = [
        (column.name, read)
        for column in columns
        if column.name != spliced and (read := _reader(column.kind, raw=raw)) is not None
    ]
    for values in rows:
        row = dict(zip(names, values, strict=False))
        for name, read in readers:
            row[name] = read(row[name])
        if splice and "extra" in row:
            _splice(row, raw=raw)
        yield row


def _splice(row: Row, *, raw: bool) -> None:
    extra = row.pop("extra")
    if not extra:
        return
    read = raw_json if raw else parsed_json
    for name, value in msgspec.json.decode(extra, type=dict[str, msgspec.Raw]).items():
        row.setdefault(readable(name), read(bytes(value).decode()))
