"""Tables of users and of their membership in organisations."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.meta import id_column, metadata, reference, time_column

users = sa.Table(
    "users",
    metadata,
    id_column(),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("given_name", sa.Text),
    sa.Column("family_name", sa.Text),
    sa.Column("service_account", sa.Boolean, nullable=False, server_default=sa.false()),
    time_column("created"),
)

members = sa.Table(
    "members",
    metadata,
    reference("org_id", "organizations.id", primary_key=True),
    reference("user_id", "users.id", primary_key=True, index=True),
    sa.Column("role", sa.String(16), nullable=False),
)
