"""Routes of review queues: what is in them, taking turns, deciding, and what came of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Query
from starlette.requests import Request
from starlette.responses import StreamingResponse

from assay_server.engines.authz import Actor
from assay_server.engines.records import Record
from assay_server.features.review import turns, types
from assay_server.features.review.items import add_items, contents, pairs_of, rows_of
from assay_server.features.review.results import export_answers, read_results
from assay_server.features.review.service import KIND, QueueStore, progress
from assay_server.features.review.shown import get_item, hidden, list_items, sources_for
from assay_server.features.review.writing import write_decisions
from assay_server.http.auth import CurrentActor
from assay_server.http.objects import ObjectRoutes, object_router

if TYPE_CHECKING:
    from assay_server.services import Services

router = object_router(
    "review",
    ObjectRoutes(
        kind=KIND,
        one=types.ReviewQueue,
        create=types.QueueCreate,
        patch=types.QueuePatch,
        filters=types.QueueFilters,
        store=lambda services: QueueStore(services.objects),
    ),
)

_QUEUE = "/v1/review_queue/{review_queue_id}"
_ITEM = _QUEUE + "/items/{item_id}"


@router.post(_QUEUE + "/items", response_model=types.ItemsAdded)
async def add_review_items(
    request: Request, actor: CurrentActor, review_queue_id: str, body: types.ItemsCreate
) -> Any:
    """Put rows into a queue; those that are in it are found. What cannot be added is listed, the rest is added."""
    services = _services(request)
    if body.rows is not None:
        wanted = await rows_of(services, actor, body.rows.model_dump())
    elif body.pairs is not None:
        wanted = await pairs_of(services, actor, body.pairs.model_dump())
    else:
        items = [one.model_dump() for one in body.items or ()]
        wanted = [one["pair"] or ([one["source"]] if one["source"] else []) for one in items]
    return await add_items(services, actor, review_queue_id, wanted)


@router.get(_QUEUE + "/items", response_model=types.ItemList)
def list_review_items(
    request: Request,
    actor: CurrentActor,
    review_queue_id: str,
    status: Annotated[list[types.Status] | None, Query()] = None,
    starting_after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Any:
    """Items of a queue in their order, with the reviews the caller may see."""
    objects = _services(request).objects
    found = list_items(objects, actor, review_queue_id, status=status, after=starting_after, limit=limit)
    return {"objects": found}


@router.get(_ITEM, response_model=types.ItemView)
async def get_review_item(request: Request, actor: CurrentActor, review_queue_id: str, item_id: str) -> Any:
    """One item with the rows it is about."""
    services = _services(request)
    queue, item = await asyncio.to_thread(get_item, services.objects, actor, review_queue_id, item_id)
    return {"item": item, "content": await _content(services, actor, queue, item)}


@router.post(_QUEUE + "/next", response_model=types.Turn)
async def next_review_item(request: Request, actor: CurrentActor, review_queue_id: str) -> Any:
    """Hold the next item for the caller, who must be a reviewer; what they hold already comes first."""
    services = _services(request)
    queue = await asyncio.to_thread(services.objects.get, actor, KIND, review_queue_id)
    await write_decisions(services, actor, queue)
    row, waiting, until = await asyncio.to_thread(turns.lease, services.objects, actor, review_queue_id)
    counts = (await asyncio.to_thread(progress, services.objects, actor, [queue]))[queue["id"]]
    if row is None:
        return {"waiting": waiting, "until": until, "progress": counts}
    _, item = await asyncio.to_thread(get_item, services.objects, actor, review_queue_id, row["id"])
    if hidden(queue, row):
        item = {**item, "sources": None}
    content = await _content(
        services, actor, queue, {**row, "sources": sources_for(row, actor.user_id or "")}
    )
    return {"item": item, "content": content, "until": until, "progress": counts}


@router.post(_ITEM + "/answer", response_model=types.Item)
async def answer_review_item(
    request: Request, actor: CurrentActor, review_queue_id: str, item_id: str, body: types.Answer
) -> Any:
    """Say what the caller thinks of an item. The last review that was missing completes it: what all agree on is
    written to its rows, else it waits for somebody to decide."""
    said = body.model_dump()
    return await _step(request, actor, review_queue_id, turns.answer, item_id, said)


@router.post(_ITEM + "/skip", response_model=types.Item)
async def skip_review_item(request: Request, actor: CurrentActor, review_queue_id: str, item_id: str) -> Any:
    """Leave an item to the other reviewers."""
    return await _step(request, actor, review_queue_id, turns.skip, item_id)


@router.post(_ITEM + "/reopen", response_model=types.Item)
async def reopen_review_item(
    request: Request, actor: CurrentActor, review_queue_id: str, item_id: str
) -> Any:
    """Take back what the caller said of an item, to say it anew."""
    return await _step(request, actor, review_queue_id, turns.reopen, item_id)


@router.post(_ITEM + "/adjudicate", response_model=types.Item)
async def adjudicate_review_item(
    request: Request, actor: CurrentActor, review_queue_id: str, item_id: str, body: types.Judgement
) -> Any:
    """Decide about an item; the decision is written to its rows. Takes the permission to change the project."""
    return await _step(request, actor, review_queue_id, turns.adjudicate, item_id, body.model_dump())


@router.post(_ITEM + "/restore", response_model=types.Item)
async def restore_review_item(
    request: Request, actor: CurrentActor, review_queue_id: str, item_id: str
) -> Any:
    """Offer an item that was skipped to all reviewers again."""
    return await _step(request, actor, review_queue_id, turns.restore, item_id)


@router.delete(_ITEM, response_model=types.Item)
def remove_review_item(request: Request, actor: CurrentActor, review_queue_id: str, item_id: str) -> Any:
    """Take an item out that nobody has answered."""
    objects = _services(request).objects
    _, item = get_item(objects, actor, review_queue_id, item_id)
    turns.remove(objects, actor, review_queue_id, item_id)
    return item


@router.get(_QUEUE + "/results", response_model=types.Results)
async def review_results(request: Request, actor: CurrentActor, review_queue_id: str) -> Any:
    """How far a queue is, who did how much, whether reviewers agree, and which system is preferred."""
    services = _services(request)
    queue = await asyncio.to_thread(services.objects.get, actor, KIND, review_queue_id)
    await write_decisions(services, actor, queue)
    return await asyncio.to_thread(read_results, services.objects, actor, review_queue_id)


@router.get(_QUEUE + "/answers", response_class=StreamingResponse)
def export_review_answers(
    request: Request,
    actor: CurrentActor,
    review_queue_id: str,
    format: Literal["csv", "jsonl"] = "jsonl",
) -> StreamingResponse:
    """Every answer and decision that the caller may see, a line each, as JSON lines or CSV."""
    lines = export_answers(_services(request).objects, actor, review_queue_id, format)
    media = "text/csv" if format == "csv" else "application/x-ndjson"
    headers = {"Content-Disposition": f'attachment; filename="answers.{format}"'}
    return StreamingResponse(lines, media_type=media, headers=headers)


async def _step(request: Request, actor: Actor, queue_id: str, step: Any, item_id: str, *said: Any) -> Record:
    """Do one thing to an item, write what was decided by it, and show the item."""
    services = _services(request)
    await asyncio.to_thread(step, services.objects, actor, queue_id, item_id, *said)
    queue, item = await asyncio.to_thread(get_item, services.objects, actor, queue_id, item_id)
    await write_decisions(services, actor, queue)
    return item


async def _content(services: Services, actor: Actor, queue: Record, item: Record) -> list[Record | None]:
    """What is in the rows of an item, for those who may know them."""
    if item["sources"] is None:
        return []
    return await contents(services, actor, item["sources"], blind=hidden(queue, item))


def _services(request: Request) -> Services:
    return request.app.state.services
