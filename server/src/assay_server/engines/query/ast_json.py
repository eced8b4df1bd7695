"""The BTQL JSON tree → Statement.

`{select:[{op:"star"}|{expr,alias}], from:{op:"function",name,args,shape}, filter, sort, limit, cursor, …}`; any
expression may also be `{btql: "text"}`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from assay_server.engines.query.btql import SHAPES, make_select, parse_expression, source_table
from assay_server.engines.query.dialect import Includes, TextMatch, interval_unit
from assay_server.engines.query.literals import did_you_mean
from assay_server.engines.query.pivot import pivot_of
from assay_server.engines.query.statement import Statement, Unpivot, guarded
from assay_server.errors import QueryError

Node = Mapping[str, Any]
MAX_NODES = 50_000

_BINARY: dict[str, type[exp.Expr]] = {
    "eq": exp.EQ, "ne": exp.NEQ, "lt": exp.LT, "le": exp.LTE, "gt": exp.GT, "ge": exp.GTE,
    "is": exp.EQ, "isnot": exp.NEQ,
    "like": exp.Like, "ilike": exp.ILike, "match": TextMatch,
    "add": exp.Add, "sub": exp.Sub, "mul": exp.Mul, "div": exp.Div, "mod": exp.Mod, "concat": exp.DPipe,
}  # fmt: skip


def parse_json(tree: Node) -> Statement:
    """Read a BTQL JSON tree. Raises QueryError that names the offending key."""
    _check_size(tree)
    return guarded(lambda: _statement(tree))


def _statement(tree: Node) -> Statement:
    if not isinstance(tree.get("from"), Mapping):
        raise QueryError(
            'The query needs "from": {"op": "function", "name": {"op": "ident", "name": ["project_logs"]}, …}.'
        )
    dimensions = [_item(item) for item in _nodes(tree, "dimensions")]
    items = [_item(item) for item in _nodes(tree, "measures") or _nodes(tree, "select")]
    select = make_select(items or ([] if dimensions else [exp.Star()]), dimensions, _source(tree["from"]))
    if tree.get("filter") is not None:
        select.set("where", exp.Where(this=expression(tree["filter"])))
    if tree.get("sort"):
        select.set("order", exp.Order(expressions=[_ordered(item) for item in _nodes(tree, "sort")]))
    for key in ("having", "final_filter"):
        if tree.get(key) is not None:
            select.set("having", exp.Having(this=expression(tree[key])))
    pivot = [_item(item) for item in _nodes(tree, "pivot")]
    return Statement(
        select,
        limit=_count(tree, "limit"),
        cursor=_cursor(tree.get("cursor")),
        preview_length=_preview_length(tree.get("preview_length")),
        sample=_sample(tree.get("sample")),
        unpivot=[_unpivot(item) for item in _nodes(tree, "unpivot")],
        pivot=pivot_of(dimensions, pivot) if pivot else None,
    )


def _check_size(tree: Node) -> None:
    """Refuse a tree whose compilation would keep everyone else waiting."""
    held, seen = [tree], 0
    while held:
        value = held.pop()
        inner = (
            list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
        )
        seen += len(inner)
        if seen > MAX_NODES:
            raise QueryError(f"The query tree has more than {MAX_NODES:,} parts.", code="query_too_long")
        held.extend(inner)


def _nodes(tree: Node, key: str) -> list[Node]:
    value = tree.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise QueryError(f'"{key}" takes a list of objects.')
    return value


def _cursor(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise QueryError('"cursor" takes the text of an earlier answer.', code="cursor_invalid")


def _preview_length(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise QueryError('"preview_length" takes a whole number of characters; -1 shows everything.')


def _count(tree: Node, key: str) -> int | None:
    value = tree.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise QueryError(f'"{key}" takes a whole number that is not negative, not {value!r}.')


def _sample(value: Any) -> exp.TableSample | None:
    if value is None:
        return None
    method = value.get("method", value) if isinstance(value, Mapping) else {"type": "count", "value": value}
    key = "percent" if isinstance(method, Mapping) and method.get("type") == "rate" else "size"
    amount = method.get("value", 0) if isinstance(method, Mapping) else None
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        raise QueryError('"sample" takes {"method": {"type": "rate" or "count", "value": a number}}.')
    amount *= 100 if key == "percent" else 1
    return exp.TableSample(**{key: exp.Literal.number(amount)})


def _unpivot(item: Node) -> Unpivot:
    alias = item.get("alias")
    names = tuple(map(str, alias)) if isinstance(alias, (list, tuple)) else (str(alias),)
    return Unpivot(expression(_part(item, "expr")), names)


def _part(node: Node, key: str) -> Any:
    if key not in node:
        raise QueryError(f'An object of the query tree lacks its "{key}".')
    return node[key]


def _source(node: Node) -> exp.Table:
    call = expression({key: value for key, value in node.items() if key != "shape"})
    if not isinstance(call, exp.Anonymous):
        raise QueryError('"from" takes a function such as {"op": "function", "name": …, "args": […]}.')
    shape = node.get("shape")
    if shape is not None and shape not in SHAPES:
        raise QueryError(f'"shape" is one of {", ".join(SHAPES)}, not {shape!r}.')
    return source_table(call, shape)


def _item(item: Node) -> exp.Expr:
    if item.get("op") == "star":
        return exp.Star()
    node = expression(item.get("expr", item))
    return exp.alias_(node, str(item["alias"]), quoted=True) if item.get("alias") else node


def _ordered(item: Node) -> exp.Ordered:
    direction = str(item.get("dir") or "asc").lower()
    if direction not in ("asc", "desc"):
        raise QueryError(f'"dir" is asc or desc, not {direction!r}.')
    return exp.Ordered(this=expression(_part(item, "expr")), desc=direction == "desc", nulls_first=False)


def expression(node: Any) -> exp.Expr:
    """One JSON expression as a tree. Raises QueryError."""
    if not isinstance(node, Mapping):
        return _literal({"value": node})
    if isinstance(node.get("btql"), str):
        return parse_expression(node["btql"])
    op = node.get("op")
    if isinstance(op, str) and op in _BINARY:
        return _BINARY[op](this=expression(node.get("left")), expression=expression(node.get("right")))
    if isinstance(op, str) and op in _READERS:
        return _READERS[op](node)
    known = [*_BINARY, *_READERS]
    raise QueryError(f'{op!r} is not an "op" of the query tree.{did_you_mean(str(op), known)}')


def _literal(node: Node) -> exp.Expr:
    value = node.get("value")
    if isinstance(value, (list, tuple)):
        return exp.Array(expressions=[_member(member) for member in value])
    if isinstance(value, Mapping):
        return exp.Struct(expressions=[_pair(str(name), member) for name, member in value.items()])
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return exp.Neg(this=exp.Literal.number(-value))
    if isinstance(value, float) and not math.isfinite(value):
        raise QueryError(f"{value} is not a finite number.")
    if value is None or isinstance(value, bool):
        return exp.Null() if value is None else exp.Boolean(this=value)
    return exp.Literal.string(value) if isinstance(value, str) else exp.Literal.number(value)


def _member(value: Any) -> exp.Expr:
    """An element of a literal list: an expression of the tree, or else data."""
    return expression(value) if isinstance(value, Mapping) and value.keys() & {"op", "btql"} else _data(value)


def _data(value: Any) -> exp.Expr:
    if isinstance(value, (list, tuple)):
        return exp.Array(expressions=[_data(member) for member in value])
    return _literal({"value": value})


def _pair(name: str, value: Any) -> exp.PropertyEQ:
    return exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=_data(value))


def _ident(node: Node) -> exp.Expr:
    names = node.get("name")
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        raise QueryError('{"op": "ident"} takes "name": a list of path steps, the first a column.')
    tree: exp.Expr = exp.column(exp.to_identifier(names[0], quoted=True))
    for step in names[1:]:
        if isinstance(step, int):
            tree = exp.Bracket(this=tree, expressions=[_literal({"value": step})])
        else:
            tree = exp.Dot(this=tree, expression=exp.to_identifier(str(step), quoted=True))
    return tree


def _connect(joiner: type[exp.Connector]) -> Callable[[Node], exp.Expr]:
    def read(node: Node) -> exp.Expr:
        parts = node.get("children") or [node.get("left"), node.get("right")]
        if not isinstance(parts, list):
            raise QueryError(f'"children" of {node.get("op")!r} takes a list of expressions.')
        trees = [expression(part) for part in parts]
        result = trees[0]
        for tree in trees[1:]:
            result = joiner(this=result, expression=tree)
        return exp.Paren(this=result)

    return read


def _is_null(node: Node) -> exp.Expr:
    return exp.Is(this=expression(node.get("expr")), expression=exp.Null())


def _is_in(node: Node) -> exp.Expr:
    members = expression(node.get("right"))
    if not isinstance(members, exp.Array):
        raise QueryError('The right side of "in" is a literal list.')
    return exp.In(this=expression(node.get("left")), expressions=members.expressions)


def _includes(node: Node) -> exp.Expr:
    left, right = node.get("left", node.get("haystack")), node.get("right", node.get("needle"))
    return Includes(this=expression(left), expression=expression(right))


def _function(node: Node) -> exp.Expr:
    name = node.get("name")
    parts = name.get("name") if isinstance(name, Mapping) else [name]
    if not isinstance(parts, list) or len(parts) != 1 or not isinstance(parts[0], str):
        raise QueryError('{"op": "function"} takes "name": {"op": "ident", "name": [<function>]}.')
    given = node.get("args") or []
    if not isinstance(given, list):
        raise QueryError(f'"args" of the function {parts[0]!r} takes a list of expressions.')
    args = [expression(arg) if not _is_star(arg) else exp.Star() for arg in given]
    return exp.Anonymous(this=parts[0], expressions=args)


def _is_star(arg: Any) -> bool:
    return isinstance(arg, Mapping) and arg.get("op") == "star"


def _conditional(node: Node) -> exp.Expr:
    branches = _nodes(node, "conds") or [node]
    otherwise = expression(node.get("else"))
    for branch in reversed(branches):
        chosen = branch.get("then", branch.get("true"))
        otherwise = exp.If(this=expression(branch.get("cond")), true=expression(chosen), false=otherwise)
    return otherwise


def _interval(node: Node) -> exp.Expr:
    unit = interval_unit(str(node.get("unit")))
    if unit is None or isinstance(node.get("value"), bool) or not isinstance(node.get("value"), (int, float)):
        raise QueryError(
            '{"op": "interval"} takes "value": a number and "unit": second, minute, hour, day ….'
        )
    return exp.Interval(this=exp.Literal.number(node["value"]), unit=exp.var(unit))


_READERS: dict[str, Callable[[Node], exp.Expr]] = {
    "literal": _literal,
    "ident": _ident,
    "and": _connect(exp.And),
    "or": _connect(exp.Or),
    "not": lambda node: exp.Not(this=exp.Paren(this=expression(node.get("expr")))),
    "neg": lambda node: exp.Neg(this=expression(node.get("expr"))),
    "isnull": _is_null,
    "isnotnull": lambda node: exp.Not(this=_is_null(node)),
    "in": _is_in,
    "notin": lambda node: exp.Not(this=_is_in(node)),
    "includes": _includes,
    "function": _function,
    "if": _conditional,
    "ternary": _conditional,
    "interval": _interval,
}
