"""Table of projects."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.meta import JsonColumn, id_column, live_name_index, metadata, reference, time_column

projects = sa.Table(
    "projects",
    metadata,
    id_column(),
    reference("org_id", "organizations.id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("settings", JsonColumn),
    reference("user_id", "users.id", nullable=True),
    time_column("created"),
    time_column("deleted_at", nullable=True),
)
live_name_index(projects, "org_id")
sa.Index(None, projects.c.org_id, projects.c.created)
