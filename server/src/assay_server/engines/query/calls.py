"""Function calls: looked up by name, their arguments counted and compiled in the scope that belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from assay_server.engines.query import aggregates, costs, functions
from assay_server.engines.query.aggregates import AGGREGATES, WINDOW_ONLY
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.operators import search_text, searchable
from assay_server.engines.query.relations import Spans
from assay_server.engines.query.schema import SEARCHED_COLUMNS
from assay_server.engines.query.traces import Summary
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import Value, as_time, truth

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
        return in_zone(compiler.scope.zone, name, compiler.each(args), node)
    if name in WINDOW_ONLY:
        raise fail(f"{name} needs a window: {name}() OVER (ORDER BY created).", node)
    known = [*functions.SCALARS, *AGGREGATES, *WINDOW_ONLY, *_SPECIAL, "count"]
    raise fail(f"There is no function {node.name}.{did_you_mean(name, known)}", node)


def in_zone(zone: int, name: str, args: list[Value], node: exp.Expr) -> Value:
    """A scalar function; those of the calendar see the asker's local time, `zone` minutes behind UTC."""
    if not zone or name not in functions.OF_CALENDAR:
        return functions.SCALARS[name].build(args, node)
    if not args:
        return in_zone(zone, "to_date", [functions.SCALARS["now"].build([], node)], node)
    *first, time = args
    found = functions.SCALARS[name].build([*first, local_time(zone, time)], node)
    return (
        replace(found, sql=f"({found.sql} + toIntervalMinute({zone}))") if found.kind is Kind.TIME else found
    )


def local_time(zone: int, time: Value) -> Value:
    """A time as clocks show it `zone` minutes behind UTC; one written without a zone is that already."""
    if not zone or functions.is_local(time):
        return time
    return Value(Kind.TIME, f"({as_time(time)} - toIntervalMinute({zone}))")


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
    # inside, another any_span adds a condition on the same span: filters are put together by wrapping them
    inner = node.expressions[0].transform(lambda one: exp.paren(one.expressions[0]) if _nested(one) else one)
    condition = compiler.over({"": flat}).condition(inner)
    trace = compiler.path(exp.column("root_span_id")).sql
    return truth(f"({trace} IN (SELECT root_span_id FROM {flat.table(condition)}))")


def is_call(node: exp.Expr, name: str) -> bool:
    """Whether a node calls the function of this name."""
    return isinstance(node, exp.Anonymous) and node.name.lower() == name


def _nested(node: exp.Expr) -> bool:
    return is_call(node, "any_span") and len(node.expressions) == 1


def _search(compiler: Compiler, node: exp.Expr) -> Value:
    """`search('words')`: every word occurs in what `SEARCHED_COLUMNS` names; of a span, also its name, by an index."""
    check_arguments("search", 1, 1, node.expressions, node)
    pattern = compiler.compile(node.expressions[0])
    if not pattern.is_literal or pattern.kind is not Kind.TEXT:
        raise fail("search takes its words as text: search('rate limit').", node)
    columns = [found for name in SEARCHED_COLUMNS if (found := compiler.find(name)) is not None]
    if not columns:
        raise fail(f"search needs one of {', '.join(SEARCHED_COLUMNS)} in what it reads.", node)
    if all(column.searched for column in columns):
        return search_text(pattern.literal, node)
    if compiler.find("span_attributes") is not None:
        columns.append(compiler.path(exp.column("name", table="span_attributes")))
    texts = ", ' ', ".join(searchable(column) for column in columns)
    return search_text(pattern.literal, node, f"lower(concat({texts}))")


def _filter_spans(compiler: Compiler, node: exp.Expr) -> Value:
    """`filter_spans(condition)`: the condition itself, on the span at hand.

    Of traces, `select.py` takes it apart first: it then picks spans of the traces that the rest of WHERE finds.
    """
    relations = compiler.scope.relations.values()
    if any(isinstance(one, Spans) and one.shape == "traces" for one in relations) and node.find_ancestor(
        exp.Or, exp.Not
    ):
        raise fail(
            "filter_spans picks spans of the traces found; join it to other conditions with AND.", node
        )
    check_arguments("filter_spans", 1, 1, node.expressions, node)
    return truth(compiler.condition(node.expressions[0]))


_SPECIAL: dict[str, Callable[[Compiler, exp.Expr], Value]] = {
    "any_span": _any_span,
    "filter_spans": _filter_spans,
    "search": _search,
    "estimated_cost": costs.total,
    "estimated_cost_breakdown": costs.breakdown,
    "estimated_cost_component": costs.component,
}
