"""Table of datasets."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.meta import JsonColumn, id_column, live_name_index, metadata, reference, time_column

datasets = sa.Table(
    "datasets",
    metadata,
    id_column(),
    reference("project_id", "projects.id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url_slug", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("metadata", JsonColumn),
    sa.Column("tags", JsonColumn),
    reference("user_id", "users.id", nullable=True),
    time_column("created"),
    time_column("deleted_at", nullable=True),
)
live_name_index(datasets, "project_id")
sa.Index(None, datasets.c.project_id, datasets.c.created)
