"""Groups of projects, agents, automations of the organization."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The helper below is this migration's own: it must stay what it was when the schema moves on.


def upgrade() -> None:
    """Create the tables."""
    json = sa.JSON(none_as_null=True)
    _objects("project_groups", "org_id", "organizations", sa.Column("member_projects", json))
    _objects("org_automations", "org_id", "organizations", sa.Column("config", json, nullable=False))
    _objects(
        "agents",
        "project_id",
        "projects",
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("metadata", json),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("agents", "org_automations", "project_groups"):
        op.drop_table(table)


def _objects(table: str, parent: str, above: str, *columns: sa.Column[Any]) -> None:
    """A table of objects whose name is unique below a parent among what is not deleted."""
    op.create_table(
        table,
        sa.Column("id", sa.String(36), primary_key=True),
        _reference(table, parent, above, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        *columns,
        _reference(table, "user_id", "users", nullable=True),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("deleted_at", sa.String(27)),
    )
    live = sa.text("deleted_at IS NULL")
    op.create_index(f"ix_{table}_{parent}_created", table, [parent, "created"])
    op.create_index(
        f"uq_{table}_live_name",
        table,
        [parent, "name"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def _reference(table: str, name: str, target: str, *, nullable: bool) -> sa.Column[str]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}")
    return sa.Column(name, sa.String(36), key, nullable=nullable)
