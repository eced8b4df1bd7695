"""Tables of users and of their membership in organizations."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.ports.audit import Row, audited
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


def _called(connection: sa.Connection, row: Row) -> tuple[str, str | None]:
    """A member by their address, a service account by its name."""
    query = sa.select(users.c.email, users.c.given_name, users.c.service_account)
    user = connection.execute(query.where(users.c.id == row["user_id"])).one()
    return "member", user.given_name if user.service_account else user.email


members = sa.Table(
    "members",
    metadata,
    reference("org_id", "organizations.id", primary_key=True),
    reference("user_id", "users.id", primary_key=True, index=True),
    sa.Column("role", sa.String(16), nullable=False),
    info=audited("member", key="user_id", called=_called),
)
