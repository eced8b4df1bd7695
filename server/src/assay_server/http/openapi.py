"""Completes openapi.json: the plain routes of the hot paths, which FastAPI does not know, and how errors look."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
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


_BODY = "__openapi_body__"
_NOT_BUILT = {
    **_ERROR,
    "description": "Known to clients of this API and not built here; see `error.message`.",
}
_REFERENCES = "#/components/schemas/{name}"

Handler = TypeVar("Handler", bound=Callable[..., Any])


def takes(name: str, fields: Mapping[str, Any], *, required: bool = True) -> Callable[[Handler], Handler]:
    """Describe the JSON body of a plain route: an object called `name` with fields of msgspec types."""
    entries = [(field, kind) if required else (field, kind, None) for field, kind in fields.items()]

    def remember(handler: Handler) -> Handler:
        setattr(handler, _BODY, msgspec.defstruct(name, entries))
        return handler

    return remember


def describe_routes(app: FastAPI) -> None:
    """Make `app.openapi()` list plain routes too, described by their docstrings and `takes`, and every error."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generate()
            schema.setdefault("components", {}).setdefault("schemas", {})["Error"] = _ERROR_SCHEMA
            for methods in schema["paths"].values():
                for operation in methods.values():
                    operation["responses"].pop("422", None)  # not in the shape FastAPI thinks
                    operation["responses"] |= {"4XX": _ERROR, "501": _NOT_BUILT}
            for unused in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(unused, None)
            for route in _plain_routes(app.routes):
                path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
                for method in sorted((route.methods or set()) - {"HEAD"}):
                    operation = _operation(route, path, method)
                    schema["paths"].setdefault(path, {})[method.lower()] = operation
                schema["components"]["schemas"] |= _body_schemas(route)[1]
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
        "responses": {"200": {"description": "Done."}, "4XX": _ERROR, "501": _NOT_BUILT},
    }
    if names := re.findall(r"{(\w+)}", path):
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if method == "POST":
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _body_schemas(route)[0]}},
        }
    return operation


def _body_schemas(route: Route) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of the body of a plain route, and the schemas that it refers to."""
    body = getattr(route.endpoint, _BODY, None)
    if body is None:
        return {"type": "object"}, {}
    (schema,), parts = msgspec.json.schema_components([body], ref_template=_REFERENCES)
    return schema, parts
