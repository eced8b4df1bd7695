"""Where a gateway call is recorded: below what the caller's `x-bt-parent` names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.core.ids import new_row_id, new_span_id, new_trace_id
from assay.core.merge import deep_merge
from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.gateway.recording import encode_fields
from assay_server.engines.ingest.rows import RowWrite
from assay_server.features.logs.service import resolve_destination

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService


@dataclass(frozen=True, slots=True)
class Parent:
    """The place of a span that will be written: its object, its own ids, and its parent's."""

    target: ObjectRef
    root_span_id: str
    span_parents: list[str] | None
    author: str = ""
    propagated: dict[str, Any] = field(default_factory=dict)
    row_id: str = field(default_factory=new_row_id)
    span_id: str = field(default_factory=new_span_id)

    def row(self, fields: dict[str, Any], *, started: float) -> RowWrite:
        """The write of a span with these payload fields that began at `started` (unix seconds)."""
        return RowWrite(
            self.target.project_id,
            self.target.object_type,
            self.target.object_id,
            self.row_id,
            "replace",
            encode_fields(deep_merge(self.propagated, fields)),
            created_us=int(started * 1_000_000),
            span_id=self.span_id,
            root_span_id=self.root_span_id,
            span_parents=self.span_parents,
        )


def resolve_parent(objects: ObjectService, actor: Actor, header: str) -> Parent:
    """The place of a new span below what the header names; blocks on the database.

    Raises what `resolve_destination` raises.
    """
    found = resolve_destination(objects, actor, header)
    if found.span_id and found.root_span_id:
        return Parent(found.target, found.root_span_id, [found.span_id], actor.author, found.propagated)
    return Parent(found.target, new_trace_id(), None, actor.author, found.propagated)
