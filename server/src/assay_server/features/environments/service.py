"""Which version of an object an environment uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.engines.versions import parse_version
from assay_server.errors import NotFound
from assay_server.features.environments.tables import environment_objects

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

_KIND = "environment_object"


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
