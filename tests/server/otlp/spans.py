"""Spans written down as plain JSON, and both encodings OTLP has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
START, END = 1_000_000_000_000, 1_001_500_000_000  # 1000 s and 1001.5 s after the epoch


def json_value(value: Any) -> dict[str, Any]:
    """An attribute value in OTLP's JSON."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [json_value(item) for item in value]}}
    return {"kvlistValue": {"values": json_attributes(value)}} if isinstance(value, dict) else {}


def json_attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attributes in OTLP's JSON."""
    return [{"key": key, "value": json_value(value)} for key, value in values.items()]


def json_span(span: Mapping[str, Any]) -> dict[str, Any]:
    """A span of a golden file in OTLP's JSON; what the file leaves out has a default."""
    return {
        "traceId": span.get("trace_id", TRACE),
        "spanId": span.get("span_id", SPAN),
        "parentSpanId": span.get("parent_id", ""),
        "name": span.get("name", "span"),
        "kind": span.get("kind", 1),
        "startTimeUnixNano": str(span.get("start", START)),
        "endTimeUnixNano": str(span.get("end", END)),
        "attributes": json_attributes(span.get("attributes", {})),
        "events": [
            {
                "name": event["name"],
                "timeUnixNano": str(event.get("time", START)),
                "attributes": json_attributes(event.get("attributes", {})),
            }
            for event in span.get("events", [])
        ],
        "links": [
            {"traceId": link["trace_id"], "spanId": link["span_id"], "attributes": []}
            for link in span.get("links", [])
        ],
        "status": span.get("status", {}),
    }


def json_request(*spans: Mapping[str, Any], resource: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An export request of these spans in OTLP's JSON."""
    scope = {"name": "test.scope", "version": "7"}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": json_attributes(resource or {})},
                "scopeSpans": [{"scope": scope, "spans": [json_span(span) for span in spans]}],
            }
        ]
    }


def any_value(value: Any) -> AnyValue:
    """An attribute value in protobuf."""
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=key_values(value)))
    return AnyValue()


def key_values(values: Mapping[str, Any]) -> list[KeyValue]:
    """Attributes in protobuf."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in values.items()]


def protobuf_request(
    *spans: Mapping[str, Any], resource: Mapping[str, Any] | None = None
) -> ExportTraceServiceRequest:
    """The same request in protobuf; ids may be bytes of any length."""
    request = ExportTraceServiceRequest()
    outer = request.resource_spans.add()
    outer.resource.attributes.extend(key_values(resource or {}))
    scope = outer.scope_spans.add()
    scope.scope.name, scope.scope.version = "test.scope", "7"
    for span in spans:
        made = scope.spans.add(
            trace_id=_bytes(span.get("trace_id", TRACE)),
            span_id=_bytes(span.get("span_id", SPAN)),
            parent_span_id=_bytes(span.get("parent_id", "")),
            name=span.get("name", "span"),
            kind=span.get("kind", 1),
            start_time_unix_nano=span.get("start", START),
            end_time_unix_nano=span.get("end", END),
            attributes=key_values(span.get("attributes", {})),
        )
        made.status.code = span.get("status", {}).get("code", 0)
        made.status.message = span.get("status", {}).get("message", "")
        for event in span.get("events", []):
            attributes = key_values(event.get("attributes", {}))
            made.events.add(
                name=event["name"], time_unix_nano=event.get("time", START), attributes=attributes
            )
        for link in span.get("links", []):
            made.links.add(trace_id=_bytes(link["trace_id"]), span_id=_bytes(link["span_id"]))
    return request


def _bytes(value: str | bytes) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else value
