"""The write of one row, as it travels from a request through the log to the merge writer.

Payload fields stay the bytes the client sent: they are checked to be JSON and never turned into objects.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from assay.core.ids import new_row_id
from assay_server.engines.halves import MARK, has_mark, shield
from assay_server.errors import AssayError, BadRequest

JSON_FIELDS = ("input", "output", "expected", "error", "metadata", "scores", "metrics", "span_attributes", "context",
               "origin", "classifications", "facets", "tags", "comments")  # fmt: skip
"""Payload fields of a row, in storage order; all else that is not identity or control goes to `extra`."""

OBJECT_FIELDS = frozenset({"metadata", "scores", "metrics", "span_attributes", "origin", "facets"})
"""Payload fields that must hold an object (or null). Clients whose masking fails send a text as `context`."""

Mode = Literal["replace", "merge", "delete", "comment"]
ASSIGNMENTS = "~__bt_assignments"
"""Where in the metadata of a row clients keep the ids of the users it is assigned to."""

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPED = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


class RowWrite(msgspec.Struct, array_like=True, gc=False):
    """One normalised write. `fields` maps payload field names to JSON text; a field set to null holds b"null"."""

    project_id: str
    object_type: str
    object_id: str
    id: str
    mode: Mode
    fields: dict[str, bytes]
    created_us: int | None = None
    span_id: str | None = None
    root_span_id: str | None = None
    span_parents: list[str] | None = None
    parent_row_id: str | None = None
    merge_paths: list[list[str]] | None = None
    array_delete: bytes | None = None
    audit: bytes | None = None
    """By what means the row was changed and why, a JSON object; None when the writer did not say."""
    author: str = ""
    """Who wrote it (`Actor.author`)."""


class ArrayDelete(msgspec.Struct):
    """One entry of `_array_delete`: take the members that equal one of `delete` out of the list at `path`."""

    path: Annotated[list[str], msgspec.Meta(min_length=1)]
    delete: list[Any]


class WireRow(msgspec.Struct, gc=False):
    """A row as clients send it; fields of other names are kept as they are. Payloads are left undecoded."""

    id: str | None = None
    project_id: str | None = None
    experiment_id: str | None = None
    dataset_id: str | None = None
    prompt_session_id: str | None = None
    log_id: str | None = None
    created: str | None = None
    span_id: str | None = None
    root_span_id: str | None = None
    span_parents: list[str] | None = None
    is_merge: bool | None = msgspec.field(default=None, name="_is_merge")
    merge_paths: list[list[str]] | None = msgspec.field(default=None, name="_merge_paths")
    object_delete: bool | None = msgspec.field(default=None, name="_object_delete")
    parent_id: str | None = msgspec.field(default=None, name="_parent_id")
    array_delete: Raw | UnsetType = msgspec.field(default=UNSET, name="_array_delete")
    comment: Raw | UnsetType = UNSET
    audit_source: Raw | UnsetType = msgspec.field(default=UNSET, name="_audit_source")
    audit_metadata: Raw | UnsetType = msgspec.field(default=UNSET, name="_audit_metadata")
    input: Raw | UnsetType = UNSET
    output: Raw | UnsetType = UNSET
    expected: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET
    metadata: Raw | UnsetType = UNSET
    scores: Raw | UnsetType = UNSET
    metrics: Raw | UnsetType = UNSET
    span_attributes: Raw | UnsetType = UNSET
    context: Raw | UnsetType = UNSET
    origin: Raw | UnsetType = UNSET
    classifications: Raw | UnsetType = UNSET
    facets: Raw | UnsetType = UNSET
    tags: Raw | UnsetType = UNSET


class RowRejected(AssayError):
    """One row of a batch cannot be stored; `details` hold its position as `row`."""

    status, code = 400, "row_invalid"


decode_array_delete = msgspec.json.Decoder(list[ArrayDelete] | None).decode
"""The entries of a row's `_array_delete`. Raises MsgspecError."""

_decode_row = msgspec.json.Decoder(WireRow).decode
_decode_scores = msgspec.json.Decoder(dict[str, float | None]).decode
_decode_tags = msgspec.json.Decoder(list[str] | None).decode
_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_notes = msgspec.json.Decoder(list[dict[str, Raw]] | None).decode


def decode_row(raw: bytes | Raw, at: int) -> WireRow:
    """Decode one row of a batch; `at` is its position, named in the error. Raises RowRejected."""
    data = bytes(raw)
    try:
        if has_mark(data):
            return _decode_shielded(data, at)
        try:
            return _decode_row(data)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            return _decode_shielded(data, at)
    except RecursionError:
        raise RowRejected(
            f"row {at} is nested deeper than 1,000 levels; flatten it or send it as text", row=at
        ) from None
    except msgspec.ValidationError as error:
        raise RowRejected(f"row {at}: {error}", row=at) from None
    except msgspec.DecodeError as error:
        raise RowRejected(f"row {at} is not JSON: {error}", row=at) from None


def _decode_shielded(data: bytes, at: int) -> WireRow:
    """Decode a row with halves of surrogate pairs: payloads keep them, what is found by its text cannot hold them."""
    wire = _decode_row(shield(data))
    if any(MARK in one for one in _identity(wire)):
        raise RowRejected(f"row {at}: an id holds half of a surrogate pair; send valid Unicode", row=at)
    for name in ("tags", "scores", "metrics"):
        raw: Raw | UnsetType = getattr(wire, name)
        if raw is not UNSET and MARK.encode() in bytes(raw):
            message = f"row {at}: {name} holds half of a surrogate pair; send valid Unicode"
            raise RowRejected(message, row=at, field=name)
    return wire


def _identity(wire: WireRow) -> list[str]:
    ids = (wire.id, wire.span_id, wire.root_span_id, wire.parent_id, *(wire.span_parents or ()))
    return [one for one in ids if one]


def normalise(wire: WireRow, at: int, *, now_us: int) -> RowWrite:
    """Check one decoded row and give it its ids; object ids are filled in by the caller. Raises RowRejected."""
    if wire.comment is not UNSET and not wire.is_merge:
        return _comment(wire, at, now_us)
    mode: Mode = "delete" if wire.object_delete else "merge" if wire.is_merge else "replace"
    for one in _identity(wire):
        if "\0" in one or len(one) > 1024:
            raise RowRejected(f"row {at}: id must be at most 1,024 characters without NUL", row=at)
    created = _created_us(wire.created, at)
    return RowWrite(
        "", "", "", wire.id or new_row_id(), mode, _fields(wire, at),
        created_us=now_us if created is None else created,
        span_id=wire.span_id, root_span_id=wire.root_span_id, span_parents=wire.span_parents,
        parent_row_id=wire.parent_id, merge_paths=wire.merge_paths,
        array_delete=_array_delete(wire.array_delete, at), audit=_audit(wire),
    )  # fmt: skip


def _audit(wire: WireRow) -> bytes | None:
    said = {"source": wire.audit_source, "metadata": wire.audit_metadata}
    given = {name: value for name, value in said.items() if value is not UNSET and bytes(value) != b"null"}
    return msgspec.json.encode(given) if given else None


def _array_delete(raw: Raw | UnsetType, at: int) -> bytes | None:
    if raw is UNSET:
        return None
    try:
        return bytes(raw) if decode_array_delete(raw) else None
    except msgspec.MsgspecError as error:
        raise RowRejected(
            f'row {at}: _array_delete must be a list of {{"path": [key, …], "delete": [member, …]}} ({error})',
            row=at,
            field="_array_delete",
        ) from None


def extra_fields(raw: bytes | Raw, *, replaces: bool) -> bytes | None:
    """Unknown top-level fields of a row as one JSON object, None when there are none.

    A row that replaces what is there may bring the notes on its changes along: rows read and written again, here or
    on another server, keep who judged them.
    """
    data = bytes(raw)
    try:
        members = _decode_object(shield(data) if has_mark(data) else data)
    except msgspec.DecodeError:
        members = _decode_object(shield(data))
    extra = {key: value for key, value in members.items() if key not in _KNOWN_KEYS}
    if replaces and (notes := members.get("audit_data")) is not None and _are_notes(notes):
        extra["audit_data"] = notes
    return msgspec.json.encode(extra) if extra else None


def _are_notes(raw: Raw) -> bool:
    try:
        return bool(_decode_notes(raw))
    except msgspec.MsgspecError:
        return False


def _fields(wire: WireRow, at: int) -> dict[str, bytes]:
    fields: dict[str, bytes] = {}
    for name in JSON_FIELDS[:-1]:
        raw: Raw | UnsetType = getattr(wire, name)
        if raw is not UNSET:
            fields[name] = _checked(name, bytes(raw), at)
    return fields


def _checked(name: str, text: bytes, at: int) -> bytes:
    if b"\\u" in text:
        text = unescape(text)
    if text == b"null":
        return text
    if name in OBJECT_FIELDS and not text.startswith(b"{"):
        raise RowRejected(f"row {at}: {name} must be an object, not {_kind(text)}", row=at, field=name)
    try:
        if name == "scores":
            _decode_scores(text)
        elif name == "tags":
            _decode_tags(text)
    except msgspec.MsgspecError as error:
        wanted = "an object of numbers or nulls" if name == "scores" else "a list of strings"
        raise RowRejected(f"row {at}: {name} must be {wanted} ({error})", row=at, field=name) from None
    return text


def _kind(text: bytes) -> str:
    first = text[:1]
    return {b"[": "a list", b'"': "a string", b"t": "a boolean", b"f": "a boolean"}.get(first, "a number")


def _comment(wire: WireRow, at: int, now_us: int) -> RowWrite:
    """A comment is an entry on its target row (`origin.id`), not a row of its own."""
    try:
        target = (
            msgspec.json.decode(wire.origin, type=dict[str, Any])["id"] if wire.origin is not UNSET else None
        )
    except (msgspec.MsgspecError, KeyError, TypeError):
        target = None
    if not isinstance(target, str):
        raise RowRejected(f"row {at}: a comment needs origin.id, the id of the row it is about", row=at)
    entry: dict[str, Any] = {"id": wire.id or new_row_id(), "comment": wire.comment,
                             "created": wire.created or format_created(now_us)}  # fmt: skip
    if audit := _audit(wire):
        entry |= _decode_object(audit)
    return RowWrite("", "", "", target, "comment", {"comments": msgspec.json.encode([entry])})


def _created_us(text: str | None, at: int) -> int | None:
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowRejected(
            f"row {at}: created {text[:40]!r} is not an ISO 8601 time", row=at, field="created"
        ) from None
    if not EARLIEST <= when < LATEST:
        raise RowRejected(f"row {at}: created {text[:40]!r} is outside 1900–2200", row=at, field="created")
    delta = when - _EPOCH
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def format_created(us: int) -> str:
    """Microseconds since the epoch as ISO 8601 with Z."""
    seconds, micros = divmod(us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{micros:06d}Z"


def unescape(text: bytes) -> bytes:
    """Turn `\\uXXXX` escapes of printable characters into the characters, so that full-text search finds them.

    Everything else (number spelling, key order, duplicate keys, escapes JSON needs) stays byte for byte.
    """
    return _ESCAPED.sub(_unescape_one, text)


def _unescape_one(match: re.Match[bytes]) -> bytes:
    digits = match.group(1)
    if digits is None:
        return match.group()
    code = int(digits, 16)
    if code < 0x80 or 0xD800 <= code <= 0xDFFF:
        return match.group()
    return chr(code).encode()


_KNOWN_KEYS = frozenset(field.encode_name for field in msgspec.structs.fields(WireRow)) | {
    "_skip_async_scoring", "_async_scoring_control", "_xact_id", "_pagination_key", "is_root", "org_id", "comments",
    "audit_data",
}  # fmt: skip


def reject_body(error: Exception) -> BadRequest:
    """The error for a body that is not one JSON document at all."""
    return BadRequest(f"the body is not JSON: {error}", code="json_invalid")
