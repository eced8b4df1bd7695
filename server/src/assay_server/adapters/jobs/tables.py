"""Table of background jobs. Times are unix milliseconds: they are compared and added, never shown."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.meta import JsonColumn, metadata

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("payload", JsonColumn),
    sa.Column("state", sa.String(8), nullable=False),  # ready | leased | done | dead
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False),  # not before; of a leased job: when its lease ends
    sa.Column("lease", sa.String(36)),
    sa.Column("error", sa.Text),
    sa.Column("updated", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("kind", "subject", "version"),
)
sa.Index(None, jobs.c.state, jobs.c.due)
