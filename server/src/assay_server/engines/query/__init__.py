"""Queries over spans: SQL, BTQL text and BTQL JSON in, ClickHouse SQL and typed rows out.

    text/JSON ──parse──▶ Statement (sqlglot tree) ──plan──▶ Plan (ClickHouse SQL) ──guard──▶ store ──rows──▶ QueryAnswer

See docs/design/003-query.md.
"""

from assay_server.engines.query.engine import QueryEngine
from assay_server.engines.query.types import ObjectResolver, QueryAnswer, QueryRequest, ResultColumn

__all__ = ["ObjectResolver", "QueryAnswer", "QueryEngine", "QueryRequest", "ResultColumn"]
