"""PIVOT: the values of one group key become columns, a column for each value and measure: `gpt-5_avg_score`.

Which columns there are is known once the groups are, so the groups are read first and laid out here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlglot import exp

from assay_server.engines.query.literals import fail
from assay_server.engines.query.paths import path_text
from assay_server.engines.query.types import ResultColumn
from assay_server.errors import QueryError

MAX_COLUMNS = 1_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pivot:
    """The group keys come first in the select list: `dimensions` of them, the one at `at` becomes columns."""

    dimensions: int
    at: int


def pivot_of(dimensions: list[exp.Expr], wanted: list[exp.Expr]) -> Pivot:
    """A pivot clause that names measures, or the dimension to turn; without one, the last is turned."""
    if not dimensions:
        raise fail("pivot needs dimensions: the values of one of them become columns.", wanted[0])
    named = {path_text(item.unalias()) for item in wanted}
    for at, dimension in enumerate(dimensions):
        if {dimension.alias_or_name, path_text(dimension.unalias())} & named:
            return Pivot(len(dimensions), at)
    return Pivot(len(dimensions), len(dimensions) - 1)


def lay_out(
    pivot: Pivot, columns: list[ResultColumn], rows: Iterable[Row], limit: int | None
) -> tuple[list[ResultColumn], list[Row]]:
    """Rows by the other keys, in the order in which each first comes. Raises QueryError past 1,000 columns."""
    keys = [column for at, column in enumerate(columns[: pivot.dimensions]) if at != pivot.at]
    turned, measures = columns[pivot.at], columns[pivot.dimensions :]
    laid: dict[bytes, Row] = {}
    found: dict[str, ResultColumn] = {}
    for row in rows:
        group = msgspec.json.encode([row[key.name] for key in keys])
        into = laid.setdefault(group, {key.name: row[key.name] for key in keys})
        for measure in measures:
            name = f"{_shown(row[turned.name])}_{measure.name}"
            found.setdefault(name, ResultColumn(name, measure.kind))
            into[name] = row[measure.name]
        if len(found) > MAX_COLUMNS:
            raise QueryError(
                f"pivot would give more than {MAX_COLUMNS:,} columns; filter the values of {turned.name}."
            )
    names = sorted(found)
    full = [
        {**{name: row.get(name) for name in (*[key.name for key in keys], *names)}} for row in laid.values()
    ]
    return [*keys, *(found[name] for name in names)], full[:limit]


def _shown(value: Any) -> str:
    """A value as a part of a column's name."""
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
