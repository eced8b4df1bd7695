"""Reads the `x-bt-parent` header: which object, and below which span, a gateway call is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from assay.core.errors import InvalidReference
from assay.core.ids import new_row_id, new_span_id, new_trace_id
from assay.core.merge import deep_merge
from assay.core.refs import SpanRef, decode_ref
from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.gateway.recording import encode_fields
from assay_server.engines.ingest.rows import RowWrite
from assay_server.errors import BadRequest

HEADER = "x-bt-parent"
_PREFIXES = {"project_name": "project_logs", "project_id": "project_logs", "experiment_id": "experiment"}


class Objects(Protocol):
    """What is asked of the object service."""

    def resolve(self, actor: Actor, kind: str, ref: str, *, action: str = "read") -> ObjectRef:
        """The object by id or name. Raises NotFound or Forbidden."""
        ...


@dataclass(frozen=True, slots=True)
class Parent:
    """The place of a span that will be written: its object, its own ids, and its parent's."""

    target: ObjectRef
    root_span_id: str
    span_parents: list[str] | None
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


def resolve_parent(objects: Objects, actor: Actor, header: str) -> Parent:
    """Find what the header names and check that the caller may write there.

    The header is `project_name:<name>`, `project_id:<id>`, `experiment_id:<id>`, or what `span.export()`
    returned. Raises BadRequest for any other text, NotFound and Forbidden from the object service.
    """
    prefix, colon, rest = header.partition(":")
    if colon and prefix in _PREFIXES:
        target = objects.resolve(actor, _PREFIXES[prefix], rest, action="update")
        return Parent(target, new_trace_id(), None)
    try:
        ref = decode_ref(header)
    except InvalidReference as error:
        raise BadRequest(
            f"The header {HEADER} holds {header[:80]!r}: give project_name:<name>, project_id:<id>, "
            "experiment_id:<id>, or what span.export() returned.",
            code="parent_invalid",
        ) from error
    target = objects.resolve(actor, ref.object_type, _object_reference(ref), action="update")
    propagated = ref.propagated_event or {}
    if ref.span_id and ref.root_span_id:
        return Parent(target, ref.root_span_id, [ref.span_id], propagated)
    return Parent(target, new_trace_id(), None, propagated)


def _object_reference(ref: SpanRef) -> str:
    """Id or name of the object a slug belongs to."""
    if ref.object_id:
        return ref.object_id
    named = ref.metadata_args or {}
    found = named.get("project_id") or named.get("project_name")
    if not isinstance(found, str):
        raise BadRequest(
            f"The span in {HEADER} names neither an object nor a project.", code="parent_invalid"
        )
    return found
