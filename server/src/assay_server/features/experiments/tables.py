"""Table of experiments."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.meta import JsonColumn, id_column, live_name_index, metadata, reference, time_column

experiments = sa.Table(
    "experiments",
    metadata,
    id_column(),
    reference("project_id", "projects.id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("repo_info", JsonColumn),
    sa.Column("commit", sa.Text),
    sa.Column("base_exp_id", sa.String(36)),
    sa.Column("dataset_id", sa.String(36)),
    sa.Column("dataset_version", sa.Text),
    sa.Column("parameters_id", sa.String(36)),
    sa.Column("parameters_version", sa.Text),
    sa.Column("public", sa.Boolean, nullable=False),
    sa.Column("metadata", JsonColumn),
    sa.Column("tags", JsonColumn),
    sa.Column("internal_metadata", JsonColumn),
    reference("user_id", "users.id", nullable=True),
    time_column("created"),
    time_column("deleted_at", nullable=True),
)
live_name_index(experiments, "project_id")
sa.Index(None, experiments.c.project_id, experiments.c.created)
