"""OpenLLMetry (Traceloop): workflows, tasks and tools around model calls, which it tells in `gen_ai.*`."""

from __future__ import annotations

from typing import Any

from assay_server.engines.otel.draft import Attributes, Draft
from assay_server.engines.otel.values import parse_structure

_PROPERTIES = "traceloop.association.properties."


def read_traceloop(attributes: Attributes, row: Draft) -> None:
    """Take what went in and came out, the caller's properties, and the older names of parameters."""
    if row.lacks("input"):
        row.offer("input", _arguments(parse_structure(attributes.take("traceloop.entity.input"))))
    if row.lacks("output"):
        row.offer("output", parse_structure(attributes.take("traceloop.entity.output")))
    for name in attributes.names(_PROPERTIES):
        row.describe(name.removeprefix(_PROPERTIES), attributes.take(name))
    if "model" not in row.metadata:
        row.describe("model", attributes.take("llm.response.model", "llm.request.model"))
    if "provider" not in row.metadata:
        row.describe("provider", attributes.take("llm.vendor"))
    for name in ("temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "max_tokens"):
        row.describe(name, attributes.take(f"llm.{name}", f"llm.request.{name}"))


def _arguments(value: Any) -> Any:
    """The SDK wraps a function's arguments: with nothing but named ones they stand for themselves."""
    if isinstance(value, dict) and value.keys() == {"args", "kwargs"} and value["args"] == []:
        return value["kwargs"]
    return value
