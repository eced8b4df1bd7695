"""Paths in a query tree: `metadata.user["first name"]`, `input.messages[-1].content`."""

from __future__ import annotations

from sqlglot import exp

from assay_server.engines.query.dialect import written
from assay_server.engines.query.literals import fail
from assay_server.errors import QueryError

_SHAPE = 'A path is a column followed by .name, [0] or ["name"].'


def split_path(node: exp.Expr) -> tuple[exp.Expr, list[str | int]]:
    """What a path starts from, and its steps. Raises QueryError for a step that is none."""
    match node:
        case exp.Dot() if isinstance(node.expression, exp.Identifier):
            base, steps = split_path(node.this)
            return base, [*steps, node.expression.name]
        case exp.Bracket() if len(node.expressions) == 1:
            base, steps = split_path(node.this)
            return base, [*steps, _read_step(node.expressions[0])]
        case exp.Column() if isinstance(node.this, exp.Star):
            raise fail("* with a name in front can only stand in SELECT.", node)
        case exp.Dot() | exp.Bracket():
            raise fail(_SHAPE, node)
    return node, []


def read_path(node: exp.Expr) -> list[str | int]:
    """The steps of a column reference, the column first. Raises QueryError when it is not one."""
    base, steps = split_path(node.unnest())
    if not isinstance(base, exp.Column):
        raise fail(_SHAPE, node)
    return [part.name for part in base.parts] + steps


def path_text(node: exp.Expr) -> str:
    """A text that is equal for two ways of writing the same path or expression."""
    if isinstance(node, (exp.Column, exp.Dot, exp.Bracket)) and not isinstance(node.this, exp.Star):
        try:
            return "\0".join(map(str, read_path(node)))
        except QueryError:  # a path that starts from an expression: compare it as it is written
            return written(node)
    return written(node.unnest())


def _read_step(node: exp.Expr) -> str | int:
    match node:
        case exp.Literal() if node.is_string:
            return node.this
        case exp.Literal() if node.this.isdigit():
            return int(node.this)
        case exp.Neg() if isinstance(node.this, exp.Literal) and node.this.this.isdigit():
            return -int(node.this.this)
        case exp.Column() if len(node.parts) == 1 and node.this.args.get("quoted"):
            return node.name
    raise fail("Between [ ] stands a whole number, or a name in quotes.", node)
