"""Function calls: looked up by name, their arguments counted and compiled in the scope that belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from assay_server.engines.query import aggregates, functions
from assay_server.engines.query.aggregates import AGGREGATES, WINDOW_ONLY
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.operators import search_text, searchable
from assay_server.engines.query.relations import Spans
from assay_server.engines.query.schema import SEARCHED_COLUMNS
from assay_server.engines.query.traces import Summary
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value, truth

if TYPE_CHECKING:
    from assay_server.engines.query.expressions import Compiler


def call(compiler: Compiler, node: exp.Expr) -> Value:
    """A call by name. Raises QueryError when there is no such function, with the nearest one."""
    name, args = node.name.lower(), list(node.expressions)
    if name in _SPECIAL:
        return _SPECIAL[name](compiler, node)
    if name == "count" or name in AGGREGATES:
        inner = compiler.within_aggregate(node)
        found = aggregate(inner, node, name, args)
        exact = name in aggregates.MEANS and not isinstance(node.parent, exp.Filter)
        return aggregates.exact_mean(inner.each(args), node) if exact else found
    if name in functions.SCALARS:
        function = functions.SCALARS[name]
        check_arguments(name, function.least, function.most, args, node)
        return function.build(compiler.each(args), node)
    if name in WINDOW_ONLY:
        raise fail(f"{name} needs a window: {name}() OVER (ORDER BY created).", node)
    known = [*functions.SCALARS, *AGGREGATES, *WINDOW_ONLY, *_SPECIAL, "count"]
    raise fail(f"There is no function {node.name}.{did_you_mean(name, known)}", node)


def aggregate(compiler: Compiler, node: exp.Expr, name: str, args: list[exp.Expr]) -> Value:
    """An aggregate whose arguments `compiler` compiles."""
    if name == "count":
        return _count(compiler, node, args)
    if args and isinstance(args[0], exp.Distinct):
        raise fail(f"DISTINCT is supported in count only, not in {name}.", node)
    found = AGGREGATES[name]
    check_arguments(name, found.least, found.most, args, node)
    return found.build(compiler.each(args), node)


def _count(compiler: Compiler, node: exp.Expr, args: list[exp.Expr]) -> Value:
    check_arguments("count", 0, 1, args, node)
    if not args or isinstance(args[0], exp.Star):
        return aggregates.count_rows()
    if isinstance(args[0], exp.Distinct) and len(args[0].expressions) == 1:
        return aggregates.count_distinct(compiler.compile(args[0].expressions[0]))
    return aggregates.count_values(compiler.compile(args[0]))


def check_arguments(name: str, least: int, most: int, args: list[exp.Expr], node: exp.Expr) -> None:
    """Raise QueryError unless there are `least` to `most` plain arguments."""
    if any(isinstance(arg, (exp.Kwarg, exp.Lambda)) for arg in args):
        raise fail(f"{name} takes plain arguments.", node)
    if not least <= len(args) <= most:
        expected = str(least) if least == most else f"{least} to {most}"
        raise fail(
            f"{name} takes {expected} argument{'' if expected == '1' else 's'}, not {len(args)}.", node
        )


def filtered(compiler: Compiler, node: exp.Expr) -> Value:
    """`aggregate(…) FILTER (WHERE …)`."""
    value = compiler.compile(node.this)
    condition = compiler.within_aggregate(node).condition(node.expression.this)
    if value.kind is Kind.JSON or not isinstance(node.this, exp.Anonymous):
        raise fail("FILTER stands behind count, sum, avg, min, max and the like over numbers or text.", node)
    return replace(value, sql=f"{value.sql} FILTER (WHERE {condition})")


def _any_span(compiler: Compiler, node: exp.Expr) -> Value:
    """`any_span(condition)`: traces in which some span meets the condition."""
    check_arguments("any_span", 1, 1, node.expressions, node)
    relation = next(iter(compiler.scope.relations.values()), None)
    spans = relation.spans if isinstance(relation, Summary) else relation
    if len(compiler.scope.relations) != 1 or not isinstance(spans, Spans):
        raise fail("any_span works on one source of spans.", node)
    flat = replace(spans, flat=True, reads=set())
    condition = compiler.over({"": flat}).condition(node.expressions[0])
    trace = compiler.path(exp.column("root_span_id")).sql
    return truth(f"({trace} IN (SELECT root_span_id FROM {flat.table(condition)}))")


def _search(compiler: Compiler, node: exp.Expr) -> Value:
    """`search('words')`: every word occurs in input, output, expected or error; of a span, by its text index."""
    check_arguments("search", 1, 1, node.expressions, node)
    pattern = compiler.compile(node.expressions[0])
    if not pattern.is_literal or pattern.kind is not Kind.TEXT:
        raise fail("search takes its words as text: search('rate limit').", node)
    columns = [found for name in SEARCHED_COLUMNS if (found := compiler.find(name)) is not None]
    if not columns:
        raise fail(f"search needs one of {', '.join(SEARCHED_COLUMNS)} in what it reads.", node)
    if all(column.searched for column in columns):
        return search_text(pattern.literal, node)
    texts = ", ' ', ".join(searchable(column) for column in columns)
    return search_text(pattern.literal, node, f"lower(concat({texts}))")


def _filter_spans(compiler: Compiler, node: exp.Expr) -> Value:
    """`filter_spans(condition)`: the condition itself, on the span at hand."""
    check_arguments("filter_spans", 1, 1, node.expressions, node)
    return truth(compiler.condition(node.expressions[0]))


def _estimated_cost(compiler: Compiler, node: exp.Expr) -> Value:
    """Dollars, as ingest computed them."""
    total = compiler.compile(exp.column("estimated_cost", table="metrics"))
    if node.name.lower() == "estimated_cost_breakdown":
        breakdown = f"toJSONString(map('totalCost', {total.sql}))"
        return Value(Kind.TEXT, f"if(isNull({total.sql}), NULL, {breakdown})")
    if node.name.lower() == "estimated_cost_component":
        wanted = compiler.each(list(node.expressions))
        if len(wanted) != 1 or wanted[0].literal != "totalCost":
            raise fail("Only the component 'totalCost' is stored.", node)
    return total


_SPECIAL: dict[str, Callable[[Compiler, exp.Expr], Value]] = {
    "any_span": _any_span,
    "filter_spans": _filter_spans,
    "search": _search,
    "estimated_cost": _estimated_cost,
    "estimated_cost_breakdown": _estimated_cost,
    "estimated_cost_component": _estimated_cost,
}
