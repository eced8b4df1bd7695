"""Table of shared links. Only the SHA-256 hash of a token is stored; tokens are random, so it cannot be reversed."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.audit import audited
from assay_server.ports.meta import JsonColumn, id_column, metadata, reference, time_column

shared_links = sa.Table(
    "shared_links",
    metadata,
    id_column(),
    reference("org_id", "organizations.id"),
    reference("project_id", "projects.id"),
    reference("user_id", "users.id"),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("preview_token", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("object_type", sa.String(32), nullable=False),
    sa.Column("object_id", sa.String(36), nullable=False),
    sa.Column("root_span_id", sa.Text),
    sa.Column("baseline_ids", JsonColumn),
    sa.Column("name", sa.Text, nullable=False),
    time_column("created"),
    time_column("expires_at", nullable=True),
    time_column("deleted_at", nullable=True),
    info=audited("shared_link", secret={"token_hash"}),
)
"""`kind` is a `LinkKind`; `name` is what was shared, as it was called then; `user_id` made the link, and a link shows
nothing that its maker may not share any more."""

sa.Index(None, shared_links.c.org_id, shared_links.c.created)
