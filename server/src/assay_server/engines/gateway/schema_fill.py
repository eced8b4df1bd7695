"""Makes a value that satisfies a JSON schema, for forced tool calls no scenario knows."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

_MAX_DEPTH = 12


def fill(schema: Mapping[str, Any], text: str, chance: random.Random, depth: int = 0) -> Any:
    """A value for `schema`: enums by chance, strings from `text`, numbers inside their bounds, required keys
    only.

    Beyond a depth of 12 the answer is None; `$ref` is not followed.
    """
    if depth > _MAX_DEPTH:
        return None
    if "const" in schema:
        return schema["const"]
    if options := schema.get("enum"):
        return chance.choice(list(options))
    for combinator in ("anyOf", "oneOf", "allOf"):
        if branches := schema.get(combinator):
            return fill(branches[0], text, chance, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((name for name in kind if name != "null"), "null")
    return _fill_kind(kind, schema, text, chance, depth)


def _fill_kind(kind: str, schema: Mapping[str, Any], text: str, chance: random.Random, depth: int) -> Any:
    match kind:
        case "object":
            properties = schema.get("properties") or {}
            wanted = schema.get("required", list(properties))
            return {key: fill(properties.get(key) or {}, text, chance, depth + 1) for key in wanted}
        case "array":
            count = max(1, int(schema.get("minItems", 1)))
            return [fill(schema.get("items") or {}, text, chance, depth + 1) for _ in range(count)]
        case "integer":
            low = int(schema.get("minimum", 0))
            return chance.randint(low, max(low, int(schema.get("maximum", low + 10))))
        case "number":
            low = float(schema.get("minimum", 0.0))
            return round(chance.uniform(low, max(low, float(schema.get("maximum", low + 1.0)))), 3)
        case "boolean":
            return chance.random() < 0.5
        case "null":
            return None
        case _:
            return text
