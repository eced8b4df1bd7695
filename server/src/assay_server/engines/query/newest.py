"""The newest traces, found among the newest spans: the end of the table is read instead of grouping all of it.

A trace stands where it began, and one of its spans was created then. So the traces that began at or after a moment are
all among those with a span created at or after it, and a page that is full with them is the right page. `SPANS_A_TRACE`
guesses how far back that moment lies; when the page does not become full, the whole is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assay_server.engines.query.cursor import PageKey, key_literal
from assay_server.engines.query.select import Analysis
from assay_server.engines.query.traces import BEGAN, Summary

SPANS_A_TRACE = 16


def newest(
    analysis: Analysis, keys: list[PageKey], traces: int | None, position: Sequence[str | None]
) -> Analysis | None:
    """The same page looked for among the newest spans (before a position, if there is one); None where that is no use.

    It is of use for traces, newest first, whose conditions are about time alone: the newest spans that meet any others
    have to be searched for as well.
    """
    summary = analysis.spans
    newest_first = bool(keys) and keys[0].sql == BEGAN and keys[0].descending
    if traces is None or not isinstance(summary, Summary) or not newest_first or not analysis.by_time:
        return None
    rows = replace(summary.spans, final=False)
    before = [f"created <= {key_literal(keys[0].kind, position[0])}"] if position and position[0] else []
    spans = traces * SPANS_A_TRACE
    created = (
        f"SELECT created FROM {rows.table(*analysis.where, *before)} ORDER BY created DESC LIMIT {spans}"
    )
    since = f"(SELECT min(created) FROM ({created}))"
    found = f"SELECT root_span_id FROM {rows.table(f'created >= {since}', *before)}"
    return replace(
        analysis,
        where=[],
        traces=[f"root_span_id IN ({found})"],
        having=[*analysis.having, *met(analysis.where), f"{BEGAN} >= {since}"],
    )


def met(conditions: Sequence[str]) -> list[str]:
    """A condition on the group of a trace: some span of it, as it is now, meets all of these."""
    return [f"countIf({' AND '.join(f'({one})' for one in conditions)}) > 0"] if conditions else []
