"""How the answer to a query goes over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from assay_server.engines.query.types import Kind, QueryAnswer, ResultColumn

_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.NUMBER: {"type": ["number", "null"]},
    Kind.BOOL: {"type": ["boolean", "null"]},
    Kind.TIME: {"type": ["string", "null"], "format": "date-time"},
    Kind.XACT: {"type": "string"},
    Kind.PAGE: {"type": "string"},
    Kind.INTERVAL: {"type": ["string", "null"]},
    Kind.LIST: {"type": ["array", "null"], "items": {"type": "string"}},
    Kind.NULL: {"type": "null"},
    Kind.JSON: {},
}


def page(answer: QueryAnswer, *, applied: str | int) -> Response:
    """The JSON answer of one page; `applied` is the newest transaction that was readable when it was made."""
    seen = str(applied)
    content = msgspec.json.encode(
        {
            "data": answer.rows,
            "schema": result_schema(answer.columns),
            "cursor": answer.cursor,
            "realtime_state": {
                "type": "on",
                "minimum_xact_id": None,
                "read_bytes": 0,
                "actual_xact_id": None,
            },
            "freshness_state": {"last_processed_xact_id": seen, "last_considered_xact_id": seen},
            "warnings": answer.warnings,
        }
    )
    headers = {"x-bt-cursor": answer.cursor} if answer.cursor else {}
    return Response(content, media_type="application/json", headers=headers)


def result_schema(columns: list[ResultColumn]) -> dict[str, Any]:
    """JSON schema of the rows."""
    properties = {column.name: _SCHEMAS[column.kind] for column in columns}
    return {"type": "array", "items": {"type": "object", "properties": properties}}
