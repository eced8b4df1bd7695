"""Every convention to a row: golden files, and spans nobody foresaw."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay_server.engines.otel.json_request import read_json
from assay_server.engines.otel.mapping import row_fields
from assay_server.engines.otel.protobuf import read_protobuf
from assay_server.engines.otel.span import Event, OtelSpan, Source
from assay_server.errors import BadRequest
from tests.server.otlp.spans import json_request, protobuf_request

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def mapped(span: dict[str, Any], **about: Any) -> dict[str, Any]:
    """The row of one span, which both encodings must agree on."""
    (from_json,) = read_json(json.dumps(json_request(span, **about)).encode())
    (from_protobuf,) = read_protobuf(protobuf_request(span, **about).SerializeToString())
    assert from_json == from_protobuf
    assert isinstance(from_json, OtelSpan)
    return row_fields(from_json)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    expected = case["row"]
    found = mapped(case["span"])
    if "context" not in expected:
        del found["context"]
    expected["metrics"] = {"start": 1000.0, "end": 1001.5, **expected.get("metrics", {})}
    assert found == expected


def test_resource_goes_to_the_context_and_names_the_service() -> None:
    resource = {"service.name": "shop", "telemetry.sdk.version": "1.2.3", "host.name": "h"}
    row = mapped({"attributes": {"service.name": "said by the span"}}, resource=resource)
    assert row["context"] == {
        "span_origin": {
            "name": "opentelemetry",
            "version": "1.2.3",
            "instrumentation": {"name": "test.scope", "version": "7"},
        },
        "resource": resource,
    }
    assert row["metadata"] == {"service.name": "said by the span", "attribute.service.name": "shop"}


def test_preserved_attributes_stay_in_the_metadata() -> None:
    attributes = {
        "braintrust.otel.preserve_attributes": True,
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 3,
    }
    row = mapped({"attributes": attributes})
    assert row["metadata"] == {"model": "m", **attributes}
    assert row["metrics"]["prompt_tokens"] == 3


@pytest.mark.parametrize(
    ("span", "error"),
    [
        ({"status": {"code": 2, "message": "boom"}}, "boom"),
        ({"status": {"code": 2}, "attributes": {"error.type": "TimeoutError"}}, "TimeoutError"),
        ({"status": {"code": 2}}, "The span ended with an error and did not say which."),
        (
            {"events": [{"name": "exception", "attributes": {"exception.message": "only this"}}]},
            "only this",
        ),
        ({"status": {"code": 1, "message": "fine"}}, None),
        ({}, None),
    ],
)
def test_errors(span: dict[str, Any], error: str | None) -> None:
    assert mapped(span).get("error") == error


def test_of_several_exceptions_the_last_counts_and_the_others_stay() -> None:
    told = [{"name": "exception", "attributes": {"exception.type": kind}} for kind in ("First", "Last")]
    row = mapped({"events": told})
    assert row["error"] == "Last"
    (kept,) = row["metadata"]["otel.events"]
    assert kept["attributes"] == {"exception.type": "First"}


def test_values_json_has_no_numbers_for() -> None:
    span = {"attributes": {"nan": float("nan"), "low": float("-inf"), "raw": b"\x00\xff", "none": None}}
    (read,) = read_protobuf(protobuf_request(span).SerializeToString())
    assert isinstance(read, OtelSpan)
    assert row_fields(read)["metadata"] == {"nan": "NaN", "low": "-Infinity", "raw": "AP8="}


def test_indexes_are_no_sizes() -> None:
    span = {
        "attributes": {
            "gen_ai.prompt.999999999.role": "user",
            "gen_ai.prompt.5.content": "first",
            "llm.input_messages.x.message.role": "user",
            "llm.input_messages": "both",
            "gen_ai.completion.0": "scalar",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "text",
        }
    }
    row = mapped(span)
    assert row["input"] == [{"content": "first"}, {"role": "user", "content": None}]
    assert row["output"] == [{"index": 0, "message": {"": "scalar", "role": "assistant", "content": "text"}}]
    assert row["metadata"]["llm.input_messages.x.message.role"] == "user"


KEYS = [
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions",
    "gen_ai.prompt", "gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "gen_ai.prompt.1.tool_calls.0.name",
    "gen_ai.prompt.1", "gen_ai.completion.0.content", "gen_ai.completion", "gen_ai.request.model",
    "gen_ai.request.temperature", "gen_ai.operation.name", "gen_ai.usage.input_tokens", "gen_ai.tool.call.result",
    "llm.input_messages.0.message.role", "llm.input_messages.0.message.contents.0.message_content.type",
    "llm.input_messages.0", "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
    "llm.output_messages.0.message", "llm.invocation_parameters", "llm.tools.0.tool.json_schema", "llm.prompts.0",
    "llm.choices.0.completion.text", "llm.token_count.total", "embedding.embeddings.0.embedding.vector",
    "embedding.embeddings.0", "retrieval.documents.0.document.content", "input.value", "input.mime_type",
    "output.value", "metadata", "tag.tags", "annotations.0.name", "annotations.0.score", "openinference.span.kind",
    "traceloop.span.kind", "traceloop.entity.input", "traceloop.entity.output", "ai.operationId", "ai.prompt",
    "ai.prompt.messages", "ai.prompt.tools", "ai.response.text", "ai.response.toolCalls", "ai.response.object",
    "ai.response.finishReason", "ai.values", "ai.usage.tokens", "logfire.json_schema", "logfire.tags", "events",
    "request_data", "response_data", "pydantic_ai.all_messages", "final_result", "braintrust.input_json",
    "braintrust.metadata", "braintrust.metadata.x", "braintrust.metrics", "braintrust.metrics.x", "braintrust.scores",
    "braintrust.span_attributes", "braintrust.context_json", "braintrust.origin", "braintrust.tags", "error.type",
    "braintrust.parent", "code.function.name", "llm.request.functions.0.parameters", "service.name",
]  # fmt: skip
EVENT_NAMES = [
    "exception", "gen_ai.user.message", "gen_ai.choice", "gen_ai.content.prompt", "gen_ai.content.completion",
    "gen_ai.content.completion.chunk", "gen_ai.client.inference.operation.details", "gen_ai.evaluation.result", "other",
]  # fmt: skip
EVENT_KEYS = [
    "content", "message", "role", "tool_calls", "finish_reason", "id", "gen_ai.prompt", "gen_ai.completion",
    "gen_ai.input.messages", "exception.type", "exception.message", "gen_ai.evaluation.name",
    "gen_ai.evaluation.score.value",
]  # fmt: skip
WORDS = st.sampled_from(
    ["role", "content", "parts", "type", "text", "tool_call", "tool-result", "tool_call_response", "blob", "image",
     "function", "name", "arguments", "id", "messages", "system", "properties", "object", "reasoning", "uri", "0"]
)  # fmt: skip
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | WORDS
    | st.text()
)
structures = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
encodable = structures.filter(lambda value: "inf" not in repr(value))
values = (
    structures
    | encodable.map(lambda value: json.dumps(value))
    | encodable.map(lambda value: json.dumps(value)[:-1])
)
attributes = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), values, max_size=10)
events = st.builds(
    Event,
    st.sampled_from(EVENT_NAMES),
    st.integers(0, 2**64 - 1),
    st.dictionaries(st.sampled_from(EVENT_KEYS), values, max_size=4),
)
spans = st.builds(
    OtelSpan,
    st.just("0" * 31 + "1"),
    st.just("0" * 15 + "1"),
    st.none(),
    st.text(max_size=5),
    st.integers(0, 2**63),
    st.integers(0, 2**63),
    st.builds(Source, attributes, st.text(max_size=5)),
    attributes=attributes,
    events=st.lists(events, max_size=3).map(tuple),
    status=st.sampled_from(["unset", "ok", "error"]),
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spans)
def test_no_span_breaks_the_mapping(span: OtelSpan) -> None:
    row = row_fields(span)
    assert msgspec.json.decode(msgspec.json.encode(row)).keys() == row.keys()
    for name in ("metadata", "metrics", "scores", "span_attributes", "context", "origin"):
        assert isinstance(row.get(name, {}), dict)
    assert all(isinstance(value, int | float) for value in row.get("metrics", {}).values())
    assert all(isinstance(tag, str) for tag in row.get("tags", []))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | attributes.map(lambda found: json.dumps(found, default=str).encode()))
def test_no_body_breaks_the_decoders(body: bytes) -> None:
    for read in (read_json, read_protobuf):
        with suppress(BadRequest):
            list(read(body))
