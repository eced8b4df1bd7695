"""An OpenTelemetry span as the fields of a row.

Conventions are asked in order of how plainly they speak; each takes the attributes it understands and fills in
what nobody has said yet. What is left goes to the metadata under its own name, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.core.merge import deep_merge
from assay_server.engines.otel.conventions.ai_sdk import read_ai_sdk
from assay_server.engines.otel.conventions.braintrust import PRESERVE, read_braintrust
from assay_server.engines.otel.conventions.genai import read_genai, read_genai_events
from assay_server.engines.otel.conventions.logfire import read_logfire
from assay_server.engines.otel.conventions.openinference import read_openinference
from assay_server.engines.otel.conventions.traceloop import read_traceloop
from assay_server.engines.otel.draft import Attributes, Draft
from assay_server.engines.otel.kinds import span_type
from assay_server.engines.otel.span import Event, OtelSpan
from assay_server.engines.otel.usage import read_arrivals, read_usage

_CONVENTIONS = (read_braintrust, read_genai, read_ai_sdk, read_openinference, read_logfire, read_traceloop)
_CALLER = {
    "caller_functionname": ("code.function.name", "code.function"),
    "caller_filename": ("code.file.path", "code.filepath"),
    "caller_lineno": ("code.line.number", "code.lineno"),
}
_NO_REASON = "The span ended with an error and did not say which."


def row_fields(span: OtelSpan) -> dict[str, Any]:
    """The payload fields of the row: those of input, output, expected, error, metadata, scores, metrics,
    span_attributes, context, origin and tags that the span has something for. Never raises."""
    attributes = Attributes(span.attributes)
    preserve = span.attributes.get(PRESERVE) in (True, "true")
    row = Draft()
    kind = span_type(attributes)
    for read in _CONVENTIONS:
        read(attributes, row)
    kind = row.span_attributes.get("type", kind)
    if kind in (None, "llm"):  # the usage of a loop around model calls is counted at the calls already
        read_usage(attributes, row)
    events = read_genai_events(read_arrivals(span, row), row)
    error = _error(span, events, attributes)
    context = deep_merge(_context(span, attributes), row.context)
    for name, value in attributes.rest(everything=preserve).items():
        row.describe(name, value)
    _describe_leftovers(row, events, span)
    fields = {
        "error": error,
        "metadata": row.metadata,
        "scores": row.scores,
        "metrics": {**_times(span), **row.metrics},
        "span_attributes": _span_attributes(span, kind, row.span_attributes),
        "context": context,
        "tags": row.tags,
    }
    return {**row.payloads, **{name: value for name, value in fields.items() if value}}


def _span_attributes(span: OtelSpan, kind: str | None, said: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": span.name}
    if kind:
        found["type"] = kind
    if span.kind not in ("", "internal"):
        found["kind"] = span.kind
    return {**found, **said}


def _times(span: OtelSpan) -> dict[str, float]:
    times = {"start": span.start, "end": span.end}
    return {name: nanoseconds / 1e9 for name, nanoseconds in times.items() if nanoseconds}


def _error(span: OtelSpan, events: list[Event], attributes: Attributes) -> str | None:
    """`Type: message`, an empty line and the stack trace, as the SDK writes it; the last exception counts.

    Its event is removed from `events`.
    """
    at = next((at for at in reversed(range(len(events))) if events[at].name == "exception"), None)
    if at is not None:
        said = events[at].attributes
        kind, message = said.get("exception.type"), said.get("exception.message")
        headline = ": ".join(str(text) for text in (kind, message) if text)
        stack = said.get("exception.stacktrace")
        known = {"exception.type", "exception.message", "exception.stacktrace", "exception.escaped"}
        if said.keys() <= known:
            del events[at]
        return "\n\n".join(str(text) for text in (headline, stack) if text) or _NO_REASON
    if span.status != "error":
        return None
    if span.status_message:
        return span.status_message
    kind = attributes.get("error.type")
    return str(kind) if kind else _NO_REASON


def _context(span: OtelSpan, attributes: Attributes) -> dict[str, Any]:
    source = span.source
    context: dict[str, Any] = {}
    for name, keys in _CALLER.items():
        value = attributes.take(*keys)
        if value is not None:
            context[name] = value
    origin: dict[str, Any] = {"name": "opentelemetry"}
    if version := source.resource.get("telemetry.sdk.version"):
        origin["version"] = version
    if source.scope_name:
        instrumentation = {"name": source.scope_name, "version": source.scope_version}
        origin["instrumentation"] = {name: value for name, value in instrumentation.items() if value}
    context["span_origin"] = origin
    extras = {
        "resource": dict(source.resource),
        "scope_attributes": dict(source.scope_attributes),
        "trace_state": span.trace_state,
        "dropped": dict(span.dropped),
    }
    return context | {name: value for name, value in extras.items() if value}


def _describe_leftovers(row: Draft, events: list[Event], span: OtelSpan) -> None:
    """Events and links nobody took, and the name of the service, which people filter by."""
    if events:
        told = [
            {"name": event.name, "time_unix_nano": event.time, "attributes": dict(event.attributes)}
            for event in events
        ]
        row.describe("otel.events", told)
    if span.links:
        links = [
            {"trace_id": link.trace_id, "span_id": link.span_id, "attributes": dict(link.attributes)}
            for link in span.links
        ]
        row.describe("otel.links", links)
    row.describe("service.name", span.source.resource.get("service.name"))
