"""The audit log; where browser sessions were begun."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the columns."""
    op.create_table(
        "audit_log",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column(
            "org_id",
            sa.String(36),
            sa.ForeignKey("organizations.id", name="fk_audit_log_org_id"),
            nullable=False,
        ),
        sa.Column("project_id", sa.String(36)),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("object_type", sa.String(32), nullable=False),
        sa.Column("object_id", sa.String(36)),
        sa.Column("object_name", sa.Text),
        sa.Column("actor_type", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(36)),
        sa.Column("actor_name", sa.Text),
        sa.Column("key_id", sa.String(36)),
        sa.Column("key_name", sa.Text),
        sa.Column("ip", sa.String(64)),
        sa.Column("user_agent", sa.Text),
        sa.Column("request_id", sa.String(64)),
        sa.Column("changes", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_org_id_created", "audit_log", ["org_id", "created"])
    op.create_index("ix_audit_log_org_id_object_id_created", "audit_log", ["org_id", "object_id", "created"])
    for name, kind in (("ip", sa.String(64)), ("user_agent", sa.Text)):
        op.add_column("sessions", sa.Column(name, kind))


def downgrade() -> None:
    """Drop them again."""
    for name in ("user_agent", "ip"):
        op.drop_column("sessions", name)
    op.drop_table("audit_log")
