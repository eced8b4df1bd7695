"""Adds the plain routes of the hot paths to openapi.json: FastAPI only knows its own."""

from __future__ import annotations

import inspect
import re
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route

_ERROR = {
    "description": "Refused; `error.code` is stable, `error.message` says what to do.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}
_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "request_id": {"type": ["string", "null"]},
            },
        }
    },
}


def describe_plain_routes(app: FastAPI) -> None:
    """Make `app.openapi()` list plain routes too, described by the docstrings of their handlers."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generate()
            schema.setdefault("components", {}).setdefault("schemas", {})["Error"] = _ERROR_SCHEMA
            for route in _plain_routes(app.routes):
                path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
                for method in sorted((route.methods or set()) - {"HEAD"}):
                    schema["paths"].setdefault(path, {})[method.lower()] = _operation(route, path, method)
            schema["paths"] = dict(sorted(schema["paths"].items()))
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _plain_routes(routes: list[BaseRoute]) -> list[Route]:
    found: list[Route] = []
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            found.extend(_plain_routes(inner.routes))
        elif isinstance(route, Route) and not isinstance(route, APIRoute) and route.include_in_schema:
            found.append(route)
    return found


def _operation(route: Route, path: str, method: str) -> dict[str, Any]:
    text = inspect.getdoc(route.endpoint) or ""
    summary = text.split("\n")[0]
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{method.lower()}_{path}").strip("_"),
        "summary": summary.split(": ", 1)[-1],
        "description": text,
        "responses": {"200": {"description": "Done."}, "4XX": _ERROR},
    }
    if names := re.findall(r"{(\w+)}", path):
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if method == "POST":
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    return operation
