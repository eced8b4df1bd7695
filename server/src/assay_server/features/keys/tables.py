"""Tables of credentials. Only SHA-256 hashes are stored; secrets are random, so hashes cannot be reversed."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.audit import Row, audited
from assay_server.ports.meta import id_column, metadata, reference, time_column


def _called(connection: sa.Connection, row: Row) -> tuple[str, str | None]:
    """Keys of service accounts are service tokens."""
    users = metadata.tables["users"].c
    of_account = connection.scalar(sa.select(users.service_account).where(users.id == row["user_id"]))
    return "service_token" if of_account else "api_key", row["name"]


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
    info=audited("api_key", ignored=frozenset({"key_hash", "preview_name"}), called=_called),
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
    sa.Column("ip", sa.String(64)),
    sa.Column("user_agent", sa.Text),
    info=audited(
        "session",
        name=None,
        ignored=frozenset({"token_hash", "user_id", "expires_at", "ip", "user_agent"}),
        ended="revoked_at",
        actions={"create": "sign_in", "delete": "sign_out"},
    ),
)
