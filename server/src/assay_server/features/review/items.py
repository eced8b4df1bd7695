"""Putting rows into a queue, and reading them for whoever reviews."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assay.core.ids import new_row_id
from assay.core.times import iso_now
from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.query import QueryRequest
from assay_server.engines.records import Record
from assay_server.errors import AssayError, BadRequest, Invalid
from assay_server.features.review.service import KIND, locked, questions_of
from assay_server.features.review.tables import review_items

if TYPE_CHECKING:
    from assay_server.services import Services

MAX_ITEMS = 10_000
MAX_ROWS = 100_000
"""Rows that a sample is drawn from."""

_CHUNK = 500
Sources = list[dict[str, Any]]
"""The row of an item, or the two of a pair: object_type, object_id, row_id and system."""


async def add_items(
    services: Services, actor: Actor, queue_id: str, wanted: Sequence[Sources]
) -> dict[str, Any]:
    """Put rows into a queue: `{"added", "found", "refused"}`. One that is in it already is found, not added again.

    Raises NotFound, and Forbidden for who may not change the project.
    """
    objects = services.objects
    queue = await asyncio.to_thread(objects.get, actor, KIND, queue_id, action="update")
    questions = await asyncio.to_thread(questions_of, objects, actor, queue)
    scores = queue["kind"] == "pairwise" or any(
        not one.to_expected and one.type != "free-form" for one in questions
    )
    refs = await asyncio.to_thread(_resolve, services, actor, queue, wanted)
    there = await _existing(services, actor, refs, wanted)
    refused: list[Record] = []
    ready: dict[tuple[str, str], Sources] = {}
    for at, sources in enumerate(wanted):
        try:
            placed = [_placed(one, refs, there, scores=scores) for one in sources]
            ready[_digests(queue, placed)] = placed
        except AssayError as error:
            refused.append({"item": at, "code": error.code, "message": error.message})
    added = await asyncio.to_thread(_insert, services, queue["id"], ready)
    return {"added": added, "found": len(wanted) - len(refused) - added, "refused": refused}


async def rows_of(services: Services, actor: Actor, source: Mapping[str, Any]) -> list[Sources]:
    """Rows of an object for which a predicate holds, or a sample of them, as items. Raises QueryError, TooLarge."""
    condition = [] if source["object_type"] == "dataset" else ["is_root"]
    if source["where"]:
        condition.append(f"({source['where']}\n)")
    where = f" WHERE {' AND '.join(condition)}" if condition else ""
    query = f"SELECT id FROM {_from(source['object_type'], source['object_id'])}{where} ORDER BY created DESC"
    answer = await services.query.run(actor, QueryRequest(query=query, limit=MAX_ROWS))
    if answer.cursor is not None:
        raise BadRequest(f"More than {MAX_ROWS:,} rows; narrow them with where.", code="rows_too_many")
    place = {"object_type": source["object_type"], "object_id": source["object_id"], "system": None}
    return _sampled([[{**place, "row_id": row["id"]}] for row in answer.rows], source)


async def pairs_of(services: Services, actor: Actor, wanted: Mapping[str, Any]) -> list[Sources]:
    """Pairs of experiments for each case they have in common, or a sample of them. Raises NotFound, BadRequest."""
    cases: list[dict[tuple[bytes, int], dict[str, Any]]] = []
    for experiment in dict.fromkeys(wanted["experiments"]):
        query = f"SELECT id, input FROM {_from('experiment', experiment)} WHERE is_root ORDER BY created"
        answer = await services.query.run(actor, QueryRequest(query=query, limit=MAX_ROWS, raw=True))
        trials: dict[bytes, int] = defaultdict(int)
        found: dict[tuple[bytes, int], dict[str, Any]] = {}
        for row in answer.rows:
            key = bytes(row["input"])
            found[key, trials[key]] = {
                "object_type": "experiment", "object_id": experiment, "row_id": row["id"], "system": None
            }  # fmt: skip
            trials[key] += 1
        cases.append(found)
    pairs = [[one[key], other[key]] for one, other in combinations(cases, 2) for key in one if key in other]
    return _sampled(pairs, wanted)


async def contents(services: Services, actor: Actor, sources: Sources, *, blind: bool) -> list[Record | None]:
    """What the rows of an item hold, None for one that was deleted; blind without what tells where it comes from."""
    columns = "id, input, output, expected, error, metadata"
    found: list[Record | None] = []
    for one in sources:
        query = f"SELECT {columns} FROM {_from(one['object_type'], one['object_id'])} WHERE id = {_text(one['row_id'])}"
        rows = (await services.query.run(actor, QueryRequest(query=query, limit=1))).rows
        row = rows[0] if rows else None
        found.append({**row, "id": None, "metadata": None} if row is not None and blind else row)
    return found


async def existing_rows(
    services: Services, actor: Actor, object_type: str, object_id: str, ids: Sequence[str]
) -> set[str]:
    """Which of the ids are rows of an object."""
    found: set[str] = set()
    for at in range(0, len(ids), _CHUNK):
        listed = ", ".join(_text(one) for one in ids[at : at + _CHUNK])
        query = f"SELECT id FROM {_from(object_type, object_id)} WHERE id IN ({listed})"
        rows = (await services.query.run(actor, QueryRequest(query=query, limit=_CHUNK))).rows
        found |= {row["id"] for row in rows}
    return found


def _resolve(
    services: Services, actor: Actor, queue: Record, wanted: Sequence[Sources]
) -> dict[tuple[str, str], ObjectRef | AssayError]:
    """Every object that is named, which must be the queue's project or lie in it."""
    refs: dict[tuple[str, str], ObjectRef | AssayError] = {}
    for named in {(one["object_type"], one["object_id"]) for sources in wanted for one in sources}:
        try:
            ref = services.objects.resolve(actor, *named, action="update")
        except AssayError as error:
            refs[named] = error
            continue
        outside = BadRequest(
            f"{ref.name!r} is not in the project of the queue; make a queue there.",
            code="item_outside_project",
        )
        refs[named] = ref if ref.project_id == queue["project_id"] else outside
    return refs


async def _existing(
    services: Services,
    actor: Actor,
    refs: Mapping[tuple[str, str], ObjectRef | AssayError],
    wanted: Sequence[Sources],
) -> dict[str, set[str]]:
    """Which of the rows exist, by the id of their object."""
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for sources in wanted:
        for one in sources:
            ref = refs[one["object_type"], one["object_id"]]
            if isinstance(ref, ObjectRef):
                ids[ref.object_type, ref.object_id].append(one["row_id"])
    return {
        object_id: await existing_rows(services, actor, object_type, object_id, rows)
        for (object_type, object_id), rows in ids.items()
    }


def _placed(
    source: Mapping[str, Any],
    refs: Mapping[tuple[str, str], ObjectRef | AssayError],
    there: Mapping[str, set[str]],
    *,
    scores: bool,
) -> dict[str, Any]:
    ref = refs[source["object_type"], source["object_id"]]
    if isinstance(ref, AssayError):
        raise ref
    if ref.object_type == "dataset" and scores:
        raise BadRequest(
            "Rows of a dataset take no scores; ask questions whose answer becomes what was expected.",
            code="item_takes_no_scores",
        )
    if source["row_id"] not in there.get(ref.object_id, ()):
        raise BadRequest(f"{ref.name!r} has no row {source['row_id'][:100]!r}.", code="row_not_found")
    system = source["system"] or (ref.name if ref.object_type == "experiment" else None)
    return {
        "object_type": ref.object_type, "object_id": ref.object_id, "row_id": source["row_id"], "system": system
    }  # fmt: skip


def _digests(queue: Record, sources: Sources) -> tuple[str, str]:
    """What tells an item from others: digests of its rows; a pair is put in their order and stands for both."""
    wanted = 2 if queue["kind"] == "pairwise" else 1
    if len(sources) != wanted:
        how = "pair, two rows" if wanted == 2 else "source, one row"
        raise Invalid(f"An item of this queue is a {how}.", code="item_kind")
    for one in sources:
        place = f"{one['object_type']}\0{one['object_id']}\0{one['row_id']}"
        one["digest"] = hashlib.sha256(place.encode()).hexdigest()
    sources.sort(key=lambda one: one["digest"])
    first, *rest = (one.pop("digest") for one in sources)
    if rest == [first]:
        raise Invalid("A pair needs two different rows.", code="item_kind")
    return first, rest[0] if rest else ""


def _insert(services: Services, queue_id: str, ready: Mapping[tuple[str, str], Sources]) -> int:
    """Add the items that are not there; how many those were."""
    item, now, keys = review_items.c, iso_now(), list(ready)
    with services.objects.meta.begin() as connection:
        locked(connection, queue_id)
        known: set[tuple[str, str]] = set()
        for at in range(0, len(keys), _CHUNK):
            firsts = [first for first, _ in keys[at : at + _CHUNK]]
            query = sa.select(item.first, item.second).where(
                item.queue_id == queue_id, item.first.in_(firsts)
            )
            known |= {(row.first, row.second) for row in connection.execute(query)}
        here = sa.select(sa.func.coalesce(sa.func.max(item.position), 0)).where(item.queue_id == queue_id)
        last = connection.execute(here).scalar_one()
        fresh = [key for key in keys if key not in known]
        rows = [
            {"id": new_row_id(), "queue_id": queue_id, "position": last + at, "first": key[0], "second": key[1],
             "sources": ready[key], "status": "pending", "created": now}
            for at, key in enumerate(fresh, start=1)
        ]  # fmt: skip
        if rows:
            connection.execute(review_items.insert(), rows)
    return len(fresh)


def _sampled(items: list[Sources], wanted: Mapping[str, Any]) -> list[Sources]:
    """All items, or `sample` of them: those whose digests with the seed come first, in the order they had."""
    if wanted["sample"] is None or wanted["sample"] >= len(items):
        if len(items) > MAX_ITEMS:
            raise BadRequest(
                f"{len(items):,} items at once; take a sample, or narrow them to {MAX_ITEMS:,}.",
                code="items_too_many",
            )
        return items

    def luck(at: int) -> bytes:
        named = "\0".join(one["row_id"] for one in items[at])
        return hashlib.sha256(f"{wanted['seed']}\0{named}".encode()).digest()

    return [items[at] for at in sorted(sorted(range(len(items)), key=luck)[: wanted["sample"]])]


def _from(object_type: str, object_id: str) -> str:
    return f"{object_type}({_text(object_id)})"


def _text(value: str) -> str:
    """A text in the SQL of queries."""
    return "'" + value.replace("'", "''") + "'"
