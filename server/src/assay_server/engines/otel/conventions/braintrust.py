"""`braintrust.*`: row fields said outright. They win over every other convention."""

from __future__ import annotations

from typing import Any, Literal

from assay_server.engines.otel.draft import Attributes, Draft, Payload
from assay_server.engines.otel.values import as_number, parse_json

PARENT = "braintrust.parent"
PRESERVE = "braintrust.otel.preserve_attributes"
_ROUTING = (PARENT, PRESERVE, "braintrust.org", "braintrust.app_url")
_PAYLOADS: tuple[Payload, ...] = ("input", "output", "expected")


def read_braintrust(attributes: Attributes, row: Draft) -> None:
    """Take them. An object that is none, or a score or metric that is no number, stays an attribute."""
    for name in _ROUTING:
        attributes.take(name)
    for name in _PAYLOADS:
        row.offer(name, parse_json(attributes.take(f"braintrust.{name}_json", f"braintrust.{name}")))
    for name, target in (("metadata", row.metadata), ("span_attributes", row.span_attributes)):
        target.update(_take_object(attributes, f"braintrust.{name}"))
    row.context.update(_take_object(attributes, "braintrust.context_json"))
    row.offer("origin", _take_object(attributes, "braintrust.origin") or None)
    for name in attributes.names("braintrust.metadata."):
        row.metadata[name.removeprefix("braintrust.metadata.")] = attributes.take(name)
    _take_numbers(attributes, row, "metrics")
    _take_numbers(attributes, row, "scores")
    if row.tag(_as_tags(attributes.get("braintrust.tags"))):
        attributes.take("braintrust.tags")


def _take_object(attributes: Attributes, name: str) -> dict[str, Any]:
    found = parse_json(attributes.get(name))
    if not isinstance(found, dict):
        return {}
    attributes.take(name)
    return found


def _take_numbers(attributes: Attributes, row: Draft, name: Literal["metrics", "scores"]) -> None:
    """Numbers of the object `braintrust.<name>`, then of the flat attributes below it; a score may be null."""
    attribute = f"braintrust.{name}"
    target: dict[str, Any] = getattr(row, name)
    found = _take_object(attributes, attribute)
    fitting = {
        key: value
        for key, value in found.items()
        if as_number(value) is not None or (value is None and name == "scores")
    }
    target.update(fitting)
    row.describe(attribute, {key: found[key] for key in found.keys() - fitting.keys()} or None)
    for flat in attributes.names(f"{attribute}."):
        value = as_number(attributes.get(flat))
        if value is not None:
            attributes.take(flat)
            target[flat.removeprefix(f"{attribute}.")] = value


def _as_tags(value: Any) -> Any:
    parsed = parse_json(value)
    return parsed if isinstance(parsed, list) else value
