"""OpenTelemetry spans through the span processors of the published SDKs, alone and in one trace with SDK spans."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.compat.conftest import NODE, PYTHON, Day
from tests.compat.reading import logged
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]


@pytest.fixture
def day(ran: Callable[[str], Day]) -> Day:
    return ran("otel")


def test_spans_arrive_as_rows(server: ServerProcess, day: Day) -> None:
    rows = {row["span_attributes"]["name"]: row for row in logged(server, day).values()}
    request, call = rows["request"], rows["gen_ai.chat"]
    assert (request["input"], request["tags"], request["is_root"]) == ({"q": "ä"}, ["seen"], True)
    assert request["metadata"]["user"] == "u1"
    assert (call["span_attributes"]["type"], call["metadata"]["model"]) == ("llm", "gpt-4o-mini")
    (asked,), (choice,) = call["input"], call["output"]
    assert (asked["content"], choice["message"]["content"]) == ("grüezi", "hoi")
    assert [call["metrics"][name] for name in ("prompt_tokens", "completion_tokens")] == [3, 4]
    assert call["metrics"]["estimated_cost"] == pytest.approx((3 * 0.15 + 4 * 0.60) / 1e6)
    for row in (call, rows["plain"]):
        assert (row["span_parents"], row["root_span_id"]) == ([request["span_id"]], request["root_span_id"])
    origin = {PYTHON: "braintrust-python-otel", NODE: "braintrust-otel-js"}[day.client]
    assert call["context"]["span_origin"]["instrumentation"]["name"] == origin


def test_a_filter_keeps_what_is_about_models(server: ServerProcess, day: Day) -> None:
    rows = server.sql(f"SELECT span_attributes.name FROM project_logs('{day.project}, narrow') ORDER BY 1")
    assert [row["name"] for row in rows] in (["gen_ai.chat"], ["gen_ai.chat", "request"])


@pytest.mark.parametrize(("above", "below"), [("native", "below native"), ("otel", "below otel")])
def test_both_kinds_of_spans_make_one_trace(server: ServerProcess, day: Day, above: str, below: str) -> None:
    rows = {row["span_attributes"]["name"]: row for row in logged(server, day).values()}
    assert rows[above]["is_root"]
    assert (rows[below]["span_parents"], rows[below]["root_span_id"]) == (
        [rows[above]["span_id"]],
        rows[above]["root_span_id"],
    )
