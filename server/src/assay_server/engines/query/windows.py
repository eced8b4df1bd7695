"""Window functions and sort terms: `sum(x) OVER (PARTITION BY y ORDER BY z ROWS …)`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from assay_server.engines.query.aggregates import AGGREGATES, WINDOW_ONLY
from assay_server.engines.query.calls import aggregate, check_arguments
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value, carried, order_keys

if TYPE_CHECKING:
    from assay_server.engines.query.expressions import Compiler


def window(compiler: Compiler, node: exp.Expr) -> Value:
    """A function over a window."""
    function = node.this
    named = node.args.get("alias") or node.args.get("over") not in (None, "OVER")
    if not isinstance(function, exp.Anonymous) or named:
        raise fail("A window stands behind a function: sum(x) OVER (PARTITION BY y ORDER BY z).", node)
    value = _windowed_value(compiler, function, node)
    if value.kind is Kind.JSON and function.name.lower() in AGGREGATES:
        name = function.name.lower()
        raise fail(f"{name} over a window takes a number or text; cast it first: {name}(x::number).", node)
    return replace(value, sql=f"{value.sql} OVER ({_body(compiler, node)})")


def _windowed_value(compiler: Compiler, function: exp.Anonymous, node: exp.Expr) -> Value:
    name, args = function.name.lower(), list(function.expressions)
    if name in WINDOW_ONLY:
        check_arguments(name, WINDOW_ONLY[name].least, WINDOW_ONLY[name].most, args, node)
        return WINDOW_ONLY[name].build(compiler.each(args), node)
    if name == "count" or name in AGGREGATES:
        return aggregate(compiler, node, name, args)
    hint = did_you_mean(name, [*WINDOW_ONLY, *AGGREGATES, "count"])
    raise fail(f"There is no window function {function.name}.{hint}", node)


def _body(compiler: Compiler, node: exp.Expr) -> str:
    parts = []
    if partition := node.args.get("partition_by"):
        parts.append("PARTITION BY " + ", ".join(carried(value) for value in compiler.each(partition)))
    if order := node.args.get("order"):
        terms = [term for one in order.expressions for term in _sort_terms(compiler, one)]
        parts.append("ORDER BY " + ", ".join(terms))
    if spec := node.args.get("spec"):
        parts.append(_frame(spec))
    return " ".join(parts)


def _sort_terms(compiler: Compiler, ordered: exp.Expr) -> list[str]:
    direction = "DESC" if ordered.args.get("desc") else "ASC"
    nulls = "FIRST" if ordered.args.get("nulls_first") else "LAST"
    return [f"{key.sql} {direction} NULLS {nulls}" for key in order_keys(compiler.compile(ordered.this))]


def _frame(spec: exp.Expr) -> str:
    kind = str(spec.args.get("kind") or "ROWS").upper()
    if kind not in ("ROWS", "RANGE") or spec.args.get("exclude"):
        raise fail("A frame is ROWS or RANGE BETWEEN … AND ….", spec)
    start = _bound(spec.args.get("start"), spec.args.get("start_side"), spec)
    if spec.args.get("end") is None:
        return f"{kind} {start}"
    return f"{kind} BETWEEN {start} AND {_bound(spec.args['end'], spec.args.get('end_side'), spec)}"


def _bound(bound: exp.Expr | str | None, side: str | None, spec: exp.Expr) -> str:
    if bound == "CURRENT ROW":
        return "CURRENT ROW"
    amount = "UNBOUNDED" if bound == "UNBOUNDED" else str(getattr(bound, "this", ""))
    if (amount == "UNBOUNDED" or amount.isdigit()) and side in ("PRECEDING", "FOLLOWING"):
        return f"{amount} {side}"
    raise fail("A frame runs between UNBOUNDED or a number PRECEDING or FOLLOWING, or CURRENT ROW.", spec)
