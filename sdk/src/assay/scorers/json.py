"""Scorers over JSON values: validity (with an optional shape) and closeness."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any, cast

from assay.core.mustache import to_text
from assay.scorers.number import closeness
from assay.scorers.score import Heuristic, Score, require_expected
from assay.scorers.string import similarity

_ABSENT = object()
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


class ValidJSON(Heuristic):
    """1 when the output is JSON and fits `schema` if given, else 0.

    JSON is an object, a list, or text that parses to one. `schema` is a JSON Schema of which `type`, `required`,
    `properties`, `items` and `enum` are checked; the first violation is named in the metadata.
    """

    def __init__(self, schema: Mapping[str, Any] | None = None) -> None:
        self._schema = schema

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Check `output`; `expected` is ignored."""
        value = output
        if isinstance(output, str):
            try:
                value = json.loads(output)
            except ValueError as error:
                return Score(self.name, 0.0, {"problem": str(error)})
        if not isinstance(value, dict | list):
            return Score(
                self.name, 0.0, {"problem": f"a bare {type(value).__name__} is not an object or a list"}
            )
        problem = _violation(value, self._schema, "$") if self._schema is not None else None
        return Score(self.name, float(problem is None), {"problem": problem} if problem else {})


JSONValid = ValidJSON
"""The same scorer under its other common name."""


class JSONDiff(Heuristic):
    """Closeness of two JSON values, computed member by member.

    Objects average over the union of their keys, lists over their positions; a member that only one side
    has scores 0. Leaves: text by `string_scorer` (default edit distance), numbers by `number_scorer`
    (default relative difference), everything else by equality. Text on both sides that parses to objects or
    lists is compared as such.
    """

    def __init__(
        self,
        *,
        string_scorer: Callable[[str, str], float] = similarity,
        number_scorer: Callable[[float, float], float] = closeness,
    ) -> None:
        self._string_scorer = string_scorer
        self._number_scorer = number_scorer

    def eval(self, output: Any, expected: Any = None, **context: Any) -> Score:
        """Compare `output` with `expected`; raises ValueError when there is no expected value."""
        require_expected(self.name, expected)
        return Score(self.name, self._compare(_parsed(output), _parsed(expected)))

    def _compare(self, left: Any, right: Any) -> float:
        if isinstance(left, dict) and isinstance(right, dict):
            one, other = cast("dict[str, Any]", left), cast("dict[str, Any]", right)
            keys = dict.fromkeys([*one, *other])
            return _mean([self._compare(one.get(key, _ABSENT), other.get(key, _ABSENT)) for key in keys])
        if isinstance(left, list) and isinstance(right, list):
            pairs = zip_longest(cast("list[Any]", left), cast("list[Any]", right), fillvalue=_ABSENT)
            return _mean([self._compare(one, other) for one, other in pairs])
        if isinstance(left, str) and isinstance(right, str):
            return self._string_scorer(left, right)
        if _is_number(left) and _is_number(right):
            return self._number_scorer(cast("float", left), cast("float", right))
        same: bool = type(cast("object", left)) is type(cast("object", right)) and left == right
        return float(same)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 1.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parsed(value: Any) -> Any:
    """The object or list a text spells; every other value as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _violation(value: Any, schema: Mapping[str, Any], path: str) -> str | None:
    """The first way `value` breaks `schema`, or None."""
    wanted = schema.get("type")
    if wanted is not None:
        names: list[str] = [wanted] if isinstance(wanted, str) else wanted
        if not any(_has_type(value, name) for name in names):
            return f"{path}: {to_text(value)[:80]} is not of type {' or '.join(names)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{path}: {to_text(value)[:80]} is not one of {to_text(schema['enum'])}"
    if isinstance(value, dict):
        return _object_violation(cast("dict[str, Any]", value), schema, path)
    if isinstance(value, list) and "items" in schema:
        problems = (
            _violation(item, schema["items"], f"{path}[{i}]")
            for i, item in enumerate(cast("list[Any]", value))
        )
        return next((problem for problem in problems if problem), None)
    return None


def _object_violation(value: dict[str, Any], schema: Mapping[str, Any], path: str) -> str | None:
    missing = [key for key in schema.get("required", ()) if key not in value]
    if missing:
        return f"{path}: {', '.join(missing)} missing"
    properties = cast("Mapping[str, Mapping[str, Any]]", schema.get("properties", {}))
    problems = (
        _violation(value[key], rule, f"{path}.{key}") for key, rule in properties.items() if key in value
    )
    return next((problem for problem in problems if problem), None)


def _has_type(value: Any, name: str) -> bool:
    if isinstance(value, bool):  # in Python a bool is an int, in JSON it is not a number
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(name, ()))
