"""Pydantic Logfire and Pydantic AI: JSON texts that a schema attribute tells apart from plain texts."""

from __future__ import annotations

from typing import Any

from assay_server.engines.otel import messages
from assay_server.engines.otel.conventions.genai import read_message_events
from assay_server.engines.otel.draft import Attributes, Draft
from assay_server.engines.otel.values import parse_json, parse_structure

_SCHEMA = "logfire.json_schema"


def read_logfire(attributes: Attributes, row: Draft) -> None:
    """Take messages, tool calls, tags, and decode what the schema calls an object or a list."""
    _read_events(attributes, row)
    if row.lacks("input"):
        _read_request(attributes, row)
        row.offer("input", parse_structure(attributes.take("tool_arguments")))
    if row.lacks("output"):
        _read_response(attributes, row)
        row.offer("output", parse_structure(attributes.take("tool_response")))
    row.offer("output", parse_structure(attributes.take("final_result")))
    if row.tag(attributes.get("logfire.tags")):
        attributes.take("logfire.tags")
    _decode_by_schema(attributes, row)


def _read_events(attributes: Attributes, row: Draft) -> None:
    for name in ("events", "all_messages_events"):
        told = parse_json(attributes.get(name))
        if (
            isinstance(told, list)
            and all(isinstance(event, dict) for event in told)
            and read_message_events(told, row)
        ):
            attributes.take(name)
    if row.lacks("input"):
        conversation = attributes.take("pydantic_ai.all_messages")
        row.offer("input", messages.chat(conversation))


def _read_request(attributes: Attributes, row: Draft) -> None:
    """`request_data`: the body of a request to a model."""
    body = parse_json(attributes.get("request_data"))
    if not isinstance(body, dict):
        return
    attributes.take("request_data")
    asked = next((key for key in ("messages", "input", "prompt") if key in body), None)
    if asked is not None:
        row.offer("input", messages.chat(body[asked]))
    for name, value in body.items():
        if name == "model":  # as asked for; the attributes may know the model that answered
            row.metadata.setdefault(name, value)
        elif name != asked:
            row.describe(name, value)


def _read_response(attributes: Attributes, row: Draft) -> None:
    """`response_data`: the message of the answer, or the pieces of a streamed one."""
    body = parse_json(attributes.get("response_data"))
    if not isinstance(body, dict):
        return
    attributes.take("response_data")
    if isinstance(body.get("message"), dict):
        row.offer("output", messages.choices([body.pop("message")]))
    elif isinstance(body.get("combined_chunk_content"), str):
        row.offer("output", messages.answer(body.pop("combined_chunk_content")))
    else:
        row.offer("output", body)
        return
    row.describe("response_data", body or None)


def _decode_by_schema(attributes: Attributes, row: Draft) -> None:
    schema = parse_json(attributes.take(_SCHEMA))
    properties: Any = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return
    for name, described in properties.items():
        kind = described.get("type") if isinstance(described, dict) else None
        if kind in ("object", "array") and attributes.get(name) is not None:
            row.describe(name, parse_structure(attributes.take(name)))
