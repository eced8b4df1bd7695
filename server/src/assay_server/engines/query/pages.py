"""The order of a page: what was asked for, made total, so that a row has one place in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sqlglot import exp

from assay_server.engines.query.cursor import PageKey
from assay_server.engines.query.relations import Spans
from assay_server.engines.query.select import Analysis, SortKey
from assay_server.engines.query.traces import BEGAN, Summary
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value

ALWAYS_SET = frozenset({"id", "span_id", "root_span_id", "created", "_xact_id", "_pagination_key"})
Mode = Literal["rows", "traces", "summary", "result"]


def by_text(key: PageKey) -> PageKey:
    """The same key, lists and intervals by their text: a position holds text, and neither has an order of its own."""
    if key.kind not in (Kind.LIST, Kind.INTERVAL):
        return key
    return replace(key, sql=f"toString({key.sql})", kind=Kind.TEXT)


def mode_of(analysis: Analysis) -> Mode:
    """How pages of an analysis are told apart."""
    plain = not (analysis.grouped or analysis.distinct or analysis.unpivot or analysis.windowed)
    sortable = all(key.value.kind not in (Kind.LIST, Kind.INTERVAL) for key in analysis.order)
    if not plain or not sortable:
        return "result"
    if isinstance(analysis.spans, Summary):
        return "summary"
    if isinstance(analysis.spans, Spans):
        return "traces" if analysis.spans.shape == "traces" else "rows"
    return "result"


def page_keys(analysis: Analysis) -> list[PageKey]:
    """The order of a page: what was asked for, newest first otherwise, made total by the ids of the row."""
    match mode_of(analysis):
        case "rows":
            assert isinstance(analysis.spans, Spans)
            asked = asked_order(analysis) or [PageKey("created", Kind.TIME, True, nullable=False)]
            return asked + _row_ids(analysis.spans, asked)
        case "summary":
            asked = asked_order(analysis) or [PageKey(BEGAN, Kind.TIME, True, nullable=False)]
            return _with_trace_id(asked)
        case "traces":
            asked = [_of_trace(key) for key in analysis.order] or [
                PageKey("min(created)", Kind.TIME, True, nullable=False)
            ]
            return _with_trace_id(asked)
    return []


def _with_trace_id(asked: list[PageKey]) -> list[PageKey]:
    return [*asked, PageKey("root_span_id", Kind.TEXT, asked[-1].descending, nullable=False)]


def _row_ids(spans: Spans, asked: list[PageKey]) -> list[PageKey]:
    """Ids that tell two rows of equal sort keys apart, in the direction in which the table can be read."""
    descending = asked[-1].descending
    names = ["root_span_id", "id"] if asked[-1].sql == "created" else ["id"]
    names += ["object_id"] if len(spans.objects) > 1 else []
    taken = {key.sql for key in asked}
    keys = [PageKey(name, Kind.TEXT, descending, nullable=False) for name in names if name not in taken]
    if spans.audit_log:
        version = spans.lookup(["_xact_id"], exp.Null())
        assert version is not None
        if version.sql not in taken:
            keys.append(PageKey(version.sql, Kind.XACT, descending, nullable=False))
    if spans.entry:
        keys.append(PageKey(spans.entry, Kind.TEXT, descending, nullable=False))
    return keys


def _of_trace(key: SortKey) -> PageKey:
    """A trace stands where its first span by that key stands; by time, where it began."""
    first = "max" if key.descending and key.value.sql != "created" else "min"
    return PageKey(
        f"{first}({key.value.sql})", key.value.kind, key.descending, key.nulls_first, _nullable(key.value)
    )


def asked_order(analysis: Analysis) -> list[PageKey]:
    """The order that was asked for."""
    return [
        PageKey(key.value.sql, key.value.kind, key.descending, key.nulls_first, _nullable(key.value))
        for key in analysis.order
    ]


def _nullable(value: Value) -> bool:
    """Whether the value can be missing. Keys that cannot are read in the order of the table."""
    return value.column not in ALWAYS_SET


def key_text(key: PageKey, mode: Mode) -> str:
    """A key of a row as text, as a page token holds it."""
    sql = key.sql
    if mode == "traces" and sql != "root_span_id":
        sql = f"{sql} OVER (PARTITION BY root_span_id)"
    return f"toString({sql})"
