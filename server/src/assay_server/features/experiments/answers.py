"""Answers of the verdict routes: structs as JSON, described in the API's documentation as they are."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from assay_server.errors import BadRequest


def documented(answer: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers this struct: its JSON schema, with references written out.

    A tuple is described as a list of that length: tools stumble over `prefixItems`.
    """
    (schema,), parts = msgspec.json.schema_components([answer], schema_hook=_column, ref_template="{name}")

    def whole(node: Any) -> Any:
        if isinstance(node, dict) and "prefixItems" in node:
            plain = {name: value for name, value in node.items() if name != "prefixItems"}
            return plain | {"items": whole(node["prefixItems"][0])}
        if isinstance(node, dict):
            return whole(parts[node["$ref"]]) if "$ref" in node else {k: whole(v) for k, v in node.items()}
        return [whole(member) for member in node] if isinstance(node, list) else node

    content = {"application/json": {"schema": whole(schema)}}
    return {200: {"description": (answer.__doc__ or "").partition("\n")[0], "content": content}}


def _column(kind: type) -> dict[str, Any]:
    """Arrays of the tables (see `evidence`)."""
    return {"type": "array", "items": {"type": ["number", "boolean", "string", "null"]}}


def encoded(value: Any) -> Response:
    """A struct as the JSON body of an answer."""
    return Response(msgspec.json.encode(value), media_type="application/json")


def position(cursor: str | None) -> int:
    """Where a page starts; raises BadRequest for what no page before gave out."""
    if not cursor:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 12:
        raise BadRequest(f"{cursor[:40]!r} is no cursor; send the one of the page before.", code="bad_cursor")
    return int(cursor)
