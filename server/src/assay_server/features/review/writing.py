"""Decisions are written to the rows they are about, by the same merges as answers given in the browser.

A decision is kept in the metadata first and marked when the rows have it; what a crash left in between is
written the next time anybody works with the queue.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from assay_server.engines.authz import Actor
from assay_server.engines.ingest.rows import RowWrite
from assay_server.engines.records import Record
from assay_server.features.review.consensus import Question, change
from assay_server.features.review.items import existing_rows
from assay_server.features.review.service import questions_of
from assay_server.features.review.settling import PREFERENCE
from assay_server.features.review.tables import review_items, reviews

if TYPE_CHECKING:
    from assay_server.services import Services

DECIDED = ("done", "adjudicated")
_BATCH = 200
_NOTHING = "nothing to write"
"""Stands for the transaction where no row is left, or the decision changes none."""


async def write_decisions(services: Services, actor: Actor, queue: Record) -> None:
    """Write every decision of a queue that its rows do not have yet.

    Raises what ingest raises; the decisions are kept and written the next time.
    """
    while batch := await asyncio.to_thread(_unwritten, services, queue):
        questions = await asyncio.to_thread(questions_of, services.objects, actor, queue)
        there = await _there(services, actor, batch)
        changes = await asyncio.to_thread(_changes, services, queue, questions, batch)
        rows = [
            _merge(queue, item, source, fields)
            for item, each in zip(batch, changes, strict=True)
            for source, fields in zip(item["sources"], each, strict=True)
            if fields and (source["object_id"], source["row_id"]) in there
        ]
        xact = str(await services.ingest.append(rows, author=actor.author)) if rows else _NOTHING
        await asyncio.to_thread(_mark, services, batch, xact)


def _unwritten(services: Services, queue: Record) -> list[Record]:
    item = review_items.c
    query = sa.select(review_items).where(
        item.queue_id == queue["id"], item.status.in_(DECIDED), item.written.is_(None)
    )
    with services.objects.meta.read() as connection:
        rows = [
            dict(row) for row in connection.execute(query.order_by(item.position).limit(_BATCH)).mappings()
        ]
        people = sa.select(reviews.c.item_id, reviews.c.user_id).where(
            reviews.c.item_id.in_([row["id"] for row in rows]), reviews.c.state == "answered"
        )
        by_item: dict[str, list[str]] = defaultdict(list)
        for item_id, user_id in connection.execute(people.order_by(reviews.c.submitted)):
            by_item[item_id].append(user_id)
    return [{**row, "people": by_item[row["id"]]} for row in rows]


async def _there(services: Services, actor: Actor, batch: Sequence[Record]) -> set[tuple[str, str]]:
    """Which of the rows exist still."""
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item in batch:
        for source in item["sources"]:
            ids[source["object_type"], source["object_id"]].append(source["row_id"])
    return {
        (object_id, row_id)
        for (object_type, object_id), rows in ids.items()
        for row_id in await existing_rows(services, actor, object_type, object_id, rows)
    }


def _changes(
    services: Services, queue: Record, questions: list[Question], batch: Sequence[Record]
) -> list[list[dict[str, Any]]]:
    """For each item the fields to merge into each of its rows."""
    if queue["kind"] == "pairwise":
        with services.objects.meta.read() as connection:
            return [
                [{"scores": {queue["name"]: _share_won(connection, queue, digest)}, **_tags(item)}
                 for digest in (item["first"], item["second"])]
                for item in batch
            ]  # fmt: skip
    return [[{**change(questions, item["decision"]["answers"]), **_tags(item)}] for item in batch]


def _tags(item: Record) -> dict[str, Any]:
    return {"tags": item["decision"]["tags"]} if item["decision"]["tags"] else {}


def _share_won(connection: sa.Connection, queue: Record, digest: str) -> float | None:
    """The share of the decided pairs of a queue with this row that it won, a tie as half; None without any."""
    item = review_items.c
    query = sa.select(item.first, item.decision).where(
        item.queue_id == queue["id"],
        item.status.in_(DECIDED),
        sa.or_(item.first == digest, item.second == digest),
    )
    won = [
        {"tie": 0.5, "first": float(first == digest), "second": float(first != digest)}[
            decision["answers"][PREFERENCE]
        ]
        for first, decision in connection.execute(query)
    ]
    return sum(won) / len(won) if won else None  # taken back while it was to be written


def _merge(queue: Record, item: Record, source: dict[str, Any], fields: dict[str, Any]) -> RowWrite:
    said = {
        "review_queue": queue["id"], "review_item": item["id"], "reviewers": item["people"],
        "decided_by": item["decided_by"],
    }  # fmt: skip
    return RowWrite(
        queue["project_id"], source["object_type"], source["object_id"], source["row_id"], "merge",
        {name: msgspec.json.encode(value) for name, value in fields.items()},
        created_us=time.time_ns() // 1000,
        audit=msgspec.json.encode({"source": "app", "metadata": said}),
    )  # fmt: skip


def _mark(services: Services, batch: Sequence[Record], xact: str) -> None:
    """Note that rows have the decisions. One that was changed meanwhile is written again, after the old one."""
    item = review_items.c
    with services.objects.meta.begin() as connection:
        for one in batch:
            here = review_items.update().where(item.id == one["id"])
            marked = connection.execute(here.where(item.decided == one["decided"]).values(written=xact))
            if marked.rowcount == 0:
                connection.execute(here.values(written=None))
