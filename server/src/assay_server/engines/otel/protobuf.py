"""Reads `ExportTraceServiceRequest` in binary form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from assay_server.engines.otel.span import (
    KINDS,
    STATUSES,
    Event,
    Link,
    OtelSpan,
    Source,
    SpanRejected,
    checked_ids,
)
from assay_server.engines.otel.values import binary, finite
from assay_server.errors import BadRequest


def read_protobuf(body: bytes) -> Iterator[OtelSpan | SpanRejected]:
    """Every span of a request in order, or why it cannot be read. Raises BadRequest `protobuf_invalid`."""
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise BadRequest(
            f"the body is not an ExportTraceServiceRequest in protobuf: {error}", code="protobuf_invalid"
        ) from None
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            source = Source(resource, scope.name, scope.version, _attributes(scope.attributes))
            for span in scope_spans.spans:
                try:
                    yield _span(span, source)
                except SpanRejected as error:
                    yield error


def _span(span: Span, source: Source) -> OtelSpan:
    trace_id, span_id, parent_id = checked_ids(span.trace_id, span.span_id, span.parent_span_id)
    code = int(span.status.code)
    dropped = {
        "attributes": span.dropped_attributes_count,
        "events": span.dropped_events_count,
        "links": span.dropped_links_count,
    }
    return OtelSpan(
        trace_id,
        span_id,
        parent_id,
        span.name,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        source,
        kind=KINDS[span.kind] if 0 <= span.kind < len(KINDS) else "",
        attributes=_attributes(span.attributes),
        events=tuple(
            Event(event.name, event.time_unix_nano, _attributes(event.attributes)) for event in span.events
        ),
        links=tuple(
            Link(link.trace_id.hex(), link.span_id.hex(), _attributes(link.attributes)) for link in span.links
        ),
        status=STATUSES[code] if 0 <= code < len(STATUSES) else "unset",
        status_message=span.status.message,
        trace_state=span.trace_state,
        dropped={what: count for what, count in dropped.items() if count},
    )


def _attributes(pairs: Iterable[KeyValue]) -> Mapping[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "double_value":
        return finite(value.double_value)
    if kind == "bytes_value":
        return binary(value.bytes_value)
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, kind)
