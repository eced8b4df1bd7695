"""Traces as trees, server-sent events out of bytes, cells out of rows."""

from __future__ import annotations

import click
import pytest

from assay.cli import previews
from assay.cli.live import Event, read_events
from assay.cli.logs import since_condition
from assay.cli.trace_tree import tree_lines


def span(span_id: str, parent: str | None, start: float, **extra: object) -> dict[str, object]:
    """A row of a trace."""
    return {
        "span_id": span_id,
        "span_parents": [parent] if parent else None,
        "span_attributes": {"name": span_id, "type": extra.pop("type", None)},
        "metrics": {"start": start, "end": start + 0.25, **extra.pop("metrics", {})},  # type: ignore[dict-item]
        **extra,
    }


def plain(rows: list[dict[str, object]], *, full: bool = False) -> list[str]:
    return [click.unstyle(line) for line in tree_lines(rows, full=full)]


def test_children_stand_below_their_parents_in_order_of_start() -> None:
    rows = [
        span("late", "root", 3.0, type="tool"),
        span("root", None, 1.0, type="task"),
        span("early", "root", 2.0, type="llm", metrics={"tokens": 1234, "estimated_cost": 0.0012}),
        span("inner", "early", 2.1),
    ]
    assert plain(rows) == [
        "root  task  250 ms",
        "├─ early  llm  250 ms  1.2k tok  $0.0012",
        "│  └─ inner  250 ms",
        "└─ late  tool  250 ms",
    ]


def test_orphans_and_self_parents_are_shown() -> None:
    rows = [span("root", None, 1.0), span("orphan", "gone", 2.0), span("self", "self", 3.0)]
    assert plain(rows) == ["root  250 ms", "orphan  250 ms", "self  250 ms"]


def test_full_prints_payloads_without_control_characters() -> None:
    rows = [span("root", None, 1.0, input="hi\x1b[2J", output={"a": 1}, error="Boom: x\n\ntrace")]
    assert plain(rows, full=True) == [
        "root  250 ms  error: Boom: x",
        "  input",
        "    hi\\x1b[2J",
        "  output",
        "    {",
        '      "a": 1',
        "    }",
        "  error",
        "    Boom: x",
        "    ",
        "    trace",
    ]


def test_traces_deeper_than_the_recursion_limit() -> None:
    rows = [span("0", None, 0.0), *(span(str(n), str(n - 1), float(n)) for n in range(1, 3000))]
    assert len(plain(rows)) == 3000


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_events_are_read_whatever_the_chunks(size: int) -> None:
    text = ': hello\n\nevent: spans\ndata: {"a":\ndata: 1}\r\n\r\ndata:ü\n\nevent: lost\n\ndata: unfinished'
    stream = text.encode()
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert list(read_events(chunks)) == [Event("spans", '{"a":\n1}'), Event("message", "ü")]


def test_a_chat_is_previewed_by_its_last_message() -> None:
    chat = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "jazz please"}]
    assert previews.preview(chat) == "jazz please"
    assert previews.preview([{"role": "user", "content": [{"type": "image"}]}]).startswith('[{"role":"user"')
    assert previews.preview(None) == ""


def test_scores_leave_out_what_did_not_apply() -> None:
    assert previews.scores({"Variety": 0.875, "Length": None, "Exact": 1}) == "Variety 87.5 %, Exact 100.0 %"


@pytest.mark.parametrize(
    ("since", "unit"), [("30m", "30 MINUTE"), ("24h", "24 HOUR"), ("7d", "7 DAY"), ("1w", "1 WEEK")]
)
def test_since(since: str, unit: str) -> None:
    assert since_condition(since) == f"created >= NOW() - INTERVAL {unit}"


@pytest.mark.parametrize("since", ["", "3", "h", "-1h", "1 h", "1h; DROP"])
def test_since_refuses_anything_else(since: str) -> None:
    with pytest.raises(click.UsageError, match="such as 30m"):
        since_condition(since)
