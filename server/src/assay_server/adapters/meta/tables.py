"""Table of the audit log. Rows are added; nothing changes them, and only their retention removes them."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.meta import JsonColumn, id_column, in_organization, metadata, time_column

audit_log = sa.Table(
    "audit_log",
    metadata,
    id_column(),
    in_organization(),
    sa.Column("project_id", sa.String(36)),
    time_column("created"),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("object_type", sa.String(32), nullable=False),
    sa.Column("object_id", sa.String(36)),
    sa.Column("object_name", sa.Text),
    sa.Column("actor_type", sa.String(16), nullable=False),  # session | api_key | service_token | system
    sa.Column("actor_id", sa.String(36)),
    sa.Column("actor_name", sa.Text),
    sa.Column("key_id", sa.String(36)),
    sa.Column("key_name", sa.Text),
    sa.Column("ip", sa.String(64)),
    sa.Column("user_agent", sa.Text),
    sa.Column("request_id", sa.String(64)),
    sa.Column("changes", JsonColumn, nullable=False),
)
"""Ids of objects and people are no foreign keys: an entry outlives what it is about. `changes` holds, by field,
`before` and `after`; names are those of the time."""
sa.Index(None, audit_log.c.org_id, audit_log.c.created)
sa.Index(None, audit_log.c.org_id, audit_log.c.object_id, audit_log.c.created)
