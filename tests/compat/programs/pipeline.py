"""For `bt datasets pipeline`: rows of a dataset from spans of logs."""

from __future__ import annotations

import os
from typing import Any

from braintrust import DatasetPipeline

PROJECT = os.environ["BRAINTRUST_DEFAULT_PROJECT"]


async def from_span(
    *, id: str, input: Any, output: Any, expected: Any, metadata: Any, trace: Any, **_more: Any
) -> dict[str, Any] | list[dict[str, Any]]:
    spans = await trace.get_spans()
    names = sorted(span.span_attributes["name"] for span in spans)
    row = {"input": input, "expected": expected or output, "metadata": {**(metadata or {}), "spans": names}}
    again = {"id": f"{id}-again", "input": input, "tags": ["twice"]}
    return [{**row, "id": id}, again] if output == "two" else row


async def from_trace(*, trace: Any, **_more: Any) -> dict[str, Any] | None:
    spans = await trace.get_spans(span_type=["llm"])
    return {"input": [span.input for span in spans], "expected": len(spans)} if spans else None


DatasetPipeline(
    name="spans",
    source={"project_name": PROJECT, "filter": "span_attributes.type = 'llm'", "scope": "span"},
    transform=from_span,
    target={"project_name": PROJECT, "dataset_name": "of spans", "description": "one row a model call"},
)
DatasetPipeline(
    name="traces",
    source={"project_name": PROJECT, "scope": "trace"},
    transform=from_trace,
    target={"project_name": PROJECT, "dataset_name": "of traces"},
)
