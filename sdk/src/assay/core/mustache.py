"""Mustache templates for prompts.

What prompts need of Mustache: `{{name}}`, `{{{name}}}` and `{{&name}}` (all the same: prompts are text, so
nothing is HTML-escaped), dot paths with list indexes (`{{messages.0.content}}`, `{{messages[0].content}}`),
sections `{{#name}}…{{/name}}`, inverted sections `{{^name}}…{{/name}}`, the implicit `{{.}}`, and comments
`{{! … }}`. A section or comment tag alone on its line takes the line with it.

Objects and lists render as JSON, `None` as nothing. In strict mode a variable that names nothing is an
error with its position; a *section* over an unknown name is simply empty, which is how a template asks
whether something is there.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

_TAG = re.compile(
    r"\{\{\{\s*(?P<raw>[^{}]*?)\s*\}\}\}|\{\{(?P<kind>[#^/!&>=]?)\s*(?P<name>.*?)\s*\}\}", re.DOTALL
)
_MISSING = object()


class TemplateError(ValueError):
    """A template that cannot be parsed or rendered; the message ends with the position (1-based)."""

    def __init__(self, problem: str, *, line: int, column: int) -> None:
        super().__init__(f"{problem} (line {line}, column {column})")
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    inverted: bool
    body: tuple[_Node, ...]


_Node = str | _Variable | _Section


@dataclass(frozen=True, slots=True)
class _Tag:
    kind: str
    name: str
    start: int
    end: int


def render(template: str, values: Mapping[str, Any], *, strict: bool = True) -> str:
    """Fill a template.

    Raises TemplateError when the template is malformed or, in strict mode, when a variable names nothing in
    `values`.
    """
    out: list[str] = []
    _render(_parse(template), [values], out, template if strict else None)
    return "".join(out)


def variable_names(template: str) -> frozenset[str]:
    """The top-level names a template mentions, in variables and in sections at its outermost level."""
    return frozenset(
        re.split(r"[.\[]", node.name, maxsplit=1)[0]
        for node in _parse(template)
        if not isinstance(node, str) and node.name != "."
    )


def to_text(value: Any) -> str:
    """How one value appears in a prompt: text as it is, `None` as nothing, everything else as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str)


def _render(nodes: Sequence[_Node], scopes: list[Any], out: list[str], strict_source: str | None) -> None:
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif isinstance(node, _Variable):
            value = _look_up(node.name, scopes)
            if value is _MISSING and strict_source is not None:
                known = (
                    ", ".join(sorted(str(key) for key in cast("Mapping[Any, Any]", scopes[0]))) or "nothing"
                )
                raise _error(strict_source, node.at, f"{{{{{node.name}}}}} names nothing; known: {known}")
            out.append("" if value is _MISSING else to_text(value))
        else:
            _render_section(node, scopes, out, strict_source)


def _render_section(node: _Section, scopes: list[Any], out: list[str], strict_source: str | None) -> None:
    value = _look_up(node.name, scopes)
    shown = value is not _MISSING and (value == 0 or bool(value)) and value is not False
    if node.inverted:
        if not shown:
            _render(node.body, scopes, out, strict_source)
    elif shown:
        rounds: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
        for item in rounds:
            _render(node.body, [*scopes, item], out, strict_source)


def _look_up(name: str, scopes: list[Any]) -> Any:
    if name == ".":
        return scopes[-1]
    first, *rest = re.sub(r"\[(\d+)\]", r".\1", name).split(".")
    for scope in reversed(scopes):
        value = _member(scope, first)
        if value is not _MISSING:
            for key in rest:
                value = _member(value, key)
            return value
    return _MISSING


def _member(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value).get(key, _MISSING)
    if isinstance(value, list) and key.isdecimal():
        items = cast("list[Any]", value)
        return items[int(key)] if int(key) < len(items) else _MISSING
    return _MISSING


@functools.lru_cache(maxsize=256)
def _parse(template: str) -> tuple[_Node, ...]:
    root: list[_Node] = []
    open_sections: list[tuple[_Tag, list[_Node]]] = []
    nodes, position = root, 0
    for tag in _tags(template):
        start, end = _without_own_line(template, tag)
        if start > position:
            nodes.append(template[position:start])
        position = end
        if tag.kind in "#^" and tag.kind:
            open_sections.append((tag, nodes))
            nodes = []
        elif tag.kind == "/":
            nodes = _close(template, tag, open_sections, nodes)
        elif tag.kind != "!":
            nodes.append(_Variable(tag.name, tag.start))
    if open_sections:
        opener = open_sections[-1][0]
        raise _error(template, opener.start, f"section {{{{{opener.kind}{opener.name}}}}} is never closed")
    root.append(template[position:])
    return tuple(root)


def _close(
    template: str, tag: _Tag, open_sections: list[tuple[_Tag, list[_Node]]], body: list[_Node]
) -> list[_Node]:
    if not open_sections or open_sections[-1][0].name != tag.name:
        expected = f"; {{{{/{open_sections[-1][0].name}}}}} was expected" if open_sections else ""
        raise _error(template, tag.start, f"{{{{/{tag.name}}}}} closes no open section{expected}")
    opener, outer = open_sections.pop()
    outer.append(_Section(opener.name, opener.kind == "^", tuple(body)))
    return outer


def _tags(template: str) -> list[_Tag]:
    tags: list[_Tag] = []
    for match in _TAG.finditer(template):
        kind = "&" if match["raw"] is not None else match["kind"]
        name = match["raw"] if match["raw"] is not None else match["name"]
        if kind in (">", "="):
            problem = "partials are not supported" if kind == ">" else "the delimiters cannot be changed"
            raise _error(template, match.start(), f"{match[0]!r}: {problem}")
        if not name and kind != "!":
            raise _error(template, match.start(), "a tag without a name")
        tags.append(_Tag(kind, name, match.start(), match.end()))
    return tags


def _without_own_line(template: str, tag: _Tag) -> tuple[int, int]:
    """Widen a section or comment tag that stands alone on its line to the whole line."""
    if tag.kind in ("", "&"):
        return tag.start, tag.end
    line_start = template.rfind("\n", 0, tag.start) + 1
    line_end = template.find("\n", tag.end)
    line_end = len(template) if line_end < 0 else line_end + 1
    around = template[line_start : tag.start] + template[tag.end : line_end]
    return (tag.start, tag.end) if around.strip() else (line_start, line_end)


def _error(template: str, at: int, problem: str) -> TemplateError:
    before = template[:at]
    return TemplateError(problem, line=before.count("\n") + 1, column=at - before.rfind("\n"))
