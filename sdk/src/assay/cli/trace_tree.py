"""A trace drawn as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import click

from assay.cli import humans, previews
from assay.cli.server import Row
from assay.cli.table import printable

TYPE_COLOURS = {
    "llm": "magenta",
    "tool": "yellow",
    "score": "cyan",
    "function": "blue",
    "task": "green",
    "eval": "green",
}
PAYLOADS = ("input", "output", "expected", "metadata", "error")


def tree_lines(rows: Sequence[Row], *, full: bool = False) -> Iterator[str]:
    """The spans of one trace, children below their parents in order of start; orphans stand beside the roots.

    Walks with a stack: a trace may be deeper than Python's recursion limit.
    """
    children = _children(rows)
    stack = [(row, "", "", "") for row in reversed(children.get("", []))]
    while stack:
        row, indent, branch, continuation = stack.pop()
        yield f"{indent}{branch}{_span_line(row)}"
        below = indent + continuation
        if full:
            yield from _payload_lines(row, below + "  ")
        inner = children.get(str(row.get("span_id")), [])
        for position, child in enumerate(reversed(inner)):
            last = position == 0
            stack.append((child, below, "└─ " if last else "├─ ", "   " if last else "│  "))


def _children(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by the span they hang below; '' holds the roots and those whose parent is missing."""
    known = {str(row.get("span_id")) for row in rows}
    below: dict[str, list[Row]] = {}
    for row in sorted(rows, key=_start):
        named = cast("list[str]", row.get("span_parents") or [])
        parent = next((found for found in named if found in known), "")
        below.setdefault("" if parent == str(row.get("span_id")) else parent, []).append(row)
    return below


def _start(row: Row) -> tuple[float, str]:
    return previews.number(row.get("metrics"), "start") or 0.0, str(row.get("created") or "")


def _span_line(row: Row) -> str:
    metrics: Any = row.get("metrics")
    kind = previews.span_type(row)
    facts = [
        humans.seconds(previews.duration(metrics)),
        f"{humans.count(previews.tokens(metrics))} tok" if previews.tokens(metrics) is not None else "",
        humans.dollars(previews.number(metrics, "estimated_cost")),
        previews.scores(row.get("scores")),
    ]
    parts = [click.style(printable(previews.span_name(row)), bold=True)]
    if kind:
        parts.append(click.style(printable(kind), fg=TYPE_COLOURS.get(kind)))
    parts += [fact for fact in facts if fact]
    error = previews.error_line(row.get("error"))
    if error:
        parts.append(click.style(f"error: {printable(error)}", fg="red"))
    return "  ".join(parts)


def _payload_lines(row: Row, indent: str) -> Iterator[str]:
    for name in PAYLOADS:
        value = row.get(name)
        if value is None:
            continue
        yield f"{indent}{click.style(name, dim=True)}"
        for line in previews.pretty(value).splitlines():
            yield f"{indent}  {printable(line)}"
