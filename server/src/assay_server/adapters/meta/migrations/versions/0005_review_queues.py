"""Review queues, their items, and the reviews of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The helpers below are this migration's own: they must stay what they were when the schema moves on.


def upgrade() -> None:
    """Create the tables."""
    json = sa.JSON(none_as_null=True)
    _queues(json)
    op.create_table(
        "review_items",
        sa.Column("id", sa.String(36), primary_key=True),
        _reference("review_items", "queue_id", "review_queues", nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("first", sa.String(64), nullable=False),
        sa.Column("second", sa.String(64), nullable=False),
        sa.Column("sources", json, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("decision", json),
        _reference("review_items", "decided_by", "users", nullable=True),
        sa.Column("decided", sa.String(27)),
        sa.Column("written", sa.Text),
        sa.Column("created", sa.String(27), nullable=False),
        sa.UniqueConstraint("queue_id", "first", "second", name="uq_review_items_rows"),
    )
    op.create_index("ix_review_items_queue_id_status", "review_items", ["queue_id", "status", "position"])
    op.create_index("ix_review_items_queue_id_second", "review_items", ["queue_id", "second"])
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(36), primary_key=True),
        _reference("reviews", "item_id", "review_items", nullable=False),
        _reference("reviews", "queue_id", "review_queues", nullable=False),
        _reference("reviews", "user_id", "users", nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("until", sa.String(27)),
        sa.Column("answers", json),
        sa.Column("tags", json),
        sa.Column("comment", sa.Text),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("submitted", sa.String(27)),
        sa.UniqueConstraint("item_id", "user_id", name="uq_reviews_reviewer"),
    )
    op.create_index("ix_reviews_queue_id_user_id", "reviews", ["queue_id", "user_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("reviews", "review_items", "review_queues"):
        op.drop_table(table)


def _queues(json: sa.JSON) -> None:
    op.create_table(
        "review_queues",
        sa.Column("id", sa.String(36), primary_key=True),
        _reference("review_queues", "project_id", "projects", nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("instructions", sa.Text),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("questions", json, nullable=False),
        sa.Column("tags", json),
        sa.Column("reviewers_per_item", sa.Integer, nullable=False),
        sa.Column("reviewers", json),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("lock_minutes", sa.Integer, nullable=False),
        sa.Column("spread", sa.Float, nullable=False),
        _reference("review_queues", "user_id", "users", nullable=True),
        sa.Column("created", sa.String(27), nullable=False),
        sa.Column("deleted_at", sa.String(27)),
    )
    live = sa.text("deleted_at IS NULL")
    op.create_index("ix_review_queues_project_id_created", "review_queues", ["project_id", "created"])
    op.create_index(
        "uq_review_queues_live_name",
        "review_queues",
        ["project_id", "name"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def _reference(table: str, name: str, target: str, *, nullable: bool) -> sa.Column[str]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}")
    return sa.Column(name, sa.String(36), key, nullable=nullable)
