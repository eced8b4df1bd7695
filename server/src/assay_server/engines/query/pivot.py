"""PIVOT: the values of one group key become columns, a column for each value and measure: `gpt-5_avg_score`.

Which columns there are is known once the groups are, so the groups are read first and laid out here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlglot import exp

from assay_server.engines.query.aggregates import AGGREGATES
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


def spread(column: exp.Expr, values: list[exp.Expr], measures: list[exp.Expr]) -> list[exp.Expr]:
    """A column for each value and measure, `value_measure`; null where a group has no row of the value."""
    return [_cell(column, value, measure) for value in values for measure in measures]


def _cell(column: exp.Expr, value: exp.Expr, measure: exp.Expr) -> exp.Expr:
    """One measure over the rows of one value, null when there are none."""
    same = exp.EQ(this=column.copy(), expression=value.copy())
    inner = measure.this if isinstance(measure, exp.Alias) else measure
    name = measure.alias or (inner.name.lower() if isinstance(inner, exp.Anonymous) else path_text(inner))
    some = exp.GT(this=_call("count_if", same), expression=exp.Literal.number(0))
    found = inner.copy().transform(lambda one: _among(one, same))
    shown = value.name if isinstance(value, exp.Literal) else value.sql().lower()
    return exp.alias_(exp.If(this=some, true=found, false=exp.Null()), f"{shown}_{name}", quoted=True)


def _among(node: exp.Expr, same: exp.Expr) -> exp.Expr:
    """An aggregate over just the rows that meet a condition; other nodes as they are."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name != "count" and name not in AGGREGATES:
        return node
    first, *rest = node.expressions or [exp.Star()]
    if isinstance(first, exp.Star):
        return _call("count_if", same)
    if name == "count_if":
        return _call(name, exp.and_(same.copy(), first.copy()))
    held = first.expressions[0] if isinstance(first, exp.Distinct) else first
    kept: exp.Expr = exp.If(this=same.copy(), true=held.copy(), false=exp.Null())
    kept = exp.Distinct(expressions=[kept]) if isinstance(first, exp.Distinct) else kept
    return _call(name, kept, *(one.copy() for one in rest))


def _call(name: str, *args: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[arg.copy() for arg in args])


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
