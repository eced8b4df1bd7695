"""Rows of spans and cases in a few characters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from assay.cli import humans
from assay.cli.output import compact

PREVIEW = 500
"""Characters of a value a table cell can show; more would only be measured and thrown away."""


def preview(value: Any) -> str:
    """A payload in one cell; of a chat, the text of its last message."""
    return compact(last_message(value))[:PREVIEW]


def last_message(value: Any) -> Any:
    """The text of the last message when a value is a list of chat messages, else the value."""
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        content = cast("dict[str, Any]", value[-1]).get("content")
        if isinstance(content, str):
            return content
    return cast("Any", value)


def number(values: Any, name: str) -> float | None:
    """A number out of a row's `metrics` or `scores`; None when it is not there."""
    found = cast("Mapping[str, Any]", values).get(name) if isinstance(values, Mapping) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def duration(metrics: Any) -> float | None:
    """Seconds: the aggregated `duration`, else `end` - `start`."""
    known = number(metrics, "duration")
    if known is not None:
        return known
    start, end = number(metrics, "start"), number(metrics, "end")
    return None if start is None or end is None else end - start


def tokens(metrics: Any) -> float | None:
    """All tokens of a span or trace."""
    return first_number(metrics, "total_tokens", "tokens")


def first_number(values: Any, *names: str) -> float | None:
    """The first of several numbers that is there."""
    return next((found for name in names if (found := number(values, name)) is not None), None)


def scores(values: Any) -> str:
    """`Variety 87.5 %, Length 100.0 %`."""
    if not isinstance(values, Mapping):
        return ""
    known = cast("Mapping[str, Any]", values)
    return ", ".join(
        f"{name} {humans.score(number(known, name))}" for name in known if number(known, name) is not None
    )


def span_name(row: Mapping[str, Any]) -> str:
    """What a span is called."""
    attributes = row.get("span_attributes")
    found = cast("Mapping[str, Any]", attributes).get("name") if isinstance(attributes, Mapping) else None
    return str(found or row.get("span_id") or row.get("id") or "")


def span_type(row: Mapping[str, Any]) -> str:
    """llm, tool, task, score, …; '' when it has none."""
    attributes = row.get("span_attributes")
    found = cast("Mapping[str, Any]", attributes).get("type") if isinstance(attributes, Mapping) else None
    return str(found or "")


def error_line(error: Any) -> str:
    """The first line of an error."""
    text = compact(error)
    return text.splitlines()[0] if text else ""


def pretty(value: Any) -> str:
    """A payload on several lines: text as it is, the rest as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
