"""Experiments that are put away and that say how far they are; the view a user opens a page with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("experiments", sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("experiments", sa.Column("progress", sa.JSON(none_as_null=True)))
    op.create_table(
        "view_defaults",
        _reference("user_id", "users", nullable=False),
        _reference("project_id", "projects", nullable=False),
        sa.Column("view_type", sa.String(64), nullable=False),
        _reference("view_id", "views", nullable=True),
        sa.PrimaryKeyConstraint("user_id", "project_id", "view_type", name="pk_view_defaults"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("view_defaults")
    op.drop_column("experiments", "progress")
    op.drop_column("experiments", "archived")


def _reference(name: str, target: str, *, nullable: bool) -> sa.Column[str]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_view_defaults_{name}")
    return sa.Column(name, sa.String(36), key, nullable=nullable)
