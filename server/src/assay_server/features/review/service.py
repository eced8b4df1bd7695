"""Review queues as objects: what they ask, of whom, and how far they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from assay.core.times import iso_now
from assay_server.engines.authz import Actor
from assay_server.engines.records import Page, Record
from assay_server.errors import AssayError, Conflict, Forbidden, Invalid, NotFound
from assay_server.features.projects.service import ObjectService, StoreOver
from assay_server.features.review.consensus import Question, read_question
from assay_server.features.review.settling import settle_full
from assay_server.features.review.tables import review_items, review_queues, reviews
from assay_server.features.users.service import find_member

KIND = "review_queue"
PEOPLE = ("slider", "categorical", "free-form")
"""Types of `project_score` that people answer."""


class QueueStore(StoreOver):
    """Queues, checked against the project's questions and the organization's users, with their progress."""

    def create(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, replace: bool = False
    ) -> tuple[Record, bool]:
        """Create a queue, or find the one of that name: `(queue, found)`; `replace` sets its fields.

        Raises BadRequest or Invalid for unknown questions and reviewers, Conflict for another kind of a queue that
        holds items.
        """
        if replace:
            self._keep_kind(actor, values)
        placed = self._checked(actor, values["project_id"], dict(values))
        row, found = self.objects.create(actor, kind, placed, replace=replace)
        if found and replace:
            self._settle(actor, row)
        return self._shown(actor, [row])[0], found

    def list(
        self,
        actor: Actor,
        kind: str,
        page: Page,
        *,
        filters: Mapping[str, Any],
        ids: Sequence[str] | None = None,
    ) -> list[Record]:
        """A page of queues, newest first."""
        return self._shown(actor, self.objects.list(actor, kind, page, filters=filters, ids=ids))

    def get(self, actor: Actor, kind: str, object_id: str, **_choice: Any) -> Record:
        """One queue by id."""
        return self._shown(actor, [self.objects.get(actor, kind, object_id)])[0]

    def update(self, actor: Actor, kind: str, object_id: str, changes: Mapping[str, Any]) -> Record:
        """Change fields. Items that have enough reviews by the new rules are complete."""
        queue = self.objects.get(actor, kind, object_id, action="update")
        sent = {
            name: value
            for name, value in changes.items()
            if value is not None or review_queues.c[name].nullable
        }
        self._checked(actor, queue["project_id"], {**queue, **sent})
        row = self.objects.update(actor, kind, object_id, sent)
        self._settle(actor, row)
        return self._shown(actor, [row])[0]

    def delete(self, actor: Actor, kind: str, object_id: str) -> Record:
        """Delete a queue; what was written to rows stays there."""
        shown = self.get(actor, kind, object_id)
        return {**self.objects.delete(actor, kind, object_id), "progress": shown["progress"]}

    def _shown(self, actor: Actor, queues: Sequence[Record]) -> list[Record]:
        found = progress(self.objects, actor, queues)
        return [{**queue, "progress": found[queue["id"]]} for queue in queues]

    def _settle(self, actor: Actor, queue: Record) -> None:
        questions = questions_of(self.objects, actor, queue)
        with self.objects.meta.begin() as connection:
            settle_full(connection, locked(connection, queue["id"]), questions)

    def _keep_kind(self, actor: Actor, values: Mapping[str, Any]) -> None:
        same = self.objects.list(
            actor, KIND, Page(1), filters={"project_id": values["project_id"], "name": values["name"]}
        )
        if same and same[0]["kind"] != values["kind"] and _count(self.objects, same[0]["id"]):
            raise Conflict(
                f"Queue {values['name']!r} holds items of kind {same[0]['kind']!r}; choose another name.",
                code="queue_kind_fixed",
            )

    def _checked(self, actor: Actor, project_id: str, queue: dict[str, Any]) -> dict[str, Any]:
        """The columns of a queue that makes sense. Raises Invalid, and NotFound for an unknown question."""
        if queue["kind"] == "pairwise" and queue["questions"]:
            raise Invalid(
                "A pairwise queue asks which output is better; leave questions empty.", code="queue_invalid"
            )
        asked = [one["project_score_id"] for one in queue["questions"]]
        if len(set(asked)) != len(asked):
            raise Invalid("A question is asked twice; name each once.", code="queue_invalid")
        for score_id in asked:
            score = self.objects.get(actor, "project_score", score_id)
            if score["project_id"] != project_id or score["score_type"] not in PEOPLE:
                raise Invalid(
                    f"{score['name']!r} is no question to people in this project; take a score of the type "
                    f"{', '.join(PEOPLE)}.",
                    code="queue_invalid",
                )
        if queue["reviewers"] is not None:
            queue["reviewers"] = self._people(actor, queue["reviewers"], queue["reviewers_per_item"])
        return queue

    def _people(self, actor: Actor, ids: Sequence[str], wanted: int) -> list[str] | None:
        people = list(dict.fromkeys(one.lower() for one in ids))
        with self.objects.meta.read() as connection:
            unknown = [one for one in people if find_member(connection, actor.org_id, one) is None]
        if unknown:
            raise Invalid(
                f"Organization {actor.org_name!r} has no user {unknown[0][:100]!r}; see GET /v1/user.",
                code="user_not_found",
            )
        if people and len(people) < wanted:
            raise Invalid(
                f"{wanted} reviews of each item take as many reviewers, not {len(people)}; name more, or none.",
                code="reviewers_too_few",
            )
        return people or None


def locked(connection: sa.Connection, queue_id: str) -> Record:
    """A queue, held until the transaction ends: who takes turns waits for the one before. Raises NotFound."""
    query = sa.select(review_queues).where(
        review_queues.c.id == queue_id, review_queues.c.deleted_at.is_(None)
    )
    row = connection.execute(query.with_for_update()).mappings().first()
    if row is None:
        raise NotFound("The queue was deleted.", code="review_queue_not_found")
    return dict(row)


def questions_of(objects: ObjectService, actor: Actor, queue: Mapping[str, Any]) -> list[Question]:
    """What a queue asks, in order; questions that were deleted since are not asked any more."""
    wanted = {one["project_score_id"].lower(): one["required"] for one in queue["questions"]}
    if not wanted:
        return []
    filters = {"project_id": queue["project_id"]}
    stored = objects.list(actor, "project_score", Page(len(wanted)), filters=filters, ids=list(wanted))
    known = {row["id"]: row for row in stored}
    return [read_question(known[one], required=required) for one, required in wanted.items() if one in known]


def may_manage(objects: ObjectService, actor: Actor, queue: Mapping[str, Any]) -> bool:
    """Whether the caller may put items in and decide: who may change the project."""
    try:
        objects.get(actor, KIND, queue["id"], action="update")
    except AssayError:
        return False
    return True


def may_review(objects: ObjectService, actor: Actor, queue: Mapping[str, Any]) -> bool:
    """Whether the caller reviews: one of the named reviewers, without any everyone who may change the project."""
    if actor.user_id is None:
        return False
    if queue["reviewers"]:
        return actor.user_id in queue["reviewers"]
    return may_manage(objects, actor, queue)


def reviewer(objects: ObjectService, actor: Actor, queue_id: str) -> tuple[Record, str]:
    """A queue and the id of the user who reviews in it. Raises NotFound, and Forbidden for anyone else."""
    queue = objects.get(actor, KIND, queue_id)
    if actor.user_id is None or not may_review(objects, actor, queue):
        raise Forbidden(
            f"You do not review in queue {queue['name']!r}; ask for a place among its reviewers.",
            code="not_a_reviewer",
        )
    return queue, actor.user_id


def progress(objects: ObjectService, actor: Actor, queues: Sequence[Mapping[str, Any]]) -> dict[str, Record]:
    """For each queue how many items it has by state, and how many are the caller's."""
    ids = [queue["id"] for queue in queues]
    found: dict[str, Record] = {one: dict.fromkeys(_COUNTS, 0) for one in ids}
    me, now = actor.user_id or "", iso_now()
    live = sa.and_(reviews.c.state == "leased", reviews.c.until > now)
    item, queue_id = review_items.c, review_items.c.queue_id
    held = sa.exists().where(reviews.c.item_id == item.id, live)
    open_to = {queue["id"] for queue in queues if may_review(objects, actor, queue)}
    with objects.meta.read() as connection:
        states = sa.select(queue_id, item.status, sa.func.count()).where(queue_id.in_(ids))
        for one, status, count in connection.execute(states.group_by(queue_id, item.status)):
            found[one][status] = count
        pending = sa.select(queue_id, sa.func.count()).where(queue_id.in_(ids), item.status == "pending")
        for one, count in connection.execute(pending.where(held).group_by(queue_id)):
            found[one]["in_review"] = count
        done = sa.select(reviews.c.queue_id, sa.func.count()).where(reviews.c.queue_id.in_(ids))
        answered = done.where(reviews.c.user_id == me, reviews.c.state == "answered")
        for one, count in connection.execute(answered.group_by(reviews.c.queue_id)):
            found[one]["mine"] = count
        for one, count in connection.execute(_open_to_me(pending, me, live).group_by(queue_id)):
            found[one]["mine_open"] = count if one in open_to else 0
    for counts in found.values():
        counts["total"] = sum(counts[name] for name in _STATES)
    return found


_STATES = ("pending", "done", "needs_adjudication", "adjudicated", "skipped")
_COUNTS = ("total", *_STATES, "in_review", "mine", "mine_open")


def _open_to_me(pending: sa.Select[Any, int], me: str, live: sa.ColumnElement[bool]) -> sa.Select[Any, int]:
    """Of the pending items those the user has not finished with and others leave room for."""
    item = review_items.c
    mine = reviews.alias("mine")
    finished = sa.exists().where(mine.c.item_id == item.id, mine.c.user_id == me, mine.c.state != "leased")
    others = (
        sa.select(sa.func.count())
        .where(reviews.c.item_id == item.id, reviews.c.user_id != me)
        .where(sa.or_(reviews.c.state == "answered", live))
        .scalar_subquery()
    )
    joined = pending.join(review_queues, review_queues.c.id == item.queue_id)
    return joined.where(~finished, others < review_queues.c.reviewers_per_item)


def _count(objects: ObjectService, queue_id: str) -> int:
    with objects.meta.read() as connection:
        query = sa.select(sa.func.count()).where(review_items.c.queue_id == queue_id)
        return connection.execute(query).scalar_one()
