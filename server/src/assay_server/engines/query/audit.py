"""What each change of a row was, whose, when and by what means: the `audit_data` of queries with `audit_log`.

Of experiments and datasets, a page of versions is read first; then every version of the ids on it, to compare each
with the one before. Logs keep one version a row: what is known of their changes is noted in the row itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from assay.core.ids import xact_seconds
from assay.core.times import iso_time
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
        columns = "object_id, id, toString(_xact_id) AS k0, _deleted, author, toJSONString(tags) AS c0, "
        columns += ", ".join(FIELDS)
        for at in range(0, len(rows), _ROWS_AT_ONCE):
            table = self.spans.table(f"(object_id, id) IN ({', '.join(rows[at : at + _ROWS_AT_ONCE])})")
            yield f"SELECT {columns} FROM {table} ORDER BY object_id, id, _xact_id, _seq"


def changes(history: Iterable[Sequence[Any]]) -> dict[Version, dict[str, Any]]:
    """`audit_data`, and the `comment` of those that added one, by version."""
    found: dict[Version, dict[str, Any]] = {}
    before: dict[str, Any] | None = None
    row: tuple[str, str] | None = None
    for obj, row_id, xact, deleted, author, tags, *texts in history:
        before = before if row == (obj, row_id) else None
        row = (obj, row_id)
        values = {name: parsed_json(text) for name, text in zip(FIELDS, texts, strict=True)}
        values["extra"], notes = _without_notes(values["extra"])
        after = None if deleted else {**values, "tags": json.loads(tags) or None}
        note = next((one for one in reversed(notes) if one.get("_xact_id") == xact), {})
        found[obj, row_id, xact] = _signed(note, xact, author) | _change(before, after)
        before = after
    return found


def noted(text: Any) -> dict[str, Any]:
    """`audit_data`, and the `comment` where it is one, of one change that is noted in a row of logs."""
    note = parsed_json(bytes(text).decode() if isinstance(text, msgspec.Raw) else json.dumps(text))
    said = _signed(note, note.get("_xact_id"), note.get("author"))
    said["action"] = {"replace": "upsert"}.get(said["action"], said["action"])
    if said["action"] == "comment":
        return said | {"path": ["comments"], "comment": note.get("comment")}
    path, old, new = _difference(note.get("from") or {}, note.get("to") or {})
    return said | {"path": path, "from": old or None, "to": new} if note.get("to") else said


def _without_notes(extra: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The fields of `extra` without the notes on changes, and the notes."""
    members = dict(extra or {})
    notes = members.pop("audit_data", None) or []
    return members or None, [note for note in notes if isinstance(note, dict)]


def _signed(note: Mapping[str, Any], xact: str | None, author: str | None) -> dict[str, Any]:
    """By what means, by whom and when a version was written, and nothing yet about what it changed."""
    user, _, key = (author or "").partition("/")
    written = note.get("created") or (iso_time(xact_seconds(int(xact))) if xact else None)
    return {
        "source": note.get("source") or "api", "action": note.get("action") or "upsert",
        "path": [], "from": None, "to": None,
        "user_id": note.get("user_id") or user or None, "key_id": note.get("key_id") or key or None, "created": written,
        "metadata": note.get("metadata"),
    }  # fmt: skip


def _change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    if after is None:
        return {"action": "delete"}
    if before is None:
        return {"action": "upsert"}
    path, old, new = _difference(before, after)
    if path[:1] == ["comments"] and isinstance(new, list) and new:
        entry = new[-1]
        return {
            "action": "comment",
            "source": entry.get("source") or "api",
            "path": path,
            "comment": entry.get("comment"),
        }
    return {"action": "upsert", "path": path, "from": old, "to": new}


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
