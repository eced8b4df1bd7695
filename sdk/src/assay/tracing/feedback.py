"""Writes to rows that exist: feedback, comments, updates."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay.client.records import RowRecord
from assay.core.times import iso_now
from assay.tracing.events import encode_event

if TYPE_CHECKING:
    from assay.client.state import State
    from assay.client.targets import Target


def write_feedback(
    state: State,
    target: Target,
    id: str,
    *,
    scores: Mapping[str, Any] | None = None,
    expected: Any = None,
    tags: list[str] | None = None,
    comment: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    source: str | None = None,
) -> None:
    """Lay scores, an expected value or tags over a row, and attach a comment.

    `source` is "app", "api" or "external" (default); `metadata` says who and why and goes to the audit entry.
    """
    audit = {"_audit_source": source or "external", "_audit_metadata": metadata}
    event = {
        key: value
        for key, value in (("scores", scores), ("expected", expected), ("tags", tags))
        if value is not None
    }
    if event:
        write_update(state, target, id, event, audit=audit)
    if comment is not None:
        row = {
            "id": str(uuid.uuid4()),
            "created": iso_now(),
            "origin": {"id": id},
            "comment": {"text": comment},
        }
        record = RowRecord(target, row)
        state.add(record, {key: state.snapshot(value) for key, value in audit.items()})


def write_update(
    state: State, target: Target, id: str, event: Mapping[str, Any], *, audit: Mapping[str, Any] | None = None
) -> None:
    """Merge columns into an existing row."""
    fields = encode_event(state, event)
    fields.update((key, state.snapshot(value)) for key, value in (audit or {}).items())
    state.add(RowRecord(target, {"id": id, "_is_merge": True}), fields)
