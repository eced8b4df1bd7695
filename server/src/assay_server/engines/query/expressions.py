"""One expression of a query tree → a typed ClickHouse expression.

Every node type has a handler in `_HANDLERS`; what has none is refused, and handlers write only what they build
themselves, so nothing reaches the store that was not meant to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlglot import exp

from assay_server.engines.query import functions, operators
from assay_server.engines.query.calls import call, filtered, in_zone, local_time
from assay_server.engines.query.containment import contained, written_object
from assay_server.engines.query.dialect import Includes, TextMatch, written
from assay_server.engines.query.literals import did_you_mean, fail
from assay_server.engines.query.paths import path_text, split_path
from assay_server.engines.query.relations import Derived, Path, Relation, descend
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import (
    NULL,
    Value,
    as_bool,
    as_json,
    as_list,
    as_text,
    constant,
    convert,
    is_null,
    truth,
)
from assay_server.engines.query.windows import window

_HINTS = {
    "name": "span_attributes.name", "type": "span_attributes.type", "purpose": "span_attributes.purpose",
    "model": "metadata.model", "duration": "metrics.end - metrics.start", "tokens": "metrics.tokens",
    "cost": "metrics.estimated_cost", "timestamp": "created", "time": "created", "score": "scores.<name>",
}  # fmt: skip
_UNITE = " Unite one query for each grouping with UNION ALL."
_INSTEAD: dict[type[exp.Expr], str] = {exp.Rollup: _UNITE, exp.Cube: _UNITE, exp.GroupingSets: _UNITE}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_EXTRACTED = {"dow": "day_of_week", "dayofweek": "day_of_week"}


class Subqueries(Protocol):
    """Compiles the queries inside a query, in the scope of the same WITH names."""

    def derive(self, query: exp.Query) -> Derived: ...

    def named(self, name: str) -> Derived | None: ...

    def names(self) -> list[str]: ...

    def outer(self) -> frozenset[str]: ...

    def within(self, names: Iterable[str]) -> Subqueries: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at one place of a query.

    `aliases` are select items that may be named; `groups`, in an aggregating query, are its keys by their text.
    """

    relations: Mapping[str, Relation]
    subqueries: Subqueries
    aliases: Mapping[str, exp.Expr] = field(default_factory=dict)
    groups: Mapping[str, Value] | None = None
    joined: frozenset[str] = frozenset()
    zone: int = 0  # minutes that local time is behind UTC


class Compiler:
    """Compiles expressions in one scope."""

    def __init__(self, scope: Scope, *, in_aggregate: bool = False) -> None:
        self.scope = scope
        self.in_aggregate = in_aggregate

    def compile(self, node: exp.Expr) -> Value:
        """The typed value of an expression. Raises QueryError with its place."""
        if self.scope.groups is not None and not self.in_aggregate:
            found = self.scope.groups.get(path_text(node))
            if found is not None:
                return found
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise fail(f"{written(node)[:60]} is not supported here.{_INSTEAD.get(type(node), '')}", node)
        return handler(self, node)

    def condition(self, node: exp.Expr) -> str:
        """An expression as a condition."""
        return as_bool(self.compile(node))

    def each(self, nodes: list[exp.Expr]) -> list[Value]:
        """Several expressions."""
        return [self.compile(node) for node in nodes]

    def plain(self) -> Compiler:
        """The same scope without aliases, for the inside of an alias."""
        return Compiler(replace(self.scope, aliases={}), in_aggregate=self.in_aggregate)

    def over(self, relations: Mapping[str, Relation]) -> Compiler:
        """Rows of other relations, among the same WITH names."""
        return Compiler(
            Scope(relations, self.scope.subqueries, aliases=self.scope.aliases, zone=self.scope.zone)
        )

    def within_aggregate(self, node: exp.Expr) -> Compiler:
        """The same scope one row at a time, for the inside of an aggregate."""
        if self.in_aggregate:
            raise fail("An aggregate cannot stand inside another; put the inner one in a sub-query.", node)
        if self.scope.groups is None:
            raise fail("An aggregate cannot stand here; filter on it with HAVING.", node)
        return Compiler(replace(self.scope, aliases={}), in_aggregate=True)

    def path(self, node: exp.Expr) -> Value:
        """A column, or a path below one."""
        base, steps = split_path(node)
        if not isinstance(base, exp.Column):
            return descend(self.compile(base), [written(base), *steps], node)
        path = [part.name for part in base.parts] + steps
        if len(path) == 1 and (alias := self.scope.aliases.get(str(path[0]))) is not None:
            return self.plain().compile(alias)
        value = self._lookup(path, node)
        if self.scope.groups is not None and not self.in_aggregate and not value.is_literal:
            shown = written(node)
            raise fail(
                f"{shown} is neither grouped nor aggregated; add it to GROUP BY or use any_value({shown}).",
                node,
            )
        return value

    def find(self, name: str) -> Value | None:
        """A column by its bare name, None when no relation, or more than one, has it."""
        node = exp.column(name)
        found = [
            value for one in self.scope.relations.values() if (value := one.lookup([name], node)) is not None
        ]
        return found[0] if len(found) == 1 else None

    def _lookup(self, path: Path, node: exp.Expr) -> Value:
        relations = self.scope.relations
        if len(path) > 1 and isinstance(path[1], str) and path[0] in relations:
            found = relations[str(path[0])].lookup(path[1:], node)
            if found is not None:
                return found
            raise fail(_unknown(str(path[1]), [relations[str(path[0])]]), node)
        if len(path) > 1 and isinstance(path[1], str) and path[0] in self.scope.subqueries.outer():
            raise fail(
                f"A sub-query cannot refer to {path[0]}, which stands outside it; join the two, or use IN (SELECT …).",
                node,
            )
        found_in = [
            value for relation in relations.values() if (value := relation.lookup(path, node)) is not None
        ]
        if not found_in:
            raise fail(_unknown(str(path[0]), list(relations.values())), node)
        if len(found_in) > 1 and path[0] not in self.scope.joined:
            sides = " or ".join(f"{name}.{path[0]}" for name in relations)
            raise fail(f"{path[0]} stands on several sides of the join; write {sides}.", node)
        return found_in[0]


def _unknown(name: str, relations: list[Relation]) -> str:
    known = [known for relation in relations for known in relation.known()]
    if not known:
        return f"There is no column {name}; a source is missing, such as FROM project_logs('my project')."
    hint = did_you_mean(name, known)
    if not hint and name.lower() in _HINTS and "span_attributes" in known:
        hint = f" Did you mean {_HINTS[name.lower()]}?"
    if not hint and "extra" in known:
        hint = f" Fields of your own are under metadata, or extra.{name}."
    return f"There is no column {name}.{hint}"


def _literal(compiler: Compiler, node: exp.Expr) -> Value:
    if node.is_string:
        return constant(node.this)
    try:
        return constant(int(node.this) if node.this.isdigit() else float(node.this))
    except ValueError:
        raise fail(f"{node.this} is not a number.", node) from None


def _negative(compiler: Compiler, node: exp.Expr) -> Value:
    value = compiler.compile(node.this)
    if value.is_literal and value.kind is Kind.NUMBER:
        return constant(-value.literal)
    return operators.arithmetic("*", constant(-1), value, node)


def _connector(compiler: Compiler, node: exp.Expr) -> Value:
    joiner = " AND " if isinstance(node, exp.And) else " OR "
    return truth("(" + joiner.join(compiler.condition(part) for part in _flatten(node)) + ")")


def _flatten(node: exp.Expr) -> list[exp.Expr]:
    """Operands of a chain of the same connector, however long, without recursion."""
    kind, pending, parts = type(node), [node], []
    while pending:
        one = pending.pop()
        if isinstance(one, kind):
            pending += [one.expression, one.this]
        else:
            parts.append(one)
    return parts


def _is(compiler: Compiler, node: exp.Expr) -> Value:
    value = compiler.compile(node.this)
    if isinstance(node.expression, exp.Null):
        return truth(is_null(value))
    if isinstance(node.expression, exp.Boolean):
        same = operators.compare("=", value, constant(node.expression.this), node)
        return truth(f"ifNull({same.sql}, false)")
    raise fail("IS takes NULL, TRUE or FALSE; compare values with =.", node)


def _in(compiler: Compiler, node: exp.Expr) -> Value:
    value = compiler.compile(node.this)
    if query := node.args.get("query"):
        return _in_query(compiler, value, query.this if isinstance(query, exp.Subquery) else query, node)
    if extra := node.args.get("field") or node.args.get("unnest"):
        if not isinstance(extra, exp.Array):
            raise fail("IN takes a list: x IN ('a', 'b').", node)
        return operators.is_in(value, compiler.each(extra.expressions), node)
    return operators.is_in(value, compiler.each(node.expressions), node)


def _in_query(compiler: Compiler, value: Value, query: exp.Query, node: exp.Expr) -> Value:
    derived = compiler.scope.subqueries.derive(query)
    if len(derived.columns) != 1:
        raise fail(f"IN takes a query of one column, not of {len(derived.columns)}.", node)
    member = Value(derived.columns[0].kind, f"{derived.alias}.c0")
    kind = member.kind if value.kind is Kind.JSON else value.kind
    inner = f"SELECT {_matchable(member, kind)} FROM ({derived.sql}) AS {derived.alias}"
    return truth(f"({_matchable(value, kind)} IN ({inner}))")


def _matchable(value: Value, kind: Kind) -> str:
    return as_text(value, strict=True) if kind is Kind.TEXT else convert(value, kind)


def _between(compiler: Compiler, node: exp.Expr) -> Value:
    value = compiler.compile(node.this)
    low = operators.compare(">=", value, compiler.compile(node.args["low"]), node)
    high = operators.compare("<=", value, compiler.compile(node.args["high"]), node)
    return truth(f"({low.sql} AND {high.sql})")


def _compare(compiler: Compiler, node: exp.Expr) -> Value:
    left, right = compiler.compile(node.this), compiler.compile(node.expression)
    return operators.compare(operators.COMPARISONS[type(node)], left, right, node)


def _null_safe(compiler: Compiler, node: exp.Expr) -> Value:
    left, right = compiler.compile(node.this), compiler.compile(node.expression)
    same = operators.compare("=", left, right, node).sql
    equal = f"(ifNull({same}, false) OR ({is_null(left)} AND {is_null(right)}))"
    return truth(equal if isinstance(node, exp.NullSafeEQ) else f"(NOT {equal})")


def _like(compiler: Compiler, node: exp.Expr) -> Value:
    value, pattern = compiler.compile(node.this), compiler.compile(node.expression)
    matched = operators.like(value, pattern, ignore_case=isinstance(node, exp.ILike))
    return truth(f"(NOT {matched.sql})") if node.args.get("negate") else matched


def _arithmetic(compiler: Compiler, node: exp.Expr) -> Value:
    left, right = compiler.compile(node.this), compiler.compile(node.expression)
    return operators.arithmetic(_ARITHMETIC[type(node)], left, right, node)


def _concat(compiler: Compiler, node: exp.Expr) -> Value:
    left, right = compiler.compile(node.this), compiler.compile(node.expression)
    return Value(Kind.TEXT, f"concat({as_text(left)}, {as_text(right)})")


def _case(compiler: Compiler, node: exp.Expr) -> Value:
    default = node.args.get("default")
    result = compiler.compile(default) if default else NULL
    subject = node.this and compiler.compile(node.this)
    for branch in reversed(node.args["ifs"]):
        test = compiler.compile(branch.this)
        test = operators.compare("=", subject, test, branch) if subject else test
        result = functions.choose(test, compiler.compile(branch.args["true"]), result, node)
    return result


def _if(compiler: Compiler, node: exp.Expr) -> Value:
    otherwise = node.args.get("false")
    chosen = compiler.compile(node.args["true"])
    return functions.choose(
        compiler.compile(node.this), chosen, compiler.compile(otherwise) if otherwise else NULL, node
    )


def _interval(compiler: Compiler, node: exp.Expr) -> Value:
    amount = node.this.name if isinstance(node.this, exp.Literal) else f"-{node.this.name}"
    unit = node.args.get("unit")
    return functions.interval(amount, unit.name if unit else None, node)


def _extract(compiler: Compiler, node: exp.Expr) -> Value:
    name = str(node.this.name).lower()
    part = _EXTRACTED.get(name, name)
    if part not in functions.PARTS:
        raise fail(f"{name} cannot be extracted; use one of {', '.join(functions.PARTS)}.", node)
    return functions.extract(part, local_time(compiler.scope.zone, compiler.compile(node.expression)))


def _list(compiler: Compiler, node: exp.Expr) -> Value:
    members = tuple(compiler.each(node.expressions))
    if all(member.kind is Kind.TEXT for member in members):
        return Value(Kind.LIST, as_list(Value(Kind.LIST, "", members=members)), members=members)
    written_out = ", ',', ".join(f"ifNull({as_json(member)}, 'null')" for member in members)
    return Value(Kind.JSON, f"concat('[', {written_out}, ']')", members=members)


def _scalar_query(compiler: Compiler, node: exp.Expr) -> Value:
    derived = compiler.scope.subqueries.derive(node.this)
    if len(derived.columns) != 1:
        raise fail(f"A query used as a value has one column, not {len(derived.columns)}.", node)
    kind = derived.columns[0].kind
    if kind is Kind.LIST:
        return Value(kind, f"(SELECT any({derived.alias}.c0) FROM ({derived.sql}) AS {derived.alias})")
    return Value(kind, f"(SELECT {derived.alias}.c0 FROM ({derived.sql}) AS {derived.alias})")


def _exists(compiler: Compiler, node: exp.Expr) -> Value:
    derived = compiler.scope.subqueries.derive(node.this)
    return truth(f"((SELECT count() FROM ({derived.sql}) AS {derived.alias}) > 0)")


def _cast(compiler: Compiler, node: exp.Expr) -> Value:
    target = node.args["to"]
    own = target.this == exp.DataType.Type.USERDEFINED
    name = target.args.get("kind") if own else getattr(target.this, "value", target.this)
    function = functions.caster_of(str(name), node)
    return in_zone(compiler.scope.zone, function, [compiler.compile(node.this)], node)


_HANDLERS: dict[type[exp.Expr], Callable[[Compiler, exp.Expr], Value]] = {
    exp.Column: Compiler.path,
    exp.Dot: Compiler.path,
    exp.Bracket: Compiler.path,
    exp.Literal: _literal,
    exp.Boolean: lambda compiler, node: constant(node.this),
    exp.Null: lambda compiler, node: NULL,
    exp.Paren: lambda compiler, node: compiler.compile(node.this),
    exp.Neg: _negative,
    exp.Not: lambda compiler, node: truth(f"(NOT {compiler.condition(node.this)})"),
    exp.And: _connector,
    exp.Or: _connector,
    **dict.fromkeys(operators.COMPARISONS, _compare),
    exp.NullSafeEQ: _null_safe,
    exp.NullSafeNEQ: _null_safe,
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _like,
    exp.ILike: _like,
    TextMatch: lambda compiler, node: operators.match_text(
        compiler.compile(node.this), compiler.compile(node.expression), node
    ),
    Includes: contained,
    exp.Struct: written_object,
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    exp.DPipe: _concat,
    exp.Case: _case,
    exp.If: _if,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Interval: _interval,
    exp.Extract: _extract,
    exp.Array: _list,
    exp.Tuple: _list,
    exp.Subquery: _scalar_query,
    exp.Exists: _exists,
    exp.Anonymous: call,
    exp.CurrentTimestamp: lambda compiler, node: functions.SCALARS["now"].build([], node),
    exp.CurrentDate: lambda compiler, node: in_zone(compiler.scope.zone, "current_date", [], node),
    exp.Filter: filtered,
    exp.Window: window,
}
