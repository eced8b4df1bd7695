"""Tables of environments and of the versions they pin."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.engines.kinds import ObjectKind
from assay_server.ports.meta import about_object, in_organization, object_table

environments = object_table(
    "environments",
    [in_organization()],
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    key="slug",
)
environment_objects = object_table(
    "environment_objects",
    about_object(),
    sa.Column("environment_slug", sa.Text, nullable=False),
    sa.Column("object_version", sa.Text, nullable=False),
    key="environment_slug",
)

ENVIRONMENT = ObjectKind(name="environment", table=environments, parent="organization", key="slug")
ENVIRONMENT_OBJECT = ObjectKind(
    name="environment_object",
    table=environment_objects,
    parent="target",
    key="environment_slug",
    own_permissions=False,
)
