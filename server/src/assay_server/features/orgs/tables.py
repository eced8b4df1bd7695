"""Table of organisations."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.audit import audited
from assay_server.ports.meta import id_column, metadata, time_column

organizations = sa.Table(
    "organizations",
    metadata,
    id_column(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    time_column("created"),
    info=audited("organization"),
)
