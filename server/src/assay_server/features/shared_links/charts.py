"""The questions behind the charts of a shared board.

Whoever holds a link to a board sends no SQL: it names charts, and their questions are made here. They are those that
the monitor page makes of a chart (`ui/src/features/monitor/questions.ts`); `questions.cases.json` beside it holds
examples that both are tested by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay_server.errors import BadRequest, NotFound

_NOT_SCORING = "span_attributes.purpose IS DISTINCT FROM 'scorer'"
_LIST = "tags"
"""The field that holds a list: a row belongs to each of its values."""
_GRAINS: Mapping[str, str] = {
    "traces": "",
    "calls": "span_attributes.type = 'llm'",
    "tools": "span_attributes.type = 'tool'",
    "scores": "",
    "spans": "",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of a board; a measure is `(sql, whether its mean is shown)`."""

    id: str
    kind: str
    grain: str
    measures: tuple[tuple[str, bool], ...]
    where: str
    by: str


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, as stored times; None is open."""

    since: str | None = None
    until: str | None = None


def read_chart(raw: Any) -> Chart | None:
    """A chart of a stored board, or None when it is none: boards may be written by anyone with the API."""
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str) or raw.get("grain") not in _GRAINS:
        return None
    if raw.get("kind") not in ("series", "top", "number") or not isinstance(raw.get("measures"), list):
        return None
    measures = tuple(
        (one["sql"], one.get("mean") is True)
        for one in raw["measures"]
        if isinstance(one, dict) and isinstance(one.get("sql"), str) and isinstance(one.get("label"), str)
    )
    if not measures:
        return None
    where, by = (value if isinstance(value := raw.get(name), str) else "" for name in ("where", "by"))
    return Chart(raw["id"], raw["kind"], raw["grain"], measures, where, by)


def pick_charts(stored: Sequence[Any], ids: Sequence[str]) -> list[Chart]:
    """The charts of a board with these ids. Raises NotFound for others."""
    known = {chart.id: chart for chart in map(read_chart, stored) if chart is not None}
    for one in ids:
        if one not in known:
            raise NotFound(f"The shared board has no chart {one[:100]!r}.", code="chart_not_found")
    return [known[one] for one in ids]


def ends_question(project_id: str, window: Window) -> str:
    """First and last moment there is anything to see: one row `first`, `last`."""
    filters = _all(_between(window))
    return (
        f"SELECT min(created) AS first, max(created) AS last FROM {_source('spans', project_id)}"
        f"{f' WHERE {filters}' if filters else ''}"
    )


def series_question(charts: Sequence[Chart], project_id: str, window: Window, unit: str | None) -> str:
    """Rows `at` and `c0`, `c1`, …, the values of the measures; without a unit, one over the whole time.

    Raises BadRequest for charts of several kinds.
    """
    if not charts or len({(chart.grain, chart.where) for chart in charts}) != 1:
        raise BadRequest("Ask for charts over time of one kind of row at once.", code="charts_mixed")
    grain = charts[0].grain
    expressions = list(dict.fromkeys(sql for chart in charts for sql in _columns(chart)))
    values = ", ".join(f"{sql} AS c{number}" for number, sql in enumerate(expressions))
    filters = _all(_conditions(charts[0], window))
    at = f"date_trunc('{unit}', created)" if unit else ""
    if grain == "scores":
        return (
            f"from: project_logs('{project_id}') | unpivot: scores as (name, value) | "
            f"dimensions: {f'{at} as at, ' if at else ''}name as series | measures: {values} | "
            f"filter: {_all([filters, 'value IS NOT NULL'])} | sort: {'at' if at else 'series'} | limit: 5000"
        )
    where = f" WHERE {filters}" if filters else ""
    rows = f"{values} FROM {_source(grain, project_id)}{where}"
    return f"SELECT {at} AS at, {rows} GROUP BY 1 ORDER BY 1 LIMIT 5000" if at else f"SELECT {rows}"


def list_question(chart: Chart, project_id: str, window: Window) -> str:
    """Rows `series`, `c0`, `c1`, … of a top list, most first; or, without a field, one row: a number."""
    top = chart.kind == "top"
    filters = _all([*_conditions(chart, window), f"{chart.by} IS NOT NULL" if top and chart.by else ""])
    values = ", ".join(f"{sql} AS c{number}" for number, sql in enumerate(_columns(chart)))
    if chart.grain == "scores":
        parts = [
            f"from: project_logs('{project_id}')",
            "unpivot: scores as (name, value)",
            f"dimensions: {chart.by or 'name'} as series" if top else "",
            f"measures: {values}",
            f"filter: {_all([filters, 'value IS NOT NULL'])}",
            "sort: c0 desc" if top else "",
            "limit: 10",
        ]
        return " | ".join(part for part in parts if part)
    source = f"{_source(chart.grain, project_id)}{f' WHERE {filters}' if filters else ''}"
    if chart.kind == "number" or not chart.by:
        return f"SELECT {values} FROM {source}"
    by = chart.by
    if by == _LIST:
        source, by = f"(SELECT * FROM {source}) UNPIVOT (tag FOR _ IN ({_LIST}))", "tag"
    return f"SELECT {by} AS series, {values} FROM {source} GROUP BY 1 ORDER BY c0 DESC LIMIT 10"


def _columns(chart: Chart) -> list[str]:
    """The expressions of a chart: each measure, or its mean with what the interval needs."""
    found: list[str] = []
    for sql, mean in chart.measures:
        found += [f"avg({sql})", f"stddev({sql})", f"count({sql})"] if mean else [sql]
    return found


def _between(window: Window) -> list[str]:
    return [
        f"created >= '{window.since}'" if window.since else "",
        f"created < '{window.until}'" if window.until else "",
    ]


def _conditions(chart: Chart, window: Window) -> list[str]:
    scoring = "" if chart.grain == "scores" else _NOT_SCORING
    return [*_between(window), _GRAINS[chart.grain], scoring, chart.where]


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(f"({one.strip()})" for one in conditions if one.strip())


def _source(grain: str, project_id: str) -> str:
    shape = ", shape => 'summary'" if grain == "traces" else ""
    return f"project_logs('{project_id}'{shape})"
