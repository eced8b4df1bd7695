"""SQL text → Statement."""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token

from assay_server.engines.query.literals import fail
from assay_server.engines.query.statement import Statement, literal_int, parse_tokens, tokenize
from assay_server.errors import QueryError


def parse_sql(text: str) -> Statement:
    """Parse one SELECT (or WITH …, or a union). A text OFFSET is a cursor, a TABLESAMPLE is a sample.

    A SETTINGS clause at the end is read for `preview_length`; other settings have no effect. Raises QueryError.
    """
    tokens, settings = _split_settings(tokenize(text))
    tree = parse_tokens(tokens, text, Parser._parse_statement)
    if isinstance(tree, exp.Subquery) and tree.is_wrapper:
        tree = tree.unnest()
    if not isinstance(tree, exp.Query):
        raise QueryError("Only SELECT queries can be run here.", line=1, column=1)
    statement = Statement(tree, preview_length=_preview_length(settings))
    if limit := tree.args.pop("limit", None):
        statement.limit = literal_int(getattr(limit, "expression", None), "LIMIT")
        if isinstance(limit, exp.Limit) and limit.args.get("offset"):
            statement.offset = literal_int(limit.args["offset"], "OFFSET")
    if offset := tree.args.pop("offset", None):
        _read_offset(statement, offset.expression)
    return statement


def _split_settings(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """Tokens before a top-level SETTINGS clause, and those of the clause."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        following = tokens[at + 2].text if at + 2 < len(tokens) else ""
        if depth == 0 and at and token.text.upper() == "SETTINGS" and following == "=":
            return tokens[:at], tokens[at + 1 :]
    return tokens, []


def _preview_length(settings: list[Token]) -> int | None:
    for at, token in enumerate(settings):
        if token.text.lower() == "preview_length":
            written = "".join(part.text for part in settings[at + 2 : at + 4]).rstrip(",;")
            if not re.fullmatch(r"-?\d+", written):
                raise QueryError(
                    "preview_length takes a number of characters: SETTINGS preview_length = 200."
                )
            return int(written)
    return None


def _read_offset(statement: Statement, node: exp.Expr) -> None:
    if isinstance(node, exp.Literal) and node.is_string:
        statement.cursor = node.this
    elif isinstance(node, exp.Literal) and node.this.isdigit():
        statement.offset = literal_int(node, "OFFSET")
    else:
        raise fail("OFFSET takes a number of rows, or the cursor of an earlier page as text.", node)
