"""Items as callers see them: what a blind queue hides until it may be seen, pairs by the caller's left and right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay_server.engines.authz import Actor
from assay_server.engines.records import Record
from assay_server.errors import BadRequest
from assay_server.features.review.service import KIND, may_manage, questions_of
from assay_server.features.review.settling import PREFERENCE, outcome, reviews_of
from assay_server.features.review.sides import shown_side, swapped
from assay_server.features.review.tables import review_items
from assay_server.features.review.turns import find_item

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService


def hidden(queue: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Whether a blind queue still waits for reviews of an item."""
    return bool(queue["blind"]) and item["status"] == "pending"


def visible(
    queue: Mapping[str, Any], item: Mapping[str, Any], review: Mapping[str, Any], user_id: str | None
) -> bool:
    """Whether a user may see a review: their own always, others in a blind queue when all are in."""
    return review["user_id"] == user_id or not hidden(queue, item)


def list_items(
    objects: ObjectService,
    actor: Actor,
    queue_id: str,
    *,
    status: Sequence[str] | None,
    after: str | None,
    limit: int,
) -> list[Record]:
    """A page of items in their order; `after` is the id of the last one of the page before. Raises BadRequest."""
    queue = objects.get(actor, KIND, queue_id)
    item = review_items.c
    query = sa.select(review_items).where(item.queue_id == queue["id"]).order_by(item.position).limit(limit)
    if status:
        query = query.where(item.status.in_(status))
    with objects.meta.read() as connection:
        if after:
            place = sa.select(item.position).where(item.queue_id == queue["id"], item.id == after)
            position = connection.execute(place).scalar()
            if position is None:
                raise BadRequest(
                    f"starting_after={after[:100]!r} is no item of this queue.", code="page_invalid"
                )
            query = query.where(item.position > position)
        rows = [dict(row) for row in connection.execute(query).mappings()]
        said = reviews_of(connection, [row["id"] for row in rows])
    return shown_items(objects, actor, queue, [(row, said[row["id"]]) for row in rows])


def get_item(objects: ObjectService, actor: Actor, queue_id: str, item_id: str) -> tuple[Record, Record]:
    """A queue, and one of its items as the caller sees it. Raises NotFound or Forbidden."""
    queue = objects.get(actor, KIND, queue_id)
    with objects.meta.read() as connection:
        row = find_item(connection, queue["id"], item_id)
        said = reviews_of(connection, [row["id"]])[row["id"]]
    return queue, shown_items(objects, actor, queue, [(row, said)])[0]


def sources_for(item: Mapping[str, Any], user_id: str) -> list[dict[str, Any]]:
    """The rows of an item, left before right for a user."""
    return list(reversed(item["sources"])) if swapped(item, user_id) else list(item["sources"])


def shown_items(
    objects: ObjectService, actor: Actor, queue: Record, items: Sequence[tuple[Record, list[Record]]]
) -> list[Record]:
    """Items with the reviews the caller may see."""
    manages = may_manage(objects, actor, queue)
    questions = questions_of(objects, actor, queue)
    me = actor.user_id or ""
    found: list[Record] = []
    for item, said in items:
        given = [review for review in said if review["state"] == "answered"]
        apart = outcome(queue, questions, given)[1] if item["status"] != "pending" and given else []
        found.append(
            {
                **item,
                "sources": sources_for(item, me) if manages or not hidden(queue, item) else None,
                "disagree": apart,
                "decision": _shown(item["decision"], item, me),
                "reviews": [
                    {**review, **_shown(review, item, me)}
                    for review in said
                    if visible(queue, item, review, actor.user_id)
                ],
            }
        )
    return found


def _shown(said: Mapping[str, Any] | None, item: Mapping[str, Any], me: str) -> Any:
    """Answers as they go out: the preference of a pair by the caller's sides, beside the answers to questions."""
    if said is None:
        return None
    answers = dict(said["answers"] or {})
    if PREFERENCE not in answers:
        return {"answers": answers, "tags": said["tags"] or []}
    side = shown_side(answers[PREFERENCE], item, me)
    return {"answers": {}, "tags": said["tags"] or [], "preference": side, "strength": answers["strength"]}
