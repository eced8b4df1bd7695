"""Table of background queries; their results are blobs."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.audit import audited
from assay_server.ports.meta import JsonColumn, id_column, metadata, reference, time_column

async_queries = sa.Table(
    "async_queries",
    metadata,
    id_column(),
    reference("org_id", "organizations.id"),
    reference("user_id", "users.id"),
    sa.Column("request", JsonColumn, nullable=False),  # query, version, audit_log
    sa.Column("status", sa.String(9), nullable=False),  # queued | running | succeeded | failed | canceled
    sa.Column("error_code", sa.Text),
    sa.Column("error", sa.Text),
    time_column("created"),
    time_column("expires_at", nullable=True),  # set when it has ended
    info=audited("query", name=None, ignored=frozenset({"status"}), actions={"create": "export"}),
)
sa.Index(None, async_queries.c.org_id, async_queries.c.status)
sa.Index(None, async_queries.c.expires_at)
