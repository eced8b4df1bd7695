"""One OpenTelemetry span as it arrives, whichever encoding it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assay_server.errors import AssayError

SPAN_ID_BYTES, TRACE_ID_BYTES = 8, 16

Status = Literal["unset", "ok", "error"]
STATUSES: tuple[Status, ...] = ("unset", "ok", "error")
KINDS = ("", "internal", "server", "client", "producer", "consumer")
"""Names of the span kinds by number; 0 is unspecified."""


class SpanRejected(AssayError):
    """One span of a request cannot be stored."""

    status, code = 400, "span_invalid"


@dataclass(frozen=True, slots=True)
class Source:
    """Where spans come from: the attributes of the process and the library that made them."""

    resource: Mapping[str, Any] = field(default_factory=dict)
    scope_name: str = ""
    scope_version: str = ""
    scope_attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened during a span; `time` in nanoseconds since the epoch."""

    name: str
    time: int
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A pointer to a span of any trace; ids in hex."""

    trace_id: str
    span_id: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OtelSpan:
    """A span; ids in lower-case hex, times in nanoseconds since the epoch with 0 for "not set"."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    start: int
    end: int
    source: Source = Source()
    kind: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    status: Status = "unset"
    status_message: str = ""
    trace_state: str = ""
    dropped: Mapping[str, int] = field(default_factory=dict)


def checked_ids(trace_id: bytes, span_id: bytes, parent_id: bytes) -> tuple[str, str, str | None]:
    """The ids in hex. Raises SpanRejected for a wrong length or an id of zeros; a parent of zeros is none."""
    for what, value, size in (("trace", trace_id, TRACE_ID_BYTES), ("span", span_id, SPAN_ID_BYTES)):
        if len(value) != size:
            raise SpanRejected(
                f"its {what} id has {len(value)} bytes instead of {size}", code="span_id_invalid"
            )
        if not any(value):
            raise SpanRejected(f"its {what} id is all zeros", code="span_id_invalid")
    if not any(parent_id):
        return trace_id.hex(), span_id.hex(), None
    if len(parent_id) != SPAN_ID_BYTES:
        raise SpanRejected(
            f"its parent span id has {len(parent_id)} bytes instead of {SPAN_ID_BYTES}",
            code="span_id_invalid",
        )
    return trace_id.hex(), span_id.hex(), parent_id.hex()
