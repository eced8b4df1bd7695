"""Rows on their way to the server.

A `Record` is one row of one object. Writers add encoded fields to it; the background thread takes what has
piled up and builds a wire row: complete the first time, an `_is_merge` patch afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from assay.client.encode import decode_json
from assay.core.merge import merge_field

if TYPE_CHECKING:
    from assay.client.targets import Target

Fields = dict[str, bytes | list[bytes]]
"""Column → its JSON text, or a list of them in the order they were logged; several are merged when the row is built.

Texts stand alone where they can: a dict of nothing but text and bytes is none of the garbage collector's business,
and thousands of rows wait at once.
"""

Masking = Callable[[Any], Any]
"""A user's function from a logged value to what may leave the process."""

MASKED_FIELDS = frozenset(
    {"input", "output", "expected", "error", "metadata", "scores", "metrics", "context"}
)

_encode = msgspec.json.Encoder().encode


NUMBER_FIELDS = frozenset({"scores", "metrics"})
"""Masked columns that hold numbers by name."""


class Record:
    """One row under way. The batcher owns `pending`, `pending_bytes`, `queued`, `begun`, `holes` (under its lock)."""

    __slots__ = ("begun", "holes", "pending", "pending_bytes", "queued", "target")

    def __init__(self, target: Target) -> None:
        self.target = target
        self.pending: Fields = {}
        self.pending_bytes = 0
        self.queued = False
        self.holes = 0  # places in the queue it has left for one further back
        self.begun = False  # part of it has been taken for sending: what follows is a merge

    def hold(self, fields: Mapping[str, bytes]) -> None:
        """Keep first fields until something is added to a record nobody else knows yet: one row in one step."""
        self.pending = dict(fields)
        self.pending_bytes = sum(map(len, fields.values()))

    def columns(self, *, first: bool) -> dict[str, Any]:
        """The columns the record itself knows: its id, and on the first write its identity."""
        raise NotImplementedError


class RowRecord(Record):
    """A row written at once: a dataset record, feedback, a merge patch."""

    __slots__ = ("_columns",)

    def __init__(self, target: Target, columns: Mapping[str, Any]) -> None:
        super().__init__(target)
        self._columns = columns

    def columns(self, *, first: bool) -> dict[str, Any]:
        """The columns given at construction, on every write."""
        return dict(self._columns)


@dataclass(slots=True)
class Row:
    """A finished row: the object it belongs to and its JSON, still without the routing columns."""

    target: Target
    body: bytes


def build_row(record: Record, fields: Fields, *, first: bool, masking: Masking | None) -> Row:
    """Assemble one wire row. Fields logged once are spliced in as they are; the others are merged."""
    row = record.columns(first=first)
    if not first:
        row["_is_merge"] = True
    for key, logged in fields.items():
        if masking is not None and key in MASKED_FIELDS:
            _mask_into(row, key, _merged(key, row.get(key), logged), masking)
        elif isinstance(logged, bytes) and key not in row:
            row[key] = msgspec.Raw(logged)
        else:
            row[key] = _merged(key, row.get(key), logged)
    return Row(record.target, _encode(row))


def with_routing(row: Row, routing: bytes) -> bytes:
    """Insert the routing columns (`"project_id":…,"log_id":"g"`, no braces) into a row's JSON object."""
    return b"{" + routing + b"," + row.body[1:] if len(row.body) > 2 else b"{" + routing + b"}"


def _merged(key: str, base: Any, logged: bytes | list[bytes]) -> Any:
    value = base
    for text in [logged] if isinstance(logged, bytes) else logged:
        value = merge_field(key, value, decode_json(text))
    return value


def _mask_into(row: dict[str, Any], key: str, value: Any, masking: Masking) -> None:
    """Set the masked value. A failing function must not leak the original: its place is taken by the error's
    type, or where only numbers fit, the column is left out and `error` says so.
    """
    try:
        masked = masking(value)
        _encode(masked)
    except Exception as error:
        note = f"masking failed for {key}: {type(error).__name__}"
        if key in NUMBER_FIELDS:
            row["error"] = f"{row['error']}; {note}" if isinstance(row.get("error"), str) else note
        else:
            row[key] = {"masking_error": note} if isinstance(value, dict) and key != "input" else note
    else:
        row[key] = masked
