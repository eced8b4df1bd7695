"""Values that an OpenAPI document asks for: just enough of JSON schema for our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Text = Callable[[str], str]
"""The text for a field of a name."""


GIVEN: Mapping[str, Any] = {
    "config": {"event_type": "retention", "object_type": "project_logs", "retention_days": 30},
}
"""Fields whose values no schema tells how to make."""


class Samples:
    """Makes values for the schemas of one OpenAPI document."""

    def __init__(self, openapi: Mapping[str, Any]) -> None:
        self._openapi = openapi

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """(method, path, operation), in the order of the document."""
        for path, methods in self._openapi["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    def body(self, operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The schema of a JSON body, or None."""
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return None if schema is None else self.plain(schema)

    def plain(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema without references, of alternatives the first that is not null."""
        if "$ref" in schema:
            return self.plain(self._openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                return self.plain(next(one for one in schema[choice] if one.get("type") != "null"))
        return schema

    def value(self, schema: Mapping[str, Any], name: str, text: Text) -> Any:
        """A value of a schema with what it requires."""
        plain = self.plain(schema)
        if name in GIVEN:
            return GIVEN[name]
        if "const" in plain:
            return plain["const"]
        if "enum" in plain:
            return plain["enum"][0]
        match plain.get("type"):
            case "object":
                needed = plain.get("required", ())
                fields = plain.get("properties", {})
                return {one: self.value(fields[one], one, text) for one in needed}
            case "array":
                return [self.value(plain.get("items", {}), name, text)]
            case "integer" | "number":
                return max(1, plain.get("minimum", 1))
            case "boolean":
                return False
            case _:
                return text(name)
