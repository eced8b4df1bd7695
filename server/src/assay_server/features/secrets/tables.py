"""Table of provider keys; `secret` is what `ports.secrets.Secrets.encrypt` returned."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.audit import audited
from assay_server.ports.meta import JsonColumn, id_column, metadata, reference, time_column

ai_secrets = sa.Table(
    "ai_secrets",
    metadata,
    id_column(),
    reference("org_id", "organizations.id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("type", sa.Text),
    sa.Column("secret", sa.LargeBinary),
    sa.Column("preview_secret", sa.Text),
    sa.Column("metadata", JsonColumn),
    time_column("created"),
    time_column("updated_at"),
    sa.UniqueConstraint("org_id", "name"),
    info=audited("ai_secret", secret=frozenset({"secret", "preview_secret", "metadata"})),
)
