"""`value INCLUDES member`: what a list, an object or a text holds.

`{a: 1, b: {c: [2]}}` is in a value when each of its members is: objects member by member, lists element by element in
any order, everything else when it is equal, `null` when nothing is there. Never null, so NOT INCLUDES is its opposite.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from assay_server.engines.query.dialect import Includes
from assay_server.engines.query.literals import fail
from assay_server.engines.query.operators import compare
from assay_server.engines.query.relations import descend
from assay_server.engines.query.schema import OBJECT_COLUMNS
from assay_server.engines.query.types import Kind
from assay_server.engines.query.values import (
    NULL,
    Value,
    as_list,
    as_text,
    constant,
    is_null,
    present,
    truth,
)

if TYPE_CHECKING:
    from assay_server.engines.query.expressions import Compiler

Read = Callable[[tuple[str, ...]], Value]
"""The value at the steps below some place."""

_ELEMENT = Value(Kind.JSON, "e")


def written_object(compiler: Compiler, node: exp.Expr) -> Value:
    """`{name: value, …}`, which may only be looked for."""
    if not _is_sought(node):
        raise fail("{…} stands behind INCLUDES or CONTAINS; elsewhere compare its members.", node)
    fields: dict[str, Value] = {}
    for pair in node.expressions:
        if pair.name in fields:
            raise fail(f"The name {pair.name} stands twice in {{…}}.", pair)
        fields[pair.name] = compiler.compile(pair.expression)
    return Value(Kind.JSON, "''", fields=tuple(fields.items()))


def _is_sought(node: exp.Expr) -> bool:
    inner, holder = node, node.parent
    while isinstance(holder, (exp.Struct, exp.PropertyEQ, exp.Array, exp.Paren)):
        inner, holder = holder, holder.parent
    if isinstance(holder, exp.Anonymous) and holder.name.lower() == "contains":
        return holder.expressions[-1] is inner
    return isinstance(holder, Includes) and holder.expression is inner


def contained(compiler: Compiler, node: exp.Expr) -> Value:
    """`a INCLUDES b` and `a CONTAINS b`."""
    place = node.this

    def read(steps: tuple[str, ...]) -> Value:
        """Below a column by its path, so that whatever indexes the path serves the search."""
        below = place
        for step in steps:
            below = exp.Dot(this=below, expression=exp.to_identifier(step, quoted=True))
        return compiler.compile(below)

    return includes(compiler.compile(place), compiler.compile(node.expression), node, read)


def includes(value: Value, member: Value, node: exp.Expr, read: Read | None = None) -> Value:
    """Whether a member, or every element of a written list, is in a value; text is in text."""
    if member.members is not None:
        parts = [includes(value, one, node, read).sql for one in member.members]
        return truth("(" + " AND ".join(parts) + ")") if parts else constant(True)
    if member.fields is not None:
        return _includes_object(value, member, node, read)
    if value.kind is Kind.TEXT:
        return truth(f"(position({value.sql}, {as_text(member)}) > 0)")
    if value.kind is Kind.LIST:
        return truth(f"has({as_list(value)}, {as_text(member)})")
    if value.kind is not Kind.JSON:
        raise fail(f"INCLUDES looks into lists and objects, not into a {value.kind.value}.", node)
    in_list = _has_element(value, member, node)
    if member.kind is not Kind.TEXT:
        return truth(in_list)
    named = f"has(JSONExtractKeys({present(value)}), {member.sql})"
    return truth(f"({in_list} OR {named})")


def _includes_object(value: Value, member: Value, node: exp.Expr, read: Read | None) -> Value:
    """The value is such an object, or a list with one in it."""
    if value.kind not in (Kind.JSON, Kind.NULL):
        raise fail(f"There are no objects in a {value.kind.value}; {{…}} is looked for in JSON.", node)
    itself = _holds(read or (lambda steps: descend(value, ("", *steps), node)), (), member, node)
    if value.kind is Kind.NULL or (value.column in OBJECT_COLUMNS and not value.steps):
        return truth(itself)
    return truth(f"({itself} OR {_has_element(value, member, node)})")


def _holds(read: Read, steps: tuple[str, ...], sought: Value, node: exp.Expr) -> str:
    if sought.fields:
        parts = [_holds(read, (*steps, name), one, node) for name, one in sought.fields]
        return "(" + " AND ".join(parts) + ")"
    value = read(steps)
    if sought.fields is not None:
        return _opens_with(value, "{")
    if sought.members is not None and value.kind in (Kind.JSON, Kind.LIST):
        parts = [_has_element(value, one, node) for one in sought.members] or [_opens_with(value, "[")]
        return "(" + " AND ".join(parts) + ")"
    if sought.members is not None:
        return "false"
    return is_null(value) if sought == NULL else f"ifNull({compare('=', value, sought, node).sql}, false)"


def _has_element(value: Value, sought: Value, node: exp.Expr) -> str:
    """Whether some element of a list holds what is sought."""
    if value.kind is Kind.LIST:
        return f"has({as_list(value)}, {as_text(sought)})" if _is_plain(sought) else "false"
    found = _holds(lambda steps: replace(_ELEMENT, steps=steps), (), sought, node)
    return f"arrayExists(e -> {found}, {as_list(value)})"


def _is_plain(sought: Value) -> bool:
    return sought.members is None and sought.fields is None


def _opens_with(value: Value, bracket: str) -> str:
    return f"startsWith({present(value)}, '{bracket}')" if value.kind is Kind.JSON else "false"
