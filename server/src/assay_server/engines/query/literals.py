"""Writing values and names into ClickHouse SQL, and the errors that point at a place in the user's query."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from assay_server.errors import QueryError

_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\0": "\\0",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}
_NEEDS_ESCAPE = re.compile("[\\\\'\0\n\r\t\b\f]")
_UINT64 = 1 << 64


def quote(text: str) -> str:
    """A ClickHouse string literal.

    Raises QueryError for text that is not valid Unicode (a lone surrogate cannot be stored, so nothing equals it).
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise QueryError("The query holds half of a surrogate pair; send valid Unicode text.") from None
    return "'" + _NEEDS_ESCAPE.sub(lambda found: _ESCAPES[found[0]], text) + "'"


def quote_name(name: str) -> str:
    """A ClickHouse identifier in backquotes."""
    return "`" + quote(name)[1:-1].replace("`", "\\`") + "`"


def number(value: int | float) -> str:
    """A ClickHouse number literal; integers past 64 bits become floats."""
    if isinstance(value, int) and -(_UINT64 >> 1) <= value < _UINT64:
        return str(value)
    if not math.isfinite(value):
        raise QueryError(f"{value} is not a finite number.")
    return repr(float(value))


def time(value: datetime) -> str:
    """A ClickHouse DateTime64(6, 'UTC') literal."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    return f"toDateTime64('{value:%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC')"


def parse_time(text: str) -> datetime | None:
    """Read an ISO-8601 date or time, UTC unless it says otherwise; None when it is neither.

    More than six fractional digits are cut.
    """
    trimmed = re.sub(r"(\.\d{6})\d+", r"\1", text.strip())
    try:
        moment = datetime.fromisoformat(trimmed)
        return moment.astimezone(UTC) if moment.tzinfo is not None else moment
    except (ValueError, OverflowError):  # the latter at both ends of time, when a zone leads beyond
        return None


def position(node: exp.Expr | None) -> dict[str, Any]:
    """Line and column (both from 1) of the first token of a node, empty when unknown."""
    if node is None:
        return {}
    for part in node.walk():
        if "line" in part.meta:
            width = max(part.meta["end"] - part.meta["start"], 0)
            return {"line": part.meta["line"], "column": max(part.meta["col"] - width, 1)}
    return {}


def fail(message: str, node: exp.Expr | None = None) -> QueryError:
    """A QueryError that points at `node`."""
    return QueryError(message, **position(node))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean x?` or an empty string."""
    choices = {choice.lower(): choice for choice in known}
    close = difflib.get_close_matches(name.lower(), choices, n=1, cutoff=0.6)
    return f" Did you mean {choices[close[0]]}?" if close else ""
