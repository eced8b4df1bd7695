"""Feedback entries become merge writes and comments on the rows they are about."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from assay.core.ids import new_row_id
from assay_server.engines.ingest.rows import reject_body
from assay_server.errors import BadRequest


class Feedback(msgspec.Struct, omit_defaults=True):
    """One entry of `{"feedback": […]}` (wire contract §2.8)."""

    id: str
    scores: Raw | UnsetType = UNSET
    expected: Raw | UnsetType = UNSET
    tags: Raw | UnsetType = UNSET
    comment: str | None = None
    metadata: Raw | UnsetType = UNSET
    source: Literal["app", "api", "external"] = "api"


class FeedbackBody(msgspec.Struct):
    """Body of the feedback routes."""

    feedback: list[Feedback]


def feedback_rows(body: bytes, *, dataset: bool) -> list[bytes]:
    """Row writes for a feedback body. Raises BadRequest when it is malformed; datasets take no scores or expected."""
    try:
        entries = msgspec.json.decode(body, type=FeedbackBody).feedback
    except msgspec.ValidationError as error:
        raise BadRequest(f"feedback: {error}", code="feedback_invalid") from None
    except msgspec.DecodeError as error:
        raise reject_body(error) from None
    rows: list[bytes] = []
    for at, entry in enumerate(entries):
        if dataset and (entry.scores is not UNSET or entry.expected is not UNSET):
            raise BadRequest(
                f"feedback {at}: a dataset row takes tags and comments only", code="feedback_invalid", row=at
            )
        rows.extend(_writes(entry))
    return rows


def _writes(entry: Feedback) -> list[bytes]:
    changes = {
        name: value for name in ("scores", "expected", "tags") if (value := getattr(entry, name)) is not UNSET
    }
    audit: dict[str, Any] = {"_audit_source": entry.source}
    if entry.metadata is not UNSET:
        audit["_audit_metadata"] = entry.metadata
    rows: list[bytes] = []
    if changes:
        rows.append(msgspec.json.encode({"id": entry.id, "_is_merge": True, **changes, **audit}))
    if entry.comment is not None:
        note = {"id": new_row_id(), "origin": {"id": entry.id}, "comment": {"text": entry.comment}}
        rows.append(msgspec.json.encode(note | audit))
    return rows
