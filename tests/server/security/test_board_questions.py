"""The server asks for the charts of a shared board what the monitor page asks: one file of examples for both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assay_server.features.shared_links.charts import (
    Chart,
    Window,
    ends_question,
    list_question,
    read_chart,
    series_question,
)

CASES = Path(__file__).parents[3] / "ui" / "src" / "features" / "monitor" / "questions.cases.json"


def asked(case: dict[str, Any]) -> str:
    """The SQL of one example."""
    window = Window(case["from"], case["to"])
    if case["ask"] == "ends":
        return ends_question(case["project"], window)
    charts = [chart for chart in map(read_chart, case["charts"]) if chart is not None]
    assert all(isinstance(chart, Chart) for chart in charts)
    if case["ask"] == "series":
        return series_question(charts, case["project"], window, case["unit"])
    return list_question(charts[0], case["project"], window)


@pytest.mark.parametrize("case", json.loads(CASES.read_text()), ids=lambda case: case["name"])
def test_the_question_is_that_of_the_page(case: dict[str, Any]) -> None:
    assert asked(case) == case["sql"]


@pytest.mark.parametrize(
    "raw",
    [None, "x", {}, {"id": 1}, {"id": "a", "kind": "series", "grain": "rows", "measures": []},
     {"id": "a", "kind": "series", "grain": "spans", "measures": [{"label": "n"}]},
     {"id": "a", "kind": "pie", "grain": "spans", "measures": [{"label": "n", "sql": "count(*)"}]}],
)  # fmt: skip
def test_what_is_no_chart_is_none(raw: Any) -> None:
    assert read_chart(raw) is None
