"""BTQL text → Statement.

`select: a, b | from: project_logs('p') summary | filter: … | sort: … | limit: n`: clauses in any order, divided by `|`
or new lines. A token in double quotes is text where a value stands and a name where a path goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from assay_server.engines.query.literals import did_you_mean
from assay_server.engines.query.pivot import pivot_of
from assay_server.engines.query.statement import (
    Statement,
    Unpivot,
    literal_int,
    parse_tokens,
    place_of,
    tokenize,
)
from assay_server.errors import QueryError

CLAUSES = (
    "select", "dimensions", "measures", "from", "filter", "sort", "limit", "cursor", "sample", "pivot", "unpivot",
    "preview_length", "having", "final_filter",
)  # fmt: skip
SHAPES = ("spans", "traces", "summary")
_OPENS_WITH_CLAUSE = re.compile(r"\s*\w+\s*:(?!:)")
Clauses = dict[str, list[Token]]


def looks_like_btql(text: str) -> bool:
    """Whether text opens with a word and a colon."""
    return bool(_OPENS_WITH_CLAUSE.match(text))


def parse_btql(text: str) -> Statement:
    """Parse BTQL text. Raises QueryError with line and column."""
    clauses = _split(tokenize(text))
    if "from" not in clauses:
        raise QueryError("A query needs a from clause, such as from: project_logs('my project').")
    if "select" in clauses and "measures" in clauses:
        raise QueryError(
            "Use either select, or dimensions and measures, not both.", **place_of(clauses["select"][0])
        )
    statement = Statement(_build_select(clauses, text))
    if pivot := _parse_list(clauses, "pivot", text):
        if "select" in clauses:
            raise QueryError(
                "pivot goes with dimensions and measures, not with select.", **place_of(clauses["pivot"][0])
            )
        statement.pivot = pivot_of(_parse_list(clauses, "dimensions", text), pivot)
    _read_options(statement, clauses, text)
    return statement


def parse_expression(text: str) -> exp.Expr:
    """Parse one BTQL expression, as in a `{btql: …}` node."""
    return parse_tokens(quoted_as_text(tokenize(text)), text, Parser._parse_assignment)


def source_table(call: exp.Expr, shape: str | None) -> exp.Table:
    """A table that reads from a source call, in a shape."""
    if shape:
        call.append("expressions", exp.Kwarg(this=exp.var("shape"), expression=exp.Literal.string(shape)))
    return exp.Table(this=call)


def make_select(items: list[exp.Expr], dimensions: list[exp.Expr], table: exp.Expr) -> exp.Select:
    """A SELECT that groups by the dimensions, which are also its first columns."""
    select = exp.Select(expressions=dimensions + items)
    select.set("from_", exp.From(this=table))
    if dimensions:
        ordinals: list[exp.Expr] = [exp.Literal.number(at + 1) for at in range(len(dimensions))]
        select.set("group", exp.Group(expressions=ordinals))
    return select


def quoted_as_text(tokens: list[Token]) -> list[Token]:
    """Turn tokens in double quotes that are not part of a path into text."""
    result: list[Token] = []
    for at, token in enumerate(tokens):
        dotted = at > 0 and tokens[at - 1].token_type is TokenType.DOT
        goes_on = at + 1 < len(tokens) and tokens[at + 1].token_type in (TokenType.DOT, TokenType.L_BRACKET)
        named = at > 0 and tokens[at - 1].token_type is TokenType.ALIAS
        if token.token_type is TokenType.IDENTIFIER and not (dotted or goes_on or named):
            token = Token(TokenType.STRING, token.text, token.line, token.col, token.start, token.end)
        result.append(token)
    return result


def _split(tokens: list[Token]) -> Clauses:
    clauses: Clauses = {}
    name, depth = "", 0
    for at, token in enumerate(tokens):
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        divided = at == 0 or tokens[at - 1].token_type is TokenType.PIPE or token.line > tokens[at - 1].line
        if depth == 0 and divided and _is_header(tokens, at):
            name = token.text.lower()
            if name in clauses:
                raise QueryError(f"The clause {name} stands twice.", **place_of(token))
            clauses[name] = [token]
        elif not name:
            known = ", ".join(CLAUSES)
            raise QueryError(
                f"Expected a clause, one of: {known}.{did_you_mean(token.text, CLAUSES)}", **place_of(token)
            )
        elif token.token_type is not TokenType.PIPE or depth:
            clauses[name].append(token)
        elif not _is_header(tokens, at + 1) and at + 1 < len(tokens):
            unknown = tokens[at + 1]
            hint = did_you_mean(unknown.text, CLAUSES)
            raise QueryError(f"{unknown.text!r} is not a clause.{hint}", **place_of(unknown))
    return {name: [body[0], *body[2:]] for name, body in clauses.items()}


_OPENING = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
_CLOSING = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)


def _is_header(tokens: list[Token], at: int) -> bool:
    colon = at + 1 < len(tokens) and tokens[at + 1].token_type is TokenType.COLON
    return colon and tokens[at].token_type is not TokenType.STRING and tokens[at].text.lower() in CLAUSES


def _parse_clause(clauses: Clauses, name: str, text: str, rule: Callable[..., object]) -> exp.Expr | None:
    if name not in clauses:
        return None
    header, *body = clauses[name]
    if not body:
        raise QueryError(f"The clause {name} is empty.", **place_of(header))
    return parse_tokens(quoted_as_text(body), text, rule)  # type: ignore[arg-type]


def _parse_list(clauses: Clauses, name: str, text: str) -> list[exp.Expr]:
    def rule(parser: Parser) -> exp.Expr:
        return exp.Tuple(expressions=parser._parse_expressions())

    parsed = _parse_clause(clauses, name, text, rule)
    return parsed.expressions if parsed else []


def _build_select(clauses: Clauses, text: str) -> exp.Select:
    dimensions = _parse_list(clauses, "dimensions", text)
    chosen = _parse_list(clauses, "select", text)
    items = _parse_list(clauses, "measures", text) or chosen
    select = make_select(
        items or ([] if dimensions else [exp.Star()]),
        [] if chosen else dimensions,
        _parse_source(clauses, text),
    )
    if chosen and dimensions:  # select with dimensions names its columns itself, as SQL does
        select.set("group", exp.Group(expressions=dimensions))
    for name, key, node in (
        ("filter", "where", exp.Where),
        ("having", "having", exp.Having),
        ("final_filter", "having", exp.Having),
    ):
        if condition := _parse_clause(clauses, name, text, Parser._parse_assignment):
            select.set(key, node(this=condition))
    if "sort" in clauses:
        select.set("order", _parse_clause(clauses, "sort", text, _sort_rule))
    return select


def _sort_rule(parser: Parser) -> exp.Expr:
    return exp.Order(expressions=parser._parse_csv(parser._parse_ordered))


def _parse_source(clauses: Clauses, text: str) -> exp.Table:
    header, *body = clauses["from"]
    shape = None
    if body and body[-1].text.lower() in SHAPES and len(body) > 1:
        shape = body.pop().text.lower()
    if not body:
        raise QueryError("The clause from is empty.", **place_of(header))
    call = parse_tokens(quoted_as_text(body), text, Parser._parse_assignment)
    if not isinstance(call, exp.Anonymous):
        raise QueryError(
            "from takes a source such as project_logs('my project') summary.", **place_of(body[0])
        )
    return source_table(call, shape)


def _read_options(statement: Statement, clauses: Clauses, text: str) -> None:
    if limit := _parse_clause(clauses, "limit", text, Parser._parse_assignment):
        statement.limit = literal_int(limit, "limit:")
    if cursor := _parse_clause(clauses, "cursor", text, Parser._parse_assignment):
        statement.cursor = None if isinstance(cursor, exp.Null) else cursor.name
    if length := _parse_clause(clauses, "preview_length", text, Parser._parse_assignment):
        negative = isinstance(length, exp.Neg)
        statement.preview_length = -1 if negative else literal_int(length, "preview_length:")
    if "sample" in clauses:
        _, *body = clauses["sample"]
        percent = bool(body) and body[-1].text == "%"
        size = parse_tokens(body[:-1] if percent else body, text, Parser._parse_unary)
        statement.sample = exp.TableSample(**{"percent" if percent else "size": size})
    if unpivot := _parse_list(clauses, "unpivot", text):
        statement.unpivot = [_read_unpivot(item) for item in unpivot]


def _read_unpivot(item: exp.Expr) -> Unpivot:
    if isinstance(item, exp.Aliases):
        return Unpivot(item.this, tuple(name.name for name in item.expressions))
    if isinstance(item, exp.Alias):
        return Unpivot(item.this, (item.alias,))
    raise QueryError("unpivot takes names for its columns: unpivot: scores as (name, value).")
