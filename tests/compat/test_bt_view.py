"""`bt view` against a server: logs, traces, spans and waterfalls, from ids and from links."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.bt import Bt
from tests.support.servers import ServerProcess

pytestmark = [pytest.mark.slow]

PROJECT = "to view"
TRACE = "a" * 32
NUMBERS = [f"n{at:02}" for at in range(30)]


@pytest.fixture(scope="module")
def bt(new_bt: Callable[[str], Bt], server: ServerProcess) -> Bt:
    """A project with a trace of three spans, 30 traces of one and an old one in its logs; no test adds to them."""
    made = new_bt(PROJECT)
    place = {"project_id": made.project_id, "log_id": "g"}
    trace = {**place, "root_span_id": TRACE}
    rows = [
        {**trace, "id": "root", "span_id": "b" * 16, "input": {"text": "find the needle"}, "tags": ["seen"],
         "span_attributes": {"name": "request", "type": "task"}, "metrics": {"start": 1.0, "end": 3.0}},
        {**trace, "id": "model", "span_id": "c" * 16, "span_parents": ["b" * 16], "output": "x" * 500,
         "span_attributes": {"name": "model", "type": "llm"}, "metadata": {"model": "m"},
         "metrics": {"start": 1.0, "end": 2.5, "prompt_tokens": 3, "completion_tokens": 4, "tokens": 7}},
        {**trace, "id": "tool", "span_id": "d" * 16, "span_parents": ["c" * 16], "error": "it broke",
         "span_attributes": {"name": "look up", "type": "tool"}, "metrics": {"start": 1.5, "end": 2.0}},
        *({**place, "id": name, "input": at, "metadata": {"even": at % 2 == 0}} for at, name in enumerate(NUMBERS)),
        {**place, "id": "old", "created": (datetime.now(UTC) - timedelta(hours=50)).isoformat()},
    ]  # fmt: skip
    server.request("POST", "/logs3", {"rows": rows})
    return made


@pytest.fixture(scope="module")
def experiment(bt: Bt, server: ServerProcess) -> str:
    """Id of an experiment of the same project, with one case."""
    body = {"project_id": bt.project_id, "name": "one / ü"}
    made = server.request("POST", "/v1/experiment", body)["id"]
    rows = [{"id": "case", "span_id": "e" * 16, "root_span_id": "f" * 32, "input": "in", "output": "out"}]
    server.request("POST", f"/v1/experiment/{made}/insert", {"events": rows})
    return made


def link(server: ServerProcess, page: str) -> str:
    return f"{server.url}/app/local/p/{quote(PROJECT, safe='')}/{page}"


def every_row(bt: Bt, *arguments: str) -> list[str]:
    """Ids of all pages of `bt view logs`."""
    seen: list[str] = []
    cursor: list[str] = []
    while True:
        page = bt.json("view", "logs", *arguments, *cursor)
        assert page["items"]
        seen += [item["row"]["id"] for item in page["items"]]
        if not page["paging"]["has_more"]:
            return seen
        cursor = ["--cursor", page["paging"]["next_cursor"]]


def test_logs_are_listed_page_by_page(bt: Bt) -> None:
    newest_first = NUMBERS[::-1]
    assert every_row(bt, "--limit", "12") == [*newest_first, "root"]
    spans = every_row(bt, "--list-mode", "spans", "--limit", "12")
    assert spans == [*newest_first, "tool", "model", "root"]


def test_filters_and_search(bt: Bt, server: ServerProcess) -> None:
    even = every_row(bt, "--filter", "metadata.even = true")
    assert even == NUMBERS[::2][::-1]
    stored = server.sql(f"SELECT id FROM project_logs('{PROJECT}') WHERE metadata.even = true")
    assert sorted(even) == sorted(row["id"] for row in stored)
    assert every_row(bt, "--search", "needle") == ["root"]
    assert every_row(bt, "--search", "NEEDLE", "--list-mode", "spans") == ["root"]
    assert f"root_span_id={TRACE}" in bt("view", "logs", "--search", "needle")
    assert "returned 0 row(s)" in bt("view", "logs", "--search", "haystack")
    assert "query_invalid" in bt("view", "logs", "--json", "--filter", "colour = 1", status=4)


def test_windows_of_time(bt: Bt) -> None:
    recent = sorted(["root", *NUMBERS])
    assert sorted(every_row(bt)) == sorted(every_row(bt, "--window", "49h")) == recent
    for wide in (("--window", "3d"), ("--since", "2020-01-01T00:00:00Z")):
        assert sorted(every_row(bt, *wide)) == sorted([*recent, "old"])
    assert "returned 0 row(s)" in bt("view", "logs", "--since", "2100-01-01T00:00:00Z")


def test_a_trace_and_its_pages(bt: Bt, server: ServerProcess) -> None:
    trace = bt.json("view", "trace", "--trace-id", TRACE)
    assert [row["id"] for row in trace["items"]] == ["root", "model", "tool"]
    assert trace["items"][2]["error"] == "it broke"
    assert 100 < len(trace["items"][1]["output"]) < 150  # a preview
    seen: list[str] = []
    cursor: list[str] = []
    for _ in range(3):
        page = bt.json("view", "trace", "--trace-id", TRACE, "--limit", "1", *cursor)
        seen += [row["id"] for row in page["items"]]
        cursor = ["--cursor", str(page["paging"]["next_cursor"])]
    assert (seen, page["paging"]["next_cursor"]) == (["root", "model", "tool"], None)
    assert "rows=0" in bt("view", "trace", "--trace-id", "nothing")


def test_a_span_is_what_sql_says(bt: Bt, server: ServerProcess) -> None:
    for span in ("root", "model", "tool", "n07"):
        (row,) = server.sql(f"SELECT * FROM project_logs('{PROJECT}') WHERE id = '{span}'")
        assert bt.json("view", "span", "--id", span)["item"] == row
    assert "No span found" in bt("view", "span", "--id", "nothing")


@pytest.mark.parametrize("place", [f"r={TRACE}", f"r={TRACE}&s={'c' * 16}", f"s={'c' * 16}&tvt=timeline"])
def test_links_to_logs(bt: Bt, server: ServerProcess, place: str) -> None:
    url = link(server, f"logs?{place}")
    assert [row["id"] for row in bt.json("view", "trace", "--url", url)["items"]] == ["root", "model", "tool"]
    spans = bt.json("view", "waterfall", url)["waterfall"]["spans"]
    assert [span["row_id"] for span in spans] == ["root", "model", "tool"]
    if "s=" in place:
        assert bt.json("view", "span", "--url", url)["item"]["id"] == "model"
        assert "id=model" in bt("view", "waterfall", url).splitlines()[1]


def test_links_to_experiments(bt: Bt, server: ServerProcess, experiment: str) -> None:
    url = link(server, f"experiments/{quote('one / ü', safe='')}?r={'f' * 32}&s={'e' * 16}")
    (row,) = server.sql(f"SELECT * FROM experiment('{experiment}')")
    assert bt.json("view", "span", "--url", url)["item"] == row
    assert [one["id"] for one in bt.json("view", "trace", url)["items"]] == ["case"]
    assert bt.json("view", "span", "--object-ref", f"experiment:{experiment}", "--id", "case")["item"] == row
    assert every_row(bt, "--object-ref", f"experiment:{experiment}") == ["case"]


def test_a_link_needs_a_trace(bt: Bt, server: ServerProcess) -> None:
    assert "must include query parameter" in bt("view", "trace", "--url", link(server, "logs"), status=1)


def test_a_waterfall(bt: Bt) -> None:
    printed = bt("view", "waterfall", "--trace-id", TRACE)
    assert "summary: duration=2.00s tokens=7 input=3 output=4" in printed
    assert re.search(r'id=model offset=\+0.00s duration=1.50s span="llm m"', printed)
    spans = bt.json("view", "timeline", "--trace-id", TRACE)["waterfall"]["spans"]
    assert [(span["row_id"], span["depth"], span["offset_seconds"], span["has_error"]) for span in spans] == [
        ("root", 0, 0.0, False),
        ("model", 1, 0.0, False),
        ("tool", 2, 0.5, True),
    ]


TALK = "9" * 32


@pytest.fixture(scope="module")
def talk(new_bt: Callable[[str], Bt], server: ServerProcess) -> tuple[Bt, list[dict[str, Any]]]:
    """A project whose logs are a trace of two model calls and one of a judge, and the thread they make."""
    made = new_bt("to talk")
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Chur"}'}}
    asked = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Grüezi, how is it in Chur?"},
    ]
    used = {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None}
    again = {"role": "assistant", "content": None, "tool_calls": [call]}
    told = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
    said = {"role": "assistant", "content": "Sunny."}
    trace = {"project_id": made.project_id, "log_id": "g", "root_span_id": TALK}
    model = {**trace, "span_parents": ["1" * 16]}
    llm = {"name": "chat", "type": "llm"}
    rows = [
        {**trace, "id": "root", "span_id": "1" * 16, "input": "in", "output": "out"},
        {**model, "id": "second", "span_id": "2" * 16, "span_attributes": llm, "metrics": {"start": 2},
         "input": [*asked, again, told], "output": [{"index": 0, "message": said}]},
        {**model, "id": "first", "span_id": "3" * 16, "span_attributes": llm, "metrics": {"start": 1},
         "input": asked, "output": [{"index": 0, "message": used}]},
        {**model, "id": "judge", "span_id": "4" * 16, "input": "is it?", "metrics": {"start": 3},
         "span_attributes": {**llm, "purpose": "scorer"}},
    ]  # fmt: skip
    server.request("POST", "/logs3", {"rows": rows})
    return made, [*asked, used, told, said]


def test_a_thread_is_what_models_were_told_and_said(
    bt: Bt, server: ServerProcess, talk: tuple[Bt, list[dict[str, Any]]]
) -> None:
    talking, thread = talk
    for place in (
        ("--trace-id", TALK),
        ("--url", f"{server.url}/app/local/p/to%20talk/logs?r={TALK}&tvt=thread"),
    ):
        shown = talking.json("view", "thread", *place)
        assert shown["messages"] == thread
        assert (shown["summary"]["message_count"], shown["summary"]["tool_names"]) == (5, ["weather"])
        printed = talking("view", "thread", *place)
        assert "roles=assistant:2,system:1,tool:1,user:1" in printed
        assert "Grüezi, how is it in Chur?" in printed
    (answer,) = bt.json("view", "thread", "--trace-id", TRACE)["messages"]
    assert answer == {"role": "assistant", "content": "x" * 500}  # logged as a text
    assert "trace_not_found" in bt("view", "thread", "--trace-id", "nothing", "--json", status=4)
