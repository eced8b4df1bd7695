"""OpenTelemetry's own SDK and exporter against a running server: batches, protobuf, gzip."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Tracer

from tests.support.servers import KEY, ServerProcess


@contextmanager
def provider(server: ServerProcess, headers: dict[str, str]) -> Iterator[TracerProvider]:
    """A tracer provider that exports to the server; everything is sent at the end."""
    exporter = OTLPSpanExporter(
        f"{server.url}/otel/v1/traces",
        headers={"Authorization": f"Bearer {KEY}", **headers},
        compression=Compression.Gzip,
    )
    made = TracerProvider(resource=Resource.create({"service.name": "shop"}), shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield made
    finally:
        made.shutdown()


def _pay(tracer: Tracer) -> None:
    with tracer.start_as_current_span("pay") as pay:
        pay.add_event("declined", {"code": 51})
        raise ValueError("sold out")


def test_batches_arrive_whole(server: ServerProcess) -> None:
    with provider(server, {"x-bt-parent": "project_name:batches"}) as tracers:
        tracer = tracers.get_tracer("shop.orders", "2.0")
        with tracer.start_as_current_span("order", kind=SpanKind.SERVER) as order:
            order.set_attribute("items", ["tea", "cup"])
            link = Link(order.get_span_context())
            for number in range(600):  # more than one batch of 512
                with tracer.start_as_current_span("step", links=[link]) as step:
                    step.set_attribute("number", number)
            with pytest.raises(ValueError, match="sold out"):
                _pay(tracer)
    found = server.sql("SELECT * FROM project_logs('batches') ORDER BY created, metadata.number")
    by_name: dict[str, list[dict[str, Any]]] = {"order": [], "step": [], "pay": []}
    for row in found:
        by_name[row["span_attributes"]["name"]].append(row)
    assert {name: len(members) for name, members in by_name.items()} == {"order": 1, "step": 600, "pay": 1}
    (root,), steps, (pay,) = by_name.values()
    assert (root["span_attributes"], root["is_root"]) == ({"name": "order", "kind": "server"}, True)
    assert root["metadata"] == {"items": ["tea", "cup"], "service.name": "shop"}
    assert root["context"]["span_origin"]["instrumentation"] == {"name": "shop.orders", "version": "2.0"}
    assert root["context"]["resource"]["telemetry.sdk.language"] == "python"
    assert {row["metadata"]["number"] for row in steps} == set(range(600))
    assert {tuple(row["span_parents"]) for row in steps} == {(root["span_id"],)}
    pointer = {"trace_id": root["root_span_id"], "span_id": root["span_id"], "attributes": {}}
    assert steps[0]["metadata"]["otel.links"] == [pointer]
    assert root["metrics"]["start"] <= steps[0]["metrics"]["start"] <= steps[0]["metrics"]["end"]
    assert pay["error"].startswith("ValueError: sold out\n\nTraceback (most recent call last):\n")
    (declined,) = pay["metadata"]["otel.events"]
    assert (declined["name"], declined["attributes"]) == ("declined", {"code": 51})


def test_a_refusal_reaches_the_exporter(server: ServerProcess, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), provider(server, {}) as tracers:
        tracers.get_tracer("t").start_span("lost").end()
    assert "400" in caplog.text
