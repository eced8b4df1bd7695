"""Table of notifications."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.meta import id_column, metadata, reference, time_column

notifications = sa.Table(
    "notifications",
    metadata,
    id_column(),
    reference("org_id", "organizations.id"),
    reference("user_id", "users.id"),
    reference("actor_id", "users.id", nullable=True),
    reference("project_id", "projects.id"),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("object_type", sa.String(32), nullable=False),
    sa.Column("object_id", sa.String(36), nullable=False),
    sa.Column("row_id", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    time_column("created"),
    time_column("read_at", nullable=True),
)
"""`user_id` is told that `actor_id` mentioned them (`text` is the comment) or assigned them, in a row of an object."""

sa.Index(None, notifications.c.user_id, notifications.c.created)
