"""Parent references: which object, and below which span, the server writes spans for a caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.core.errors import InvalidReference
from assay.core.refs import decode_ref
from assay_server.engines.authz import Actor, ObjectRef
from assay_server.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

PARENT_HEADER = "x-bt-parent"
_OBJECT_TYPES = {"project_name": "project_logs", "project_id": "project_logs", "experiment_id": "experiment"}


@dataclass(frozen=True, slots=True)
class Destination:
    """What a parent reference names: an object and, unless spans are to be roots there, a span in it.

    `propagated` is merged into every row below that span.
    """

    target: ObjectRef
    span_id: str | None = None
    root_span_id: str | None = None
    propagated: dict[str, Any] = field(default_factory=dict)


def resolve_destination(
    objects: ObjectService, actor: Actor, reference: str, *, source: str = f"header {PARENT_HEADER}"
) -> Destination:
    """Find what a reference names and check that the caller may write there; blocks on the database.

    It is `project_name:<name>` (created when it is new), `project_id:<id>`, `experiment_id:<id>`, or what
    `span.export()` returned. `source` says in messages where the text stood. Raises BadRequest
    `parent_invalid` for any other text, NotFound and Forbidden from the object service.
    """
    prefix, colon, rest = reference.partition(":")
    if colon and prefix in _OBJECT_TYPES:
        return Destination(_target(objects, actor, _OBJECT_TYPES[prefix], {prefix: rest}, source))
    try:
        ref = decode_ref(reference)
    except InvalidReference as error:
        raise BadRequest(
            f"The {source} holds {reference[:80]!r}: give project_name:<name>, project_id:<id>, "
            "experiment_id:<id>, or what span.export() returned.",
            code="parent_invalid",
        ) from error
    named = {"object_id": ref.object_id} if ref.object_id else ref.metadata_args or {}
    target = _target(objects, actor, ref.object_type, named, source)
    below = ref.span_id and ref.root_span_id
    return Destination(
        target,
        span_id=ref.span_id if below else None,
        root_span_id=ref.root_span_id if below else None,
        propagated=ref.propagated_event or {},
    )


def _target(
    objects: ObjectService, actor: Actor, kind: str, named: Mapping[str, Any], source: str
) -> ObjectRef:
    """The object called by id, or, for project logs, by the name of a project that may be new."""
    known = next((named[key] for key in ("object_id", "project_id", "experiment_id") if named.get(key)), None)
    name = named.get("project_name")
    if known is None and kind == "project_logs" and name:
        return _project(objects, actor, str(name))
    if known is None:
        raise BadRequest(
            f"The parent in the {source} names neither an object nor a project.", code="parent_invalid"
        )
    return objects.resolve(actor, kind, str(known), action="update")


def _project(objects: ObjectService, actor: Actor, name: str) -> ObjectRef:
    """The logs of the project of this name; only a name that is not known costs a write transaction."""
    try:
        return objects.resolve(actor, "project_logs", name, action="update")
    except NotFound:
        project = objects.project(actor, None, name, create=True)
        return objects.resolve(actor, "project_logs", project["id"], action="update")
