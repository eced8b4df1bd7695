"""Which version of an object an environment uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.adapters.meta.tables import audit_log
from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.engines.versions import parse_version
from assay_server.errors import NotFound
from assay_server.features.environments.tables import environment_objects

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

_KIND = "environment_object"
MOST_CHANGES = 200


def pinned_version(objects: ObjectService, actor: Actor, object_id: str, slug: str) -> str | None:
    """The version an environment pins of an object the actor may read, or None."""
    found = sa.select(environment_objects.c.object_version).where(
        environment_objects.c.org_id == actor.org_id,
        environment_objects.c.object_id == object_id,
        environment_objects.c.environment_slug == slug,
        environment_objects.c.deleted_at.is_(None),
    )
    with objects.meta.read() as connection:
        return connection.execute(found).scalar()


def list_pins(objects: ObjectService, actor: Actor, object_type: str, object_id: str) -> list[Record]:
    """What environments pin of one object, newest first. Raises NotFound or Forbidden."""
    filters = {"object_type": object_type, "object_id": object_id.lower()}
    return objects.list(actor, _KIND, Page(), filters=filters)


def find_pin(objects: ObjectService, actor: Actor, object_type: str, object_id: str, slug: str) -> Record:
    """What one environment pins of an object. Raises NotFound."""
    for row in list_pins(objects, actor, object_type, object_id):
        if row["environment_slug"] == slug:
            return row
    raise NotFound(
        f"Environment {slug!r} pins no version of {object_type} {object_id}; set one with PUT.",
        code="environment_object_not_found",
    )


def pin(objects: ObjectService, actor: Actor, values: Mapping[str, Any]) -> Record:
    """Make an environment use one version of an object.

    `values` are object_type, object_id, environment_slug and object_version. Raises NotFound for an unknown
    object or environment, BadRequest for what is no version.
    """
    slug = values["environment_slug"]
    if not objects.list(actor, "environment", Page(1), filters={"slug": slug}):
        raise NotFound(
            f"There is no environment {slug!r}; create it with POST /environment.",
            code="environment_not_found",
        )
    version = str(parse_version(values["object_version"]))
    placed = {**values, "object_id": values["object_id"].lower(), "object_version": version}
    return objects.create(actor, _KIND, placed, replace=True)[0]


def list_changes(
    objects: ObjectService, actor: Actor, project_id: str, *, since: str | None, until: str | None
) -> list[dict[str, Any]]:
    """When environments began to use another version of a prompt or function of a project, newest first, as the audit
    log has it; of those the actor may read. Raises NotFound or Forbidden."""
    objects.get(actor, "project", project_id)
    stored = objects.list(actor, "function", Page(), filters={"project_id": project_id.lower()})
    names = {row["id"]: row["name"] for row in stored}
    pins, entries = environment_objects.c, audit_log.c
    within = [entries.created >= since] if since else []
    within += [entries.created < until] if until else []
    found = (
        sa.select(
            entries.id, entries.created, entries.actor_name, entries.action, entries.changes,
            pins.environment_slug, pins.object_type, pins.object_id,
        )
        .join(environment_objects, pins.id == entries.object_id)
        .where(
            entries.org_id == actor.org_id, entries.object_type == _KIND, pins.object_id.in_(list(names)), *within
        )
        .order_by(entries.created.desc(), entries.id.desc())
        .limit(MOST_CHANGES)
    )  # fmt: skip
    with objects.meta.read() as connection:
        rows = [dict(row) for row in connection.execute(found).mappings()]
    return [
        {**row, "object_name": names[row["object_id"]], "object_version": _version_after(row)} for row in rows
    ]


def _version_after(entry: Mapping[str, Any]) -> str | None:
    """The version in use after a change; None when there is none any more."""
    return None if entry["action"] == "delete" else entry["changes"].get("object_version", {}).get("after")
