"""Links that show one object to whoever has them, what an organization allows of that, and notifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the columns."""
    json = sa.JSON(none_as_null=True)
    op.add_column("organizations", sa.Column("public_links", sa.String(16)))
    op.add_column("organizations", sa.Column("embed_origins", json))
    op.create_table(
        "shared_links",
        sa.Column("id", sa.String(36), primary_key=True),
        _reference("shared_links", "org_id", "organizations"),
        _reference("shared_links", "project_id", "projects"),
        _reference("shared_links", "user_id", "users"),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("preview_token", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("object_type", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(36), nullable=False),
        sa.Column("root_span_id", sa.Text),
        sa.Column("baseline_ids", json),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("expires_at", sa.String(27)),
        sa.Column("deleted_at", sa.String(27)),
        sa.UniqueConstraint("token_hash", name="uq_shared_links_token_hash"),
    )
    op.create_index("ix_shared_links_org_id_created", "shared_links", ["org_id", "created"])

    op.create_table(
        "notifications",
        sa.Column("id", sa.String(36), primary_key=True),
        _reference("notifications", "org_id", "organizations"),
        _reference("notifications", "user_id", "users"),
        _reference("notifications", "actor_id", "users", nullable=True),
        _reference("notifications", "project_id", "projects"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("object_type", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(36), nullable=False),
        sa.Column("row_id", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("read_at", sa.String(27)),
    )
    op.create_index("ix_notifications_user_id_created", "notifications", ["user_id", "created"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("notifications")
    op.drop_table("shared_links")
    with op.batch_alter_table("organizations") as organizations:
        organizations.drop_column("embed_origins")
        organizations.drop_column("public_links")


def _reference(table: str, name: str, target: str, *, nullable: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}")
    return sa.Column(name, sa.String(36), key, nullable=nullable)
