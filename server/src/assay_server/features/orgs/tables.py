"""Table of organizations."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.audit import audited
from assay_server.ports.meta import JsonColumn, id_column, metadata, time_column

organizations = sa.Table(
    "organizations",
    metadata,
    id_column(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    time_column("created"),
    sa.Column("public_links", sa.String(16)),
    sa.Column("embed_origins", JsonColumn),
    info=audited("organization"),
)
"""What may be shown to people outside: `public_links` is allowed or forbidden (NULL: forbidden), `embed_origins` are
the origins whose pages may show a shared board in a frame."""
