"""POST /otel/v1/traces on a running server: encodings, parents, partial success, refusals, hostile bodies."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from assay.core.refs import SpanRef, encode_ref
from tests.server.otlp.spans import SPAN, START, TRACE, json_request, protobuf_request
from tests.support.servers import KEY, Refused, ServerProcess

PROTOBUF, JSON = "application/x-protobuf", "application/json"
ROOT = {
    "name": "ask",
    "attributes": {"gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 1000,
                   "gen_ai.usage.output_tokens": 100, "braintrust.input": "hi"},
}  # fmt: skip


@dataclass
class Answer:
    """One response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(
    server: ServerProcess,
    body: bytes,
    *,
    parent: str | None = "project_name:otlp",
    kind: str = PROTOBUF,
    path: str = "/otel/v1/traces",
    **headers: str,
) -> Answer:
    """Post a body the way an exporter does."""
    sent = {"Content-Type": kind, "Authorization": f"Bearer {KEY}"}
    if parent:
        sent["x-bt-parent"] = parent
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("POST", path, body, sent)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())  # type: ignore[arg-type]
    finally:
        connection.close()


def export(server: ServerProcess, *spans: Mapping[str, Any], parent: str | None, **about: Any) -> Answer:
    """Send spans in protobuf."""
    return send(server, protobuf_request(*spans, **about).SerializeToString(), parent=parent)


def rows(server: ServerProcess, project: str, fields: str = "*") -> list[dict[str, Any]]:
    """What a project's logs hold, oldest first."""
    return server.sql(f"SELECT {fields} FROM project_logs('{project}') ORDER BY created, id")


def partial(answer: Answer) -> tuple[int, str]:
    """Rejected spans and message of an accepted protobuf request."""
    assert answer.status == 200, answer.body
    found = ExportTraceServiceResponse.FromString(answer.body).partial_success
    return found.rejected_spans, found.error_message


@pytest.mark.parametrize("path", ["/otel/v1/traces", "/v1/traces"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
def test_every_encoding_makes_the_same_row(
    server: ServerProcess, kind: str, encoding: str, path: str
) -> None:
    project = f"enc {kind[-4:]} {encoding} {path.count('/')}"
    body = (
        json.dumps(json_request(ROOT)).encode()
        if kind == JSON
        else protobuf_request(ROOT).SerializeToString()
    )
    if encoding == "gzip":
        body = gzip.compress(body)
    parent = f"project_name:{project}"
    answer = send(server, body, parent=parent, kind=kind, path=path, Content_Encoding=encoding)
    assert (answer.status, answer.body) == (200, b"{}" if kind == JSON else b"")
    assert answer.headers["Content-Type"] == kind
    (row,) = rows(server, project)
    assert (row["id"], row["span_id"], row["root_span_id"]) == (SPAN, SPAN, TRACE)
    assert (row["span_parents"], row["is_root"], row["log_id"]) == (None, True, "g")
    assert row["created"].startswith("1970-01-01T00:16:40")
    assert row["input"] == "hi"
    assert row["span_attributes"] == {"name": "ask", "type": "llm"}
    assert row["metadata"] == {"model": "gpt-4o-mini"}
    assert row["metrics"] == {
        "start": 1000.0,
        "end": 1001.5,
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "tokens": 1100,
        "estimated_cost": pytest.approx(1000 * 0.15e-6 + 100 * 0.6e-6),
    }


def test_a_second_delivery_is_the_same_row_and_keeps_what_was_added(server: ServerProcess) -> None:
    parent = "project_name:twice"
    assert partial(export(server, ROOT, parent=parent)) == (0, "")
    (first,) = rows(server, "twice")
    feedback = {"feedback": [{"id": SPAN, "scores": {"Good": 1}, "comment": "nice"}]}
    server.request("POST", f"/v1/project_logs/{first['project_id']}/feedback", feedback)
    assert partial(export(server, ROOT, ROOT, parent=parent)) == (0, "")
    (again,) = rows(server, "twice")
    assert again["scores"] == {"Good": 1}
    assert again["comments"][0]["comment"] == {"text": "nice"}
    for name in ("id", "created", "input", "metadata", "metrics", "span_attributes", "context"):
        assert again[name] == first[name]


def test_a_trace_keeps_its_shape(server: ServerProcess) -> None:
    child = {"span_id": "00000000000000c1", "parent_id": SPAN, "start": START + 1000}
    export(server, ROOT, child, {**child, "span_id": "00000000000000c2"}, parent="project_name:shape")
    found = rows(server, "shape", "id, span_parents, root_span_id, is_root")
    assert [(row["id"], row["span_parents"], row["is_root"]) for row in found] == [
        (SPAN, None, True),
        ("00000000000000c1", [SPAN], False),
        ("00000000000000c2", [SPAN], False),
    ]
    assert {row["root_span_id"] for row in found} == {TRACE}


def test_parents_of_every_kind(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "places"})
    experiment = server.request("POST", "/v1/experiment", {"project_id": project["id"], "name": "e1"})
    slug = encode_ref(
        SpanRef(
            object_type="project_logs",
            object_id=project["id"],
            span_id="00000000000000aa",
            root_span_id="000000000000000000000000000000bb",
            propagated_event={"metadata": {"via": "slug"}},
        )
    )
    child = {"span_id": "00000000000000c2", "parent_id": "00000000000000c1"}
    for parent, spans in (
        (f"project_id:{project['id']}", [ROOT]),
        (f"experiment_id:{experiment['id']}", [ROOT]),
        (slug, [{"span_id": "00000000000000c1"}, child]),
    ):
        assert partial(export(server, *spans, parent=parent)) == (0, "")
    by_id = {row["id"]: row for row in rows(server, "places")}
    assert by_id[SPAN]["root_span_id"] == TRACE
    below, deeper = by_id["00000000000000c1"], by_id["00000000000000c2"]
    assert below["span_parents"] == ["00000000000000aa"]
    assert deeper["span_parents"] == ["00000000000000c1"]
    assert below["root_span_id"] == deeper["root_span_id"] == "000000000000000000000000000000bb"
    assert below["metadata"] == {"via": "slug"}
    (row,) = server.sql(f"SELECT id, experiment_id FROM experiment('{experiment['id']}')")
    assert row == {"id": SPAN, "experiment_id": experiment["id"]}


def test_objects_that_do_not_exist_are_no_parents(server: ServerProcess) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for kind in ("experiment", "project_logs"):
        slug = encode_ref(SpanRef(object_type=kind, object_id=nobody, span_id="00000000000000aa"))  # type: ignore[arg-type]
        answer = export(server, ROOT, parent=slug)
        assert answer.status == 404, (kind, answer.body)
    nameless = encode_ref(SpanRef(object_type="project_logs", metadata_args={}))
    assert export(server, ROOT, parent=nameless).status == 400


def test_the_nearest_parent_wins(server: ServerProcess) -> None:
    own = {"attributes": {"braintrust.parent": "project_name:own"}, "span_id": "00000000000000d1"}
    resource = {"braintrust.parent": "project_name:process"}
    assert partial(export(server, own, ROOT, parent="project_name:unused", resource=resource)) == (0, "")
    assert [row["id"] for row in rows(server, "own")] == ["00000000000000d1"]
    assert [row["id"] for row in rows(server, "process")] == [SPAN]
    with pytest.raises(Refused, match="unused"):
        rows(server, "unused")


BAD_SPANS = [
    ({"span_id": b"\x01\x02"}, "its span id has 2 bytes instead of 8"),
    ({"trace_id": b"\x01" * 17}, "its trace id has 17 bytes instead of 16"),
    ({"span_id": bytes(8)}, "its span id is all zeros"),
    ({"trace_id": b""}, "its trace id has 0 bytes instead of 16"),
    ({"parent_id": b"\x01" * 9}, "its parent span id has 9 bytes instead of 8"),
    ({"start": 2**64 - 1}, "its start time 18446744073709551615 ns is after 2200"),
    ({"end": 2**63}, "its end time 9223372036854775808 ns is after 2200"),
    ({"attributes": {"braintrust.parent": "nonsense"}}, "attribute braintrust.parent holds 'nonsense'"),
    (
        {"attributes": {"braintrust.parent": "project_id:00000000-0000-4000-8000-000000000000"}},
        "has no project",
    ),
]


@pytest.mark.parametrize(("span", "message"), BAD_SPANS, ids=range(len(BAD_SPANS)))
def test_a_bad_span_costs_no_other(server: ServerProcess, span: dict[str, Any], message: str) -> None:
    project = f"bad {BAD_SPANS.index((span, message))}"
    good = {"span_id": "00000000000000e1"}
    refused, said = partial(export(server, ROOT, span, good, parent=f"project_name:{project}"))
    assert refused == 1
    assert said.startswith("1 of 3 spans were refused: ")
    assert message in said
    assert {row["id"] for row in rows(server, project)} == {SPAN, "00000000000000e1"}


def test_partial_success_in_json(server: ServerProcess) -> None:
    request = json_request(ROOT)
    spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"]
    for change in (
        {"spanId": "xyz"},
        {"attributes": [{"key": "k", "value": {"intValue": "many"}}]},
        {"startTimeUnixNano": "-1"},
        {"attributes": {"k": 1}},
        {"events": ["no"]},
        {"name": 5},
    ):
        spans.append({**spans[0], "spanId": "00000000000000f1", **change})
    answer = send(server, json.dumps(request).encode(), kind=JSON, parent="project_name:json parts")
    assert answer.status == 200
    found = json.loads(answer.body)["partialSuccess"]
    assert found["rejectedSpans"] == "6"
    assert "spanId 'xyz' is not hexadecimal" in found["errorMessage"]
    assert [row["id"] for row in rows(server, "json parts")] == [SPAN]


def refusal(answer: Answer) -> tuple[int, int, str]:
    """HTTP status, Status code and message of a refused protobuf request."""
    assert answer.headers["Content-Type"] == PROTOBUF
    status = Status.FromString(answer.body)
    return answer.status, status.code, status.message


def test_refusals_speak_the_language_of_the_request(server: ServerProcess) -> None:
    good = protobuf_request(ROOT).SerializeToString()
    status, code, message = refusal(send(server, good, parent=None))
    assert (status, code) == (400, 3)
    assert message.startswith("parent_missing: no parent is named: send the header x-bt-parent")
    assert refusal(send(server, good, parent="nowhere"))[:2] == (400, 3)
    missing = "project_id:00000000-0000-4000-8000-000000000000"
    assert refusal(send(server, good, parent=missing))[:2] == (404, 5)
    assert refusal(send(server, good, Authorization="Bearer wrong"))[:2] == (401, 16)
    assert refusal(send(server, b"\xff\xff\xff"))[:2] == (400, 3)
    assert refusal(send(server, b"no gzip", Content_Encoding="gzip"))[:2] == (400, 3)
    bomb = gzip.compress(bytes(9 << 20))
    assert refusal(send(server, bomb, Content_Encoding="gzip"))[:2] == (413, 3)
    for signal in ("logs", "metrics"):
        for base in ("/otel/v1", "/v1"):
            status, code, message = refusal(send(server, b"", path=f"{base}/{signal}"))
            assert (status, code) == (501, 12)
            assert message.startswith(f"otlp_{signal}_not_built: ")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json_invalid"),
        (b"{", "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b"[]", "otlp_invalid"),
        (b'{"resourceSpans": 1}', "otlp_invalid"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [1]}]}]}', "otlp_invalid"),
        (b'{"resourceSpans": [{"resource": {"attributes": [1]}, "scopeSpans": []}]}', "otlp_invalid"),
    ],
)
def test_json_that_is_no_request(server: ServerProcess, body: bytes, code: str) -> None:
    answer = send(server, body, kind=JSON)
    assert answer.status == 400
    found = json.loads(answer.body)
    assert (found["code"], found["error"]["code"]) == (3, code)
    assert found["message"] == found["error"]["message"]


def test_other_content_types_are_refused(server: ServerProcess) -> None:
    answer = send(server, b"", kind="text/plain")
    assert answer.status == 415
    assert json.loads(answer.body)["error"]["code"] == "media_type_unknown"


def test_an_empty_request_is_fine(server: ServerProcess) -> None:
    assert partial(send(server, b"", parent=None)) == (0, "")


def test_hostile_spans_are_stored_whole(server: ServerProcess) -> None:
    deep: Any = "bottom"
    for _ in range(40):
        deep = [deep]
    attributes = {
        "a.b": 1,
        "a": {"b": 2},
        "": "no name",
        "nul": "x\x00y",
        "long": "ä" * 1_000_000,
        "k" * 5000: True,
        "huge": 2**63 - 1,
        "braintrust.metrics": '{"x": 1e308}',
        "deep": deep,
    }
    spans = [
        {"attributes": attributes, "name": "n" * 100_000},
        {"span_id": "00000000000000a2", "start": 0, "end": 0},
        {"span_id": "00000000000000a3", "start": START + 5, "end": START},
    ]
    assert partial(export(server, *spans, parent="project_name:hostile")) == (0, "")
    by_id = {row["id"]: row for row in rows(server, "hostile")}
    first = by_id[SPAN]
    metadata = {key: value for key, value in attributes.items() if key != "braintrust.metrics"}
    assert first["metadata"] == metadata
    assert first["span_attributes"]["name"] == "n" * 100_000
    assert first["metrics"]["x"] == 1e308
    assert by_id["00000000000000a2"]["metrics"] is None
    assert by_id["00000000000000a2"]["created"] > "2020"
    assert by_id["00000000000000a3"]["metrics"] == {"start": 1000.000000005, "end": 1000.0}


def test_deep_json_attributes_cost_their_span_only(server: ServerProcess) -> None:
    def nested(levels: int) -> bytes:
        value = b'{"arrayValue":{"values":[' * levels + b"]}}" * levels
        return b'[{"key":"deep","value":' + value + b"}]"

    request = json.dumps(json_request(ROOT, {"span_id": "00000000000000b2", "attributes": {"deep": 1}}))
    marked = json.dumps([{"key": "deep", "value": {"intValue": "1"}}]).encode()
    body = request.encode()
    assert marked in body
    answer = send(server, body.replace(marked, nested(300)), kind=JSON, parent="project_name:deep")
    assert answer.status == 200
    assert SPAN in {row["id"] for row in rows(server, "deep", "id")}
    answer = send(server, body.replace(marked, nested(3000)), kind=JSON)
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == "json_invalid"
