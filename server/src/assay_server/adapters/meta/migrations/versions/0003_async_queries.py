"""Background queries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "async_queries",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column(
            "org_id",
            sa.String(36),
            sa.ForeignKey("organizations.id", name="fk_async_queries_org_id"),
            nullable=False,
        ),
        sa.Column(
            "user_id",
            sa.String(36),
            sa.ForeignKey("users.id", name="fk_async_queries_user_id"),
            nullable=False,
        ),
        sa.Column("request", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(9), nullable=False),
        sa.Column("error_code", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27)),
        sa.PrimaryKeyConstraint("id", name="pk_async_queries"),
    )
    op.create_index("ix_async_queries_org_id_status", "async_queries", ["org_id", "status"])
    op.create_index("ix_async_queries_expires_at", "async_queries", ["expires_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("async_queries")
