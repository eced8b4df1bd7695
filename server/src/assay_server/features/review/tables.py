"""Tables of review queues, of what is in them, and of what each reviewer said."""

from __future__ import annotations

import sqlalchemy as sa

from assay_server.engines.kinds import ObjectKind
from assay_server.ports.meta import (
    JsonColumn,
    id_column,
    in_project,
    metadata,
    object_table,
    reference,
    time_column,
)

review_queues = object_table(
    "review_queues",
    [in_project()],
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("instructions", sa.Text),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("questions", JsonColumn, nullable=False),
    sa.Column("tags", JsonColumn),
    sa.Column("reviewers_per_item", sa.Integer, nullable=False),
    sa.Column("reviewers", JsonColumn),
    sa.Column("blind", sa.Boolean, nullable=False),
    sa.Column("lock_minutes", sa.Integer, nullable=False),
    sa.Column("spread", sa.Float, nullable=False),
)

review_items = sa.Table(
    "review_items",
    metadata,
    id_column(),
    reference("queue_id", "review_queues.id"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("first", sa.String(64), nullable=False),
    sa.Column("second", sa.String(64), nullable=False),
    sa.Column("sources", JsonColumn, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("decision", JsonColumn),
    reference("decided_by", "users.id", nullable=True),
    time_column("decided", nullable=True),
    sa.Column("written", sa.Text),
    time_column("created"),
    sa.UniqueConstraint("queue_id", "first", "second", name="uq_review_items_rows"),
)
"""`first` and `second` are digests of the rows in `sources`, `second` empty without a second row; `written` is the
transaction that wrote the decision to the rows, null before."""

sa.Index(
    "ix_review_items_queue_id_status", review_items.c.queue_id, review_items.c.status, review_items.c.position
)
sa.Index("ix_review_items_queue_id_second", review_items.c.queue_id, review_items.c.second)

reviews = sa.Table(
    "reviews",
    metadata,
    id_column(),
    reference("item_id", "review_items.id"),
    reference("queue_id", "review_queues.id"),
    reference("user_id", "users.id"),
    sa.Column("state", sa.String(16), nullable=False),
    time_column("until", nullable=True),
    sa.Column("answers", JsonColumn),
    sa.Column("tags", JsonColumn),
    sa.Column("comment", sa.Text),
    time_column("created"),
    time_column("submitted", nullable=True),
    sa.UniqueConstraint("item_id", "user_id", name="uq_reviews_reviewer"),
)
"""One reviewer's turn at one item: `leased` until a time, then `answered` or `skipped`."""

sa.Index("ix_reviews_queue_id_user_id", reviews.c.queue_id, reviews.c.user_id)

REVIEW_QUEUE = ObjectKind(
    name="review_queue",
    table=review_queues,
    own_permissions=False,
    whole=frozenset({"questions", "tags", "reviewers"}),
)
