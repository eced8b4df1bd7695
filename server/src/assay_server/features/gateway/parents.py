"""Reads the `x-bt-parent` header: which object, and below which span, a gateway call is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.core.errors import InvalidReference
from assay.core.ids import new_row_id, new_span_id, new_trace_id
from assay.core.merge import deep_merge
from assay.core.refs import decode_ref
from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.gateway.recording import encode_fields
from assay_server.engines.ingest.rows import RowWrite
from assay_server.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

HEADER = "x-bt-parent"
_OBJECT_TYPES = {"project_name": "project_logs", "project_id": "project_logs", "experiment_id": "experiment"}


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


def resolve_parent(objects: ObjectService, actor: Actor, header: str) -> Parent:
    """Find what the header names and check that the caller may write there; blocks on the database.

    The header is `project_name:<name>` (created when it is new), `project_id:<id>`, `experiment_id:<id>`, or
    what `span.export()` returned. Raises BadRequest for any other text, NotFound and Forbidden from the
    object service.
    """
    prefix, colon, rest = header.partition(":")
    if colon and prefix in _OBJECT_TYPES:
        return Parent(_target(objects, actor, _OBJECT_TYPES[prefix], {prefix: rest}), new_trace_id(), None)
    try:
        ref = decode_ref(header)
    except InvalidReference as error:
        raise BadRequest(
            f"The header {HEADER} holds {header[:80]!r}: give project_name:<name>, project_id:<id>, "
            "experiment_id:<id>, or what span.export() returned.",
            code="parent_invalid",
        ) from error
    named = {"object_id": ref.object_id} if ref.object_id else ref.metadata_args or {}
    target = _target(objects, actor, ref.object_type, named)
    propagated = ref.propagated_event or {}
    if ref.span_id and ref.root_span_id:
        return Parent(target, ref.root_span_id, [ref.span_id], propagated)
    return Parent(target, new_trace_id(), None, propagated)


def _target(objects: ObjectService, actor: Actor, kind: str, named: Mapping[str, Any]) -> ObjectRef:
    """The object called by id, or, for project logs, by the name of a project that may be new."""
    known = next((named[key] for key in ("object_id", "project_id", "experiment_id") if named.get(key)), None)
    name = named.get("project_name")
    if known is None and kind == "project_logs" and name:
        return _project(objects, actor, str(name))
    if known is None:
        raise BadRequest(
            f"The parent in {HEADER} names neither an object nor a project.", code="parent_invalid"
        )
    return objects.resolve(actor, kind, str(known), action="update")


def _project(objects: ObjectService, actor: Actor, name: str) -> ObjectRef:
    """The logs of the project of this name; only a name that is not known costs a write transaction."""
    try:
        return objects.resolve(actor, "project_logs", name, action="update")
    except NotFound:
        project = objects.project(actor, None, name, create=True)
        return objects.resolve(actor, "project_logs", project["id"], action="update")
