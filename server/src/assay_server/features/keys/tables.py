"""Tables of credentials. Only SHA-256 hashes are stored; secrets are random, so hashes cannot be reversed."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.meta import id_column, metadata, reference, time_column

api_keys = sa.Table(
    "api_keys",
    metadata,
    id_column(),
    reference("org_id", "organizations.id", index=True),
    reference("user_id", "users.id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("preview_name", sa.Text, nullable=False),
    sa.Column("key_hash", sa.String(64), nullable=False, unique=True),
    time_column("created"),
    time_column("expires_at", nullable=True),
    time_column("deleted_at", nullable=True),
)

login_tokens = sa.Table(
    "login_tokens",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    reference("org_id", "organizations.id"),
    reference("user_id", "users.id"),
    time_column("expires_at"),
    time_column("used_at", nullable=True),
)

sessions = sa.Table(
    "sessions",
    metadata,
    id_column(),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    reference("org_id", "organizations.id"),
    reference("user_id", "users.id"),
    time_column("created"),
    time_column("expires_at"),
    time_column("revoked_at", nullable=True),
)
