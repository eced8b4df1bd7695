"""When an item has all its reviews: what they come to. Works in a transaction of the caller, who holds the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from assay.core.times import iso_now
from assay_server.engines import records
from assay_server.engines.records import Record
from assay_server.features.review.consensus import Question, agreed, shared_tags
from assay_server.features.review.tables import review_items, reviews

PREFERENCE = "preference"
"""What stands for the question of a pairwise queue among the disagreements."""


def reviews_of(connection: sa.Connection, item_ids: Sequence[str]) -> dict[str, list[Record]]:
    """The reviews of items, first come first, by item."""
    found: dict[str, list[Record]] = {one: [] for one in item_ids}
    query = (
        sa.select(reviews).where(reviews.c.item_id.in_(item_ids)).order_by(reviews.c.created, reviews.c.id)
    )
    for row in connection.execute(query).mappings():
        found[row["item_id"]].append(dict(row))
    return found


def outcome(
    queue: Mapping[str, Any], questions: Sequence[Question], given: Sequence[Record]
) -> tuple[Record, list[str]]:
    """What the answered reviews of an item come to, and what they disagree about."""
    answers = [review["answers"] or {} for review in given]
    tags = shared_tags([review["tags"] or [] for review in given])
    if queue["kind"] == "pairwise":
        sides = [one[PREFERENCE] for one in answers]
        if any(side != sides[0] for side in sides):
            return {"answers": {}, "tags": tags}, [PREFERENCE]
        strengths = [one["strength"] for one in answers if one.get("strength") is not None]
        mean = sum(strengths) / len(strengths) if strengths else None
        return {"answers": {PREFERENCE: sides[0], "strength": mean}, "tags": tags}, []
    found, disagree = agreed(questions, answers, queue["spread"])
    return {"answers": found, "tags": tags}, disagree


def settle(
    connection: sa.Connection, queue: Mapping[str, Any], questions: Sequence[Question], item: Record
) -> Record:
    """The item as it is now: complete when it has its reviews, set aside when it can get them no more."""
    everything = reviews_of(connection, [item["id"]])[item["id"]]
    given = [review for review in everything if review["state"] == "answered"]
    if len(given) >= queue["reviewers_per_item"]:
        decision, disagree = outcome(queue, questions, given)
        changes = {
            "status": "needs_adjudication" if disagree else "done",
            "decision": None if disagree else decision,
        }
        return records.update(
            connection, review_items, item["id"], {**changes, "decided": iso_now(), "written": None}
        )
    passed = {review["user_id"] for review in everything if review["state"] == "skipped"}
    people = queue["reviewers"]
    if people and len(set(people) - passed) < queue["reviewers_per_item"]:
        return records.update(connection, review_items, item["id"], {"status": "skipped"})
    return item


def settle_full(connection: sa.Connection, queue: Mapping[str, Any], questions: Sequence[Question]) -> None:
    """Settle pending items that have enough reviews after the rules of the queue have changed."""
    counted = (
        sa.select(reviews.c.item_id)
        .where(reviews.c.queue_id == queue["id"], reviews.c.state == "answered")
        .group_by(reviews.c.item_id)
        .having(sa.func.count() >= queue["reviewers_per_item"])
    )
    full = sa.select(review_items).where(review_items.c.status == "pending", review_items.c.id.in_(counted))
    for row in connection.execute(full).mappings().all():
        settle(connection, queue, questions, dict(row))
