"""SQL text → Statement."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.parser import Parser

from assay_server.engines.query.literals import fail
from assay_server.engines.query.statement import Statement, literal_int, parse_tokens, tokenize
from assay_server.errors import QueryError


def parse_sql(text: str) -> Statement:
    """Parse one SELECT (or WITH …, or a union). A text OFFSET is a cursor, a TABLESAMPLE is a sample.

    Raises QueryError.
    """
    tree = parse_tokens(_without_settings(text), text, Parser._parse_statement)
    if isinstance(tree, exp.Subquery) and tree.is_wrapper:
        tree = tree.unnest()
    if not isinstance(tree, exp.Query):
        raise QueryError("Only SELECT queries can be run here.", line=1, column=1)
    statement = Statement(tree)
    if limit := tree.args.pop("limit", None):
        statement.limit = literal_int(getattr(limit, "expression", None), "LIMIT")
        if isinstance(limit, exp.Limit) and limit.args.get("offset"):
            statement.offset = literal_int(limit.args["offset"], "OFFSET")
    if offset := tree.args.pop("offset", None):
        _read_offset(statement, offset.expression)
    return statement


def _without_settings(text: str) -> list:
    """Tokens up to a top-level SETTINGS clause, which is accepted and has no effect."""
    tokens = tokenize(text)
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        following = tokens[at + 2].text if at + 2 < len(tokens) else ""
        if depth == 0 and at and token.text.upper() == "SETTINGS" and following == "=":
            return tokens[:at]
    return tokens


def _read_offset(statement: Statement, node: exp.Expr) -> None:
    if isinstance(node, exp.Literal) and node.is_string:
        statement.cursor = node.this
    elif isinstance(node, exp.Literal) and node.this.isdigit():
        statement.offset = int(node.this)
    else:
        raise fail("OFFSET takes a number of rows, or the cursor of an earlier page as text.", node)
