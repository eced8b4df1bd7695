"""Table of projects."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.engines.kinds import ObjectKind
from assay_server.ports.meta import JsonColumn, in_organization, object_table

projects = object_table(
    "projects",
    [in_organization()],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("settings", JsonColumn),
)
PROJECT = ObjectKind(name="project", table=projects, parent="organization")
