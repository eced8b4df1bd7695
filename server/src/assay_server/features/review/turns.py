"""Taking turns: who reviews what next, and what they say. Each function is one transaction that holds the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

import sqlalchemy as sa

from assay.core.times import iso_now, iso_time
from assay_server.engines import records
from assay_server.engines.authz import Actor
from assay_server.engines.records import Record
from assay_server.errors import Conflict, Invalid, NotFound
from assay_server.features.projects.service import ObjectService
from assay_server.features.review.consensus import Question, checked
from assay_server.features.review.service import KIND, locked, questions_of, reviewer
from assay_server.features.review.settling import PREFERENCE, settle
from assay_server.features.review.sides import stored_side
from assay_server.features.review.tables import review_items, reviews

Waiting = Literal["empty", "locked", "others", "finished"]
Step = Callable[[sa.Connection, Record, Record, Record | None], Record]
"""What a reviewer does to an item: (connection, queue, item, their review or None) → the item afterwards."""


def lease(
    objects: ObjectService, actor: Actor, queue_id: str
) -> tuple[Record | None, Waiting | None, str | None]:
    """The item to review next, held for the caller; without one the reason and the end of the first lock.

    What the caller holds already comes first. An item never has more reviews and locks than it needs reviewers.
    """
    _, me = reviewer(objects, actor, queue_id)
    with objects.meta.begin() as connection:
        queue = locked(connection, queue_id.lower())
        now = iso_now()
        row = connection.execute(_next(queue, me, now)).mappings().first()
        if row is None:
            return None, *_why(connection, queue, me, now)
        until = iso_time(time.time() + 60 * queue["lock_minutes"])
        _put(connection, dict(row), me, {"state": "leased", "until": until})
        return dict(row), None, until


def _next(queue: Record, me: str, now: str) -> sa.Select[Any]:
    item, mine = review_items, reviews.alias("mine")
    others = (
        sa.select(reviews.c.item_id, sa.func.count().label("n"))
        .where(reviews.c.queue_id == queue["id"], reviews.c.user_id != me, _taken(now))
        .group_by(reviews.c.item_id)
        .subquery()
    )
    return (
        sa.select(item)
        .outerjoin(others, others.c.item_id == item.c.id)
        .outerjoin(mine, sa.and_(mine.c.item_id == item.c.id, mine.c.user_id == me))
        .where(item.c.queue_id == queue["id"], item.c.status == "pending")
        .where(sa.func.coalesce(others.c.n, 0) < queue["reviewers_per_item"])
        .where(sa.or_(mine.c.id.is_(None), mine.c.state == "leased"))
        .order_by(mine.c.id.is_(None), mine.c.until.desc(), item.c.position)
        .limit(1)
    )


def _taken(now: str) -> sa.ColumnElement[bool]:
    """A review that counts: given, or being given."""
    return sa.or_(reviews.c.state == "answered", sa.and_(reviews.c.state == "leased", reviews.c.until > now))


def _why(connection: sa.Connection, queue: Record, me: str, now: str) -> tuple[Waiting, str | None]:
    """Why there is nothing for a reviewer, and when the first lock ends that stands in the way."""
    item = review_items.c
    here = sa.select(sa.func.count()).where(item.queue_id == queue["id"])
    if not connection.execute(here).scalar_one():
        return "empty", None
    pending = here.where(item.status == "pending")
    if not connection.execute(pending).scalar_one():
        return "finished", None
    passed = sa.exists().where(
        reviews.c.item_id == item.id, reviews.c.user_id == me, reviews.c.state != "leased"
    )
    if not connection.execute(pending.where(~passed)).scalar_one():
        return "others", None
    ends = sa.select(sa.func.min(reviews.c.until)).join(review_items, item.id == reviews.c.item_id)
    held = ends.where(reviews.c.queue_id == queue["id"], reviews.c.state == "leased", reviews.c.until > now)
    return "locked", connection.execute(held.where(item.status == "pending", ~_by(me))).scalar()


def _by(me: str) -> sa.ColumnElement[bool]:
    mine = reviews.alias("passed")
    return sa.exists().where(
        mine.c.item_id == review_items.c.id, mine.c.user_id == me, mine.c.state != "leased"
    )


def answer(
    objects: ObjectService, actor: Actor, queue_id: str, item_id: str, said: Mapping[str, Any]
) -> Record:
    """Keep what a reviewer says of an item; the last review that was missing completes it. Returns the item.

    The same answer again changes nothing. Raises Invalid for answers that do not fit, Conflict when the item is
    complete, or when the caller's lock ran out and others took the places.
    """
    queue, me = reviewer(objects, actor, queue_id)
    questions = questions_of(objects, actor, queue)

    def step(connection: sa.Connection, queue: Record, item: Record, mine: Record | None) -> Record:
        given = judged(queue, questions, item, me, said)
        values = {**given, "comment": said.get("comment") or None}
        if (
            mine
            and mine["state"] == "answered"
            and all(mine[name] == value for name, value in values.items())
        ):
            return item
        if item["status"] != "pending":
            raise _complete(item)
        _require_room(connection, queue, item, me)
        _put(connection, item, me, {**values, "state": "answered", "until": None, "submitted": iso_now()})
        return settle(connection, queue, questions, item)

    return _take(objects, queue_id, item_id, me, step)


def judged(
    queue: Mapping[str, Any],
    questions: list[Question],
    item: Mapping[str, Any],
    user_id: str,
    said: Mapping[str, Any],
) -> Record:
    """The `answers` and `tags` of a body in their stored form. Raises Invalid."""
    tags = list(dict.fromkeys(said["tags"]))
    foreign = next((tag for tag in tags if queue["tags"] is not None and tag not in queue["tags"]), None)
    if foreign is not None:
        raise Invalid(f"{foreign!r} is no tag of this queue; give {queue['tags']}.", code="tag_unknown")
    if queue["kind"] == "pairwise":
        if said["preference"] is None or said["answers"]:
            raise Invalid(
                "Say which side is better: preference is left, right or tie, without answers.",
                code="answer_invalid",
            )
        strength = said["strength"] if said["preference"] != "tie" else None
        return {"answers": {PREFERENCE: stored_side(said["preference"], item, user_id), "strength": strength},
                "tags": tags}  # fmt: skip
    if said["preference"] is not None:
        raise Invalid("This queue shows one row at a time; answer its questions.", code="answer_invalid")
    return {"answers": checked(questions, said["answers"]), "tags": tags}


def skip(objects: ObjectService, actor: Actor, queue_id: str, item_id: str) -> Record:
    """Leave an item to the others. Raises Conflict when the caller answered it or it is complete."""
    queue, me = reviewer(objects, actor, queue_id)
    questions = questions_of(objects, actor, queue)

    def step(connection: sa.Connection, queue: Record, item: Record, mine: Record | None) -> Record:
        if mine and mine["state"] == "skipped":
            return item
        if item["status"] != "pending" or (mine and mine["state"] == "answered"):
            raise _complete(item)
        _put(connection, item, me, {"state": "skipped", "until": None, "submitted": iso_now()})
        return settle(connection, queue, questions, item)

    return _take(objects, queue_id, item_id, me, step)


def reopen(objects: ObjectService, actor: Actor, queue_id: str, item_id: str) -> Record:
    """Take back what the caller said or skipped: the item is theirs again, with the answers they gave.

    Raises Conflict when somebody decided about it, and in a blind queue of several reviewers when all answers are
    in, as then they can be seen.
    """
    _, me = reviewer(objects, actor, queue_id)

    def step(connection: sa.Connection, queue: Record, item: Record, mine: Record | None) -> Record:
        if mine is None:
            raise NotFound("You said nothing of this item yet.", code="review_not_found")
        seen = (
            queue["blind"]
            and queue["reviewers_per_item"] > 1
            and item["status"] in ("done", "needs_adjudication")
        )
        if item["status"] == "adjudicated" or seen:
            raise _complete(item)
        if mine["state"] == "skipped":
            _require_room(connection, queue, item, me)
        until = iso_time(time.time() + 60 * queue["lock_minutes"])
        _put(connection, item, me, {"state": "leased", "until": until, "submitted": None})
        changes = {"status": "pending", "decision": None, "decided": None, "written": None}
        return records.update(connection, review_items, item["id"], changes)

    return _take(objects, queue_id, item_id, me, step)


def restore(objects: ObjectService, actor: Actor, queue_id: str, item_id: str) -> Record:
    """Offer an item that was skipped to everyone again. Raises Forbidden for who may not change the project."""
    objects.get(actor, KIND, queue_id, action="update")

    def step(connection: sa.Connection, _queue: Record, item: Record, _mine: Record | None) -> Record:
        connection.execute(
            reviews.delete().where(reviews.c.item_id == item["id"], reviews.c.state == "skipped")
        )
        if item["status"] != "skipped":
            return item
        return records.update(connection, review_items, item["id"], {"status": "pending"})

    return _take(objects, queue_id, item_id, "", step)


def remove(objects: ObjectService, actor: Actor, queue_id: str, item_id: str) -> Record:
    """Take an item out that nobody answered. Raises Conflict for one with answers, Forbidden."""
    objects.get(actor, KIND, queue_id, action="update")

    def step(connection: sa.Connection, _queue: Record, item: Record, _mine: Record | None) -> Record:
        given = sa.select(sa.func.count()).where(
            reviews.c.item_id == item["id"], reviews.c.state == "answered"
        )
        if item["status"] == "adjudicated" or connection.execute(given).scalar_one():
            raise Conflict(
                "The item has answers, which stay; only an item without any can go.", code="item_answered"
            )
        connection.execute(reviews.delete().where(reviews.c.item_id == item["id"]))
        connection.execute(review_items.delete().where(review_items.c.id == item["id"]))
        return item

    return _take(objects, queue_id, item_id, "", step)


def adjudicate(
    objects: ObjectService, actor: Actor, queue_id: str, item_id: str, said: Mapping[str, Any]
) -> Record:
    """Decide about an item, whatever its reviewers said; a later decision replaces an earlier one.

    Raises Forbidden for who may not change the project, Invalid for answers that do not fit.
    """
    queue = objects.get(actor, KIND, queue_id, action="update")
    questions = questions_of(objects, actor, queue)
    me = actor.user_id or ""

    def step(connection: sa.Connection, queue: Record, item: Record, _mine: Record | None) -> Record:
        changes = {
            "status": "adjudicated",
            "decision": judged(queue, questions, item, me, said),
            "decided_by": actor.user_id,
            "decided": iso_now(),
            "written": None,
        }
        return records.update(connection, review_items, item["id"], changes)

    return _take(objects, queue_id, item_id, me, step)


def find_item(connection: sa.Connection, queue_id: str, item_id: str) -> Record:
    """An item of a queue. Raises NotFound."""
    query = sa.select(review_items).where(
        review_items.c.id == item_id.lower(), review_items.c.queue_id == queue_id.lower()
    )
    row = records.fetch_one(connection, query)
    if row is None:
        raise NotFound(f"The queue has no item {item_id[:100]!r}.", code="review_item_not_found")
    return row


def _take(objects: ObjectService, queue_id: str, item_id: str, me: str, step: Step) -> Record:
    with objects.meta.begin() as connection:
        queue = locked(connection, queue_id.lower())
        item = find_item(connection, queue_id, item_id)
        mine = sa.select(reviews).where(reviews.c.item_id == item["id"], reviews.c.user_id == me)
        return step(connection, queue, item, records.fetch_one(connection, mine))


def _require_room(connection: sa.Connection, queue: Record, item: Record, me: str) -> None:
    """Raises Conflict when others have taken every place."""
    others = sa.select(sa.func.count()).where(
        reviews.c.item_id == item["id"], reviews.c.user_id != me, _taken(iso_now())
    )
    if connection.execute(others).scalar_one() >= queue["reviewers_per_item"]:
        raise Conflict(
            "Your lock ran out and others took this item; what you said of it was not kept. Ask for the next one.",
            code="item_taken",
        )


def _complete(item: Record) -> Conflict:
    return Conflict(
        f"The item is {item['status'].replace('_', ' ')}; ask who looks after the queue to decide otherwise.",
        code="item_complete",
    )


def _put(connection: sa.Connection, item: Record, user_id: str, values: Mapping[str, Any]) -> None:
    """Set fields of the one review a reviewer has of an item."""
    found = sa.select(reviews.c.id).where(reviews.c.item_id == item["id"], reviews.c.user_id == user_id)
    review_id = connection.execute(found).scalar()
    if review_id is not None:
        records.update(connection, reviews, review_id, values)
        return
    row = {"item_id": item["id"], "queue_id": item["queue_id"], "user_id": user_id, **values}
    records.insert(connection, reviews, row)
