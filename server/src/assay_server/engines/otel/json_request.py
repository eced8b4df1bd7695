"""Reads `ExportTraceServiceRequest` in OTLP's JSON: ids in hex, 64-bit numbers as text or number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from assay_server.engines.halves import replace_lone_surrogates
from assay_server.engines.ingest.rows import reject_body
from assay_server.engines.otel.span import (
    KINDS,
    STATUSES,
    Event,
    Link,
    OtelSpan,
    Source,
    SpanRejected,
    Status,
    checked_ids,
)
from assay_server.engines.otel.values import finite
from assay_server.errors import BadRequest

_MAX_TIME = (1 << 64) - 1
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


def read_json(body: bytes) -> Iterator[OtelSpan | SpanRejected]:
    """Every span of a request in order, or why it cannot be read.

    Raises BadRequest: `json_invalid` when the body is no JSON, `otlp_invalid` when it is not made of
    resourceSpans, scopeSpans and spans.
    """
    request = _decode(body)
    if not isinstance(request, dict):
        raise BadRequest("the body must be an object with a list resourceSpans", code="otlp_invalid")
    for resource_spans in _members(request, "resourceSpans"):
        resource = _outer_attributes(resource_spans.get("resource"))
        for scope_spans in _members(resource_spans, "scopeSpans"):
            scope = scope_spans.get("scope")
            named = scope if isinstance(scope, dict) else {}
            source = Source(resource, _text(named, "name"), _text(named, "version"), _outer_attributes(scope))
            for span in _members(scope_spans, "spans"):
                try:
                    yield _span(span, source)
                except SpanRejected as error:
                    yield error
                except RecursionError:
                    yield SpanRejected("its attributes are nested too deeply")


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise BadRequest("the body is nested deeper than 1,000 levels", code="json_invalid") from None
    except msgspec.DecodeError as error:
        try:
            return msgspec.json.decode(replace_lone_surrogates(body))
        except (msgspec.DecodeError, RecursionError):
            raise reject_body(error) from None


def _members(parent: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = parent.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise BadRequest(f"{name} must be a list of objects", code="otlp_invalid")
    return found


def _outer_attributes(owner: Any) -> Mapping[str, Any]:
    """Attributes of a resource or scope; a mistake there is one of the whole request."""
    try:
        return _attributes(owner) if isinstance(owner, dict) else {}
    except SpanRejected as error:
        raise BadRequest(f"a resource or scope is malformed: {error.message}", code="otlp_invalid") from None


def _span(span: Mapping[str, Any], source: Source) -> OtelSpan:
    trace_id, span_id, parent_id = checked_ids(
        _hex(span, "traceId"), _hex(span, "spanId"), _hex(span, "parentSpanId")
    )
    status = span.get("status") or {}
    if not isinstance(status, dict):
        raise SpanRejected("status must be an object")
    dropped = {
        what: _integer(span, f"dropped{what.title()}Count") for what in ("attributes", "events", "links")
    }
    return OtelSpan(
        trace_id,
        span_id,
        parent_id,
        _text(span, "name"),
        _integer(span, "startTimeUnixNano"),
        _integer(span, "endTimeUnixNano"),
        source,
        kind=_kind(span.get("kind")),
        attributes=_attributes(span),
        events=tuple(
            Event(_text(event, "name"), _integer(event, "timeUnixNano"), _attributes(event))
            for event in _inner(span, "events")
        ),
        links=tuple(
            Link(_text(link, "traceId").lower(), _text(link, "spanId").lower(), _attributes(link))
            for link in _inner(span, "links")
        ),
        status=_status(status.get("code")),
        status_message=_text(status, "message"),
        trace_state=_text(span, "traceState"),
        dropped={what: count for what, count in dropped.items() if count},
    )


def _inner(span: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    try:
        return _members(span, name)
    except BadRequest as error:
        raise SpanRejected(error.message) from None


def _hex(span: Mapping[str, Any], name: str) -> bytes:
    text = span.get(name) or ""
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        raise SpanRejected(f"{name} {str(text)[:40]!r} is not hexadecimal", code="span_id_invalid") from None


def _text(owner: Mapping[str, Any], name: str) -> str:
    text = owner.get(name)
    if text is not None and not isinstance(text, str):
        raise SpanRejected(f"{name} must be text, not {str(text)[:40]!r}")
    return text or ""


def _integer(owner: Mapping[str, Any], name: str) -> int:
    """A 64-bit number, which JSON may carry as text; 0 when absent."""
    value = owner.get(name)
    if value is None:
        return 0
    number = _whole(value)
    if number is None or not 0 <= number <= _MAX_TIME:
        raise SpanRejected(f"{name} {str(value)[:40]!r} is not a whole number from 0 to 2^64 - 1")
    return number


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str | float):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and len(value) > 20:  # longer than any 64-bit number
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _kind(value: Any) -> str:
    if isinstance(value, str):
        name = value.removeprefix("SPAN_KIND_").lower()
        return name if name in KINDS else ""
    return KINDS[value] if isinstance(value, int) and 0 <= value < len(KINDS) else ""


def _status(value: Any) -> Status:
    if isinstance(value, str):
        names: dict[str, Status] = {f"STATUS_CODE_{name.upper()}": name for name in STATUSES}
        return names.get(value, "unset")
    return STATUSES[value] if isinstance(value, int) and 0 <= value < len(STATUSES) else "unset"


def _attributes(owner: Mapping[str, Any], name: str = "attributes") -> Mapping[str, Any]:
    pairs = owner.get(name) or []
    if not isinstance(pairs, list):
        raise SpanRejected(f"{name} must be a list of {{key, value}}")
    found: dict[str, Any] = {}
    for pair in pairs:
        if not isinstance(pair, dict) or not isinstance(pair.get("key"), str):
            raise SpanRejected(f"{name} must be a list of {{key, value}}, not {str(pair)[:60]!r}")
        found[pair["key"]] = _value(pair.get("value"))
    return found


def _value(value: Any) -> Any:
    if value is None or value == {}:
        return None
    if not isinstance(value, dict) or len(value) != 1:
        raise SpanRejected(f"an attribute value must be an object with one member, not {str(value)[:60]!r}")
    kind, held = next(iter(value.items()))
    read = _READERS.get(kind)
    if read is None:
        raise SpanRejected(f"{kind[:40]!r} is no kind of attribute value")
    return read(held)


def _scalar(kind: type, name: str) -> Any:
    def read(held: Any) -> Any:
        if not isinstance(held, kind):
            raise SpanRejected(f"{name} holds {str(held)[:40]!r}")
        return held

    return read


def _int_value(held: Any) -> int:
    number = _whole(held)
    if number is None:
        raise SpanRejected(f"intValue holds {str(held)[:40]!r}")
    return number


def _double_value(held: Any) -> float | int | str:
    if held in _NOT_FINITE:
        return held
    try:
        return finite(float(held)) if isinstance(held, str | float) else _int_value(held)
    except ValueError:
        raise SpanRejected(f"doubleValue holds {str(held)[:40]!r}") from None


def _array_value(held: Any) -> list[Any]:
    items = held.get("values") or [] if isinstance(held, dict) else None
    if not isinstance(items, list):
        raise SpanRejected("arrayValue must be an object with a list values")
    return [_value(item) for item in items]


def _kvlist_value(held: Any) -> Mapping[str, Any]:
    if not isinstance(held, dict):
        raise SpanRejected("kvlistValue must be an object with a list values")
    return _attributes(held, "values")


_READERS = {
    "stringValue": _scalar(str, "stringValue"),
    "boolValue": _scalar(bool, "boolValue"),
    "bytesValue": _scalar(str, "bytesValue"),
    "intValue": _int_value,
    "doubleValue": _double_value,
    "arrayValue": _array_value,
    "kvlistValue": _kvlist_value,
}
