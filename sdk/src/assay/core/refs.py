"""References to a span or an object that travel between processes.

Two notations, told apart by their look:

- the *slug* `Span.export()` returns: base64 of `[version, object type, n, n × (field, bytes), JSON?]`. Ids
  with a fixed binary form are packed, everything else rides in the trailing JSON. We write version 4 (hex
  span ids) and read 3 (UUID span ids) and 4; unknown JSON keys are ignored.
- the W3C `traceparent` header `00-<32 hex trace>-<16 hex span>-<2 hex flags>`, which names no object.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any, Literal, cast

from assay.core.errors import InvalidReference

ParentType = Literal["experiment", "project_logs", "playground_logs"]

_VERSION = 4
_TYPES: dict[int, ParentType] = {1: "experiment", 2: "project_logs", 3: "playground_logs"}
_TYPE_CODES = {name: code for code, name in _TYPES.items()}
_FIELDS = {1: "object_id", 2: "row_id", 3: "span_id", 4: "root_span_id"}
_HEX_BYTES = {"span_id": 8, "root_span_id": 16}
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRef:
    """Where a new span belongs: an object, and in it a parent span unless it is to be a root.

    `object_id` may be unknown yet; then `metadata_args` (`{"project_name": …}` and the like) says how to find
    it. `propagated_event` is merged into every row created below the parent.
    """

    object_type: ParentType
    object_id: str | None = None
    metadata_args: dict[str, Any] | None = None
    row_id: str | None = None
    span_id: str | None = None
    root_span_id: str | None = None
    propagated_event: dict[str, Any] | None = None


def encode_ref(ref: SpanRef) -> str:
    """The slug of a reference: base64 text, safe in HTTP headers."""
    packed: list[bytes] = []
    rest: dict[str, Any] = {}
    for code, name in _FIELDS.items():
        value = cast("str | None", getattr(ref, name))
        if value is None:
            continue
        raw = _pack(name, value)
        if raw is None:
            rest[name] = value
        else:
            packed.append(bytes([code]) + raw)
    if ref.metadata_args:
        rest["compute_object_metadata_args"] = ref.metadata_args
    if ref.propagated_event:
        rest["propagated_event"] = ref.propagated_event
    head = bytes([_VERSION, _TYPE_CODES[ref.object_type], len(packed)])
    tail = json.dumps(rest, separators=(",", ":")).encode() if rest else b""
    return base64.b64encode(head + b"".join(packed) + tail).decode()


def decode_ref(slug: str) -> SpanRef:
    """Read a slug of version 3 or 4.

    Raises InvalidReference when the text is no slug.
    """
    try:
        data = base64.b64decode(slug, validate=True)
        version, object_type, count = data[0], _TYPES[data[1]], data[2]
        if version not in (3, 4):
            raise InvalidReference(
                f"slug version {version} is not supported: export the span with a current SDK"
            )
        values: dict[str, Any] = {}
        at = 3
        for _ in range(count):
            name = _FIELDS[data[at]]
            size = _HEX_BYTES.get(name, 16) if version == 4 else 16
            values[name] = _unpack(
                data[at + 1 : at + 1 + size], size, as_hex=version == 4 and name in _HEX_BYTES
            )
            at += 1 + size
        if at < len(data):
            values.update(_read_tail(data[at:]))
        return SpanRef(object_type=object_type, **values)
    except InvalidReference:
        raise
    except (binascii.Error, IndexError, KeyError, ValueError, TypeError) as error:
        raise InvalidReference(
            f"{slug[:80]!r} is not an exported span: pass what span.export() returned"
        ) from error


def _pack(name: str, value: str) -> bytes | None:
    """The binary form of an id, or None when packing would not give the same text back."""
    try:
        if name in _HEX_BYTES:
            raw = bytes.fromhex(value)
            return raw if len(raw) == _HEX_BYTES[name] and raw.hex() == value else None
        known = uuid.UUID(value)
        return known.bytes if str(known) == value else None
    except ValueError:
        return None


def _unpack(raw: bytes, size: int, *, as_hex: bool) -> str:
    if len(raw) != size:
        raise ValueError("truncated")
    return raw.hex() if as_hex else str(uuid.UUID(bytes=raw))


def _read_tail(data: bytes) -> dict[str, Any]:
    tail = json.loads(data)
    if not isinstance(tail, dict):
        raise ValueError("the trailing part is not an object")
    found = cast("dict[str, Any]", tail)
    values: dict[str, Any] = {}
    for name in _FIELDS.values():
        if isinstance(found.get(name), str):
            values[name] = found[name]
    for key, name in (
        ("compute_object_metadata_args", "metadata_args"),
        ("propagated_event", "propagated_event"),
    ):
        if isinstance(found.get(key), dict):
            values[name] = found[key]
    return values


def format_traceparent(root_span_id: str, span_id: str) -> str | None:
    """The W3C header for a span, or None when its ids are not hex (rows written by older clients)."""
    header = f"00-{root_span_id}-{span_id}-01"
    return header if _TRACEPARENT.fullmatch(header) else None


def parse_traceparent(header: str) -> tuple[str, str] | None:
    """`(trace id, span id)` of a W3C header, or None when it is none (wrong form, all zero, version ff)."""
    found = _TRACEPARENT.fullmatch(header.strip().lower())
    if not found or found[1] == "ff" or not found[2].strip("0") or not found[3].strip("0"):
        return None
    return found[2], found[3]
