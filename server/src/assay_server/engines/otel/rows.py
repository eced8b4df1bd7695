"""An OpenTelemetry span as the write of one row."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import msgspec

from assay.core.merge import deep_merge
from assay_server.engines.authz import ObjectRef
from assay_server.engines.ingest.rows import LATEST, RowWrite
from assay_server.engines.otel.mapping import row_fields
from assay_server.engines.otel.span import OtelSpan, SpanRejected

_LATEST_NS = int(LATEST.timestamp()) * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a span goes: an object and, when given, the span that spans without a parent are put below."""

    target: ObjectRef
    span_id: str | None = None
    root_span_id: str | None = None
    propagated: dict[str, Any] = field(default_factory=dict)


def row_of(span: OtelSpan, place: Place) -> RowWrite:
    """The row of a span; its id is the span id, so that a span sent twice is one row.

    It is a merge write: a second delivery does not undo scores or comments given in the meantime. Raises
    SpanRejected for times no clock shows and for values nested too deeply.
    """
    for what, when in (("start", span.start), ("end", span.end)):
        if when >= _LATEST_NS:
            raise SpanRejected(f"its {what} time {when} ns is after 2200", code="span_time_invalid")
    started = span.start or span.end or time.time_ns()
    try:
        fields = {name: msgspec.json.encode(value) for name, value in _payload(span, place).items()}
    except RecursionError:
        raise SpanRejected("its attributes are nested too deeply") from None
    parent = span.parent_id or place.span_id
    return RowWrite(
        place.target.project_id,
        place.target.object_type,
        place.target.object_id,
        span.span_id,
        "merge",
        fields,
        created_us=started // 1000,
        span_id=span.span_id,
        root_span_id=place.root_span_id or span.trace_id,
        span_parents=[parent] if parent else None,
    )


def _payload(span: OtelSpan, place: Place) -> dict[str, Any]:
    return deep_merge(place.propagated, row_fields(span)) if place.propagated else row_fields(span)
