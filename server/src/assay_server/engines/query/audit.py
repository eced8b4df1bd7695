"""What each version of a row changed: the `audit_data` of queries with `audit_log` over experiments and datasets.

A page of versions is read first; then every version of the ids on it, to compare each with the one before. Logs keep
one version a row, so nothing can be said of them but that they were written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay_server.engines.query.cursor import PageKey
from assay_server.engines.query.literals import quote
from assay_server.engines.query.relations import Spans
from assay_server.engines.query.rows import parsed_json

FIELDS = (
    "input", "output", "expected", "error", "metadata", "scores", "metrics", "span_attributes", "context", "origin",
    "classifications", "facets", "extra", "comments",
)  # fmt: skip
_ROWS_AT_ONCE = 500
Version = tuple[str, str, str]
"""(object id, row id, transaction id)."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Where the identity of a version stands among the values of a row, counted from its end."""

    spans: Spans
    keys: Sequence[PageKey]

    def version(self, row: Sequence[Any]) -> Version:
        """Which version a row of the page is."""
        held = dict(zip([key.sql for key in self.keys], row[-len(self.keys) :], strict=True))
        return str(held.get("object_id", self.spans.objects[0])), str(held["id"]), str(held["_xact_id"])

    def histories(self, versions: Sequence[Version]) -> Iterator[str]:
        """Queries that read every version of the rows, oldest first; each asks for as many rows as fit its text."""
        rows = sorted({f"({quote(obj)}, {quote(row)})" for obj, row, _ in versions})
        columns = f"object_id, id, toString(_xact_id) AS k0, _deleted, toJSONString(tags) AS c0, {', '.join(FIELDS)}"
        for at in range(0, len(rows), _ROWS_AT_ONCE):
            table = self.spans.table(f"(object_id, id) IN ({', '.join(rows[at : at + _ROWS_AT_ONCE])})")
            yield f"SELECT {columns} FROM {table} ORDER BY object_id, id, _xact_id, _seq"


def changes(history: Iterable[Sequence[Any]]) -> dict[Version, dict[str, Any]]:
    """`audit_data`, and the `comment` of those that added one, by version."""
    found: dict[Version, dict[str, Any]] = {}
    before: dict[str, Any] | None = None
    row: tuple[str, str] | None = None
    for obj, row_id, xact, deleted, tags, *texts in history:
        before = before if row == (obj, row_id) else None
        row = (obj, row_id)
        values = {name: parsed_json(text) for name, text in zip(FIELDS, texts, strict=True)}
        after = None if deleted else {**values, "tags": json.loads(tags) or None}
        found[obj, row_id, xact] = _change(before, after)
        before = after
    return found


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    said: dict[str, Any] = {"source": None, "action": "upsert", "path": [], "from": None, "to": None}
    if after is None:
        return said | {"action": "delete"}
    if before is None:
        return said
    path, old, new = _difference(before, after)
    if path[:1] == ["comments"] and isinstance(new, list) and new:
        entry = new[-1]
        return said | {
            "action": "comment",
            "source": entry.get("source"),
            "path": path,
            "comment": entry.get("comment"),
        }
    return said | {"path": path, "from": old, "to": new}


def _difference(before: Any, after: Any) -> tuple[list[str], Any, Any]:
    """The deepest path under which everything that changed lies, and both values there.

    Of objects, only the members that differ.
    """
    path: list[str] = []
    while isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if len(names) != 1:
            return path, {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
        path.append(names[0])
        before, after = before.get(names[0]), after.get(names[0])
    return path, before, after
