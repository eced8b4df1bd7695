"""Tells the three query languages apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay_server.engines.query.ast_json import parse_json
from assay_server.engines.query.btql import looks_like_btql, parse_btql
from assay_server.engines.query.sql import parse_sql
from assay_server.engines.query.statement import Statement
from assay_server.errors import QueryError


def parse(query: str | Mapping[str, Any]) -> Statement:
    """Read SQL text, BTQL text or a BTQL JSON tree. Raises QueryError."""
    if isinstance(query, Mapping):
        return parse_json(query)
    if not query.strip():
        raise QueryError("The query is empty. Try SELECT * FROM project_logs('my project') LIMIT 10.")
    return parse_btql(query) if looks_like_btql(query) else parse_sql(query)
