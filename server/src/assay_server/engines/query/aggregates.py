"""Aggregate and window functions. An aggregate over nothing but missing values is null; a count is 0."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from assay_server.engines.query.literals import fail, number
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value, as_bool, as_json, as_number, as_text, carried, is_null

MEANS = ("avg", "mean")
Build = Callable[[list[Value], exp.Expr], Value]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate: how many arguments it takes and its builder."""

    least: int
    most: int
    build: Build


def count_rows() -> Value:
    """`count(*)`."""
    return Value(Kind.NUMBER, "count()")


def count_values(value: Value) -> Value:
    """`count(x)`: rows where x is present."""
    return Value(Kind.NUMBER, f"countIf(NOT {is_null(value)})")


def count_distinct(value: Value) -> Value:
    """`count(DISTINCT x)`: exact."""
    present = f"if({is_null(value)}, NULL, {carried(value)})" if value.kind is Kind.LIST else carried(value)
    return Value(Kind.NUMBER, f"uniqExact({present})")


def _over_numbers(function: str) -> Build:
    return lambda args, node: Value(Kind.NUMBER, f"{function}({_measured(args[0])})")


def exact_mean(args: list[Value], node: exp.Expr) -> Value:
    """The mean as `math.fsum` would make it, whatever the order of the rows: to the last digit what summaries show.

    A compensated sum still depends on the order. So each number is cut into three parts that lie on grids, of 2^-20
    and 2^-52, whose sums lose nothing, and only the three sums are added. Numbers of 2^32 and more stay whole.
    Each step has a name, made of the text it stands for, so that the expression is written once however long it is.
    Two functions take no FILTER and no OVER behind them: there the store's own mean stands.
    """
    measured = f"toFloat64({_measured(args[0])})"
    stem = int.from_bytes(hashlib.blake2b(measured.encode(), digest_size=7).digest(), "big")
    whole, coarse, rest, fine = (f"u{stem}{step}" for step in range(4))
    first = f"if(abs({measured} AS {whole}) < 4294967296, round({whole} * 1048576) / 1048576, {whole}) AS {coarse}"
    second = f"round(({whole} - {coarse} AS {rest}) * 4503599627370496) / 4503599627370496 AS {fine}"
    sums = f"sumKahanOrNull({first}) + (sumKahanOrNull({second}) + sumKahanOrNull({rest} - {fine}))"
    return Value(Kind.NUMBER, f"(({sums}) / count({whole}))")


def _measured(value: Value) -> str:
    return f"toFloat64({as_bool(value)})" if value.kind is Kind.BOOL else as_number(value)


def _extreme(function: str) -> Build:
    def build(args: list[Value], node: exp.Expr) -> Value:
        value = args[0]
        if value.kind is not Kind.JSON:
            return Value(value.kind, f"{function}({value.sql})")
        numeric = f"{function}({as_number(value)})"
        textual = f"toJSONString({function}({as_text(value, strict=True)}))"
        return Value(Kind.JSON, f"ifNull(toString({numeric}), {textual})")

    return build


def _percentile(args: list[Value], node: exp.Expr) -> Value:
    share = args[1].literal if args[1].is_literal else None
    if not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 <= share <= 1:
        raise fail("percentile takes a share from 0 to 1 second: percentile(metrics.tokens, 0.95).", node)
    return Value(Kind.NUMBER, f"quantileExactInclusiveOrNull({number(share)})({as_number(args[0])})")


def _any_value(args: list[Value], node: exp.Expr) -> Value:
    value = args[0]
    present = as_json(value) if value.kind is Kind.JSON else value.sql
    return Value(value.kind, f"anyOrNull({present})" if value.kind is not Kind.LIST else f"any({present})")


def _collect(args: list[Value], node: exp.Expr) -> Value:
    return Value(Kind.LIST, f"groupArray(10000)({as_text(args[0])})")


def _count_if(args: list[Value], node: exp.Expr) -> Value:
    return Value(Kind.NUMBER, f"countIf({as_bool(args[0])})")


AGGREGATES: dict[str, Aggregate] = {
    "count_distinct": Aggregate(1, 1, lambda args, node: count_distinct(args[0])),
    "count_if": Aggregate(1, 1, _count_if),
    "sum": Aggregate(1, 1, _over_numbers("sumOrNull")),
    **dict.fromkeys(MEANS, Aggregate(1, 1, _over_numbers("avgOrNull"))),
    "min": Aggregate(1, 1, _extreme("minOrNull")),
    "max": Aggregate(1, 1, _extreme("maxOrNull")),
    "percentile": Aggregate(2, 2, _percentile),
    "median": Aggregate(1, 1, _over_numbers("quantileExactInclusiveOrNull(0.5)")),
    **dict.fromkeys(("stddev", "stddev_samp"), Aggregate(1, 1, _over_numbers("stddevSampOrNull"))),
    **dict.fromkeys(("variance", "var_samp"), Aggregate(1, 1, _over_numbers("varSampOrNull"))),
    **dict.fromkeys(("any_value", "any"), Aggregate(1, 1, _any_value)),
    "array_agg": Aggregate(1, 1, _collect),
}
"""`count` is apart: it takes `*`, a value or DISTINCT."""


def _ranked(function: str) -> Build:
    return lambda args, node: Value(Kind.NUMBER, f"{function}()")


def _shifted(function: str) -> Build:
    def build(args: list[Value], node: exp.Expr) -> Value:
        value = args[0]
        distance = args[1].literal if len(args) > 1 else 1
        if not isinstance(distance, int) or isinstance(distance, bool) or not 0 <= distance <= 1_000_000:
            raise fail(f"{function} takes its distance as a whole number: {function}(x, 1).", node)
        shifted = carried(value) if value.kind is Kind.LIST else f"toNullable({carried(value)})"
        return Value(value.kind, f"{function}({shifted}, {distance})")

    return build


def _positioned(function: str) -> Build:
    return lambda args, node: Value(args[0].kind, f"{function}({carried(args[0])})")


def _tiles(args: list[Value], node: exp.Expr) -> Value:
    parts = args[0].literal if args[0].is_literal else None
    if not isinstance(parts, int) or parts < 1:
        raise fail("ntile takes how many parts to make: ntile(4).", node)
    return Value(Kind.NUMBER, f"ntile({parts})")


WINDOW_ONLY: dict[str, Aggregate] = {
    **{
        name: Aggregate(0, 0, _ranked(name))
        for name in ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist")
    },
    **{name: Aggregate(1, 2, _shifted(name)) for name in ("lag", "lead")},
    **{name: Aggregate(1, 1, _positioned(name)) for name in ("first_value", "last_value")},
    "ntile": Aggregate(1, 1, _tiles),
}
