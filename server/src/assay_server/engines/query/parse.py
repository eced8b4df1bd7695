"""Tells the three query languages apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp
from sqlglot.parser import Parser

from assay_server.engines.query.ast_json import parse_json
from assay_server.engines.query.btql import looks_like_btql, parse_btql
from assay_server.engines.query.sql import parse_sql
from assay_server.engines.query.statement import Statement, parse_tokens, tokenize
from assay_server.errors import QueryError

MAX_SET_OPERATIONS = 100
MAX_COLUMNS = 2_000


def parse(query: str | Mapping[str, Any]) -> Statement:
    """Read SQL text, BTQL text or a BTQL JSON tree. Raises QueryError."""
    if isinstance(query, Mapping):
        statement = parse_json(query)
    elif not query.strip():
        raise QueryError("The query is empty. Try SELECT * FROM project_logs('my project') LIMIT 10.")
    else:
        statement = parse_btql(query) if looks_like_btql(query) else parse_sql(query)
    _check_breadth(statement.tree)
    return statement


def check_condition(text: str) -> None:
    """Raises QueryError unless the text is one SQL condition, whole by itself."""
    parse_tokens(tokenize(text), text, Parser._parse_disjunction)


def _check_breadth(tree: exp.Query) -> None:
    """Refuse what would take far longer to compile than its length says."""
    operations = sum(1 for _ in tree.find_all(exp.SetOperation))
    if operations > MAX_SET_OPERATIONS:
        raise QueryError(f"The query unites {operations:,} queries; the limit is {MAX_SET_OPERATIONS}.")
    widest = max((len(select.expressions) for select in tree.find_all(exp.Select)), default=0)
    if widest > MAX_COLUMNS:
        raise QueryError(f"The query selects {widest:,} columns; the limit is {MAX_COLUMNS:,}.")
