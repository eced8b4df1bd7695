"""Hot routes: plain handlers, msgspec in and out."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.ingest.rows import WireRow
from assay_server.errors import Forbidden, NotFound, Unauthorized
from assay_server.features.logs.batch import Batch, by_fields, read_batch, split_rows
from assay_server.features.logs.feedback import Feedback, feedback_rows
from assay_server.features.logs.live import live_events
from assay_server.features.logs.many import NOUNS, ids_of, merged, read_many
from assay_server.features.logs.overflow import overflow_ref, uploaded_body
from assay_server.features.logs.telling import assigned_before, tell
from assay_server.features.notifications.service import concerns
from assay_server.http.auth import actor_of
from assay_server.http.body import read_body
from assay_server.http.openapi import takes
from assay_server.ports.bus import SpansWritten
from assay_server.settings import VERSION

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter()

MAX_CONCERNS = 1_000
"""Most rows of one request that people are told of."""


class Events(msgspec.Struct):
    """What POST /v1/insert writes to one object."""

    events: list[WireRow] | None = None
    feedback: list[Feedback] | None = None


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _services(request: Request) -> Services:
    return request.app.state.services


@takes("LogsBody", {"rows": list[WireRow]})
async def logs3(request: Request) -> Response:
    """POST /logs3: rows of any objects in one transaction → `{"ids": […], "xact_id": "…"}`.

    When rows are refused the others are stored all the same and the answer is 400 `rows_rejected`, which lists each
    refused row with its position, code and message. `rows` may be `{"type": "logs3_overflow", "key"}` of an upload.
    """
    services = _services(request)
    actor = await actor_of(request)
    body = await read_body(request, services.settings.max_body)
    uploaded = overflow_ref(body)
    if uploaded is not None:
        body = await run_in_threadpool(uploaded_body, services.blobs, actor, uploaded)
    raws = split_rows(body, "rows")
    batch = read_batch(
        raws, by_fields(lambda kind, ref: services.objects.resolve(actor, kind, ref, action="update"))
    )
    xact = await _store(services, actor, batch)
    return _answer(batch, {"ids": batch.ids, "xact_id": xact}, xact)


@takes("EventsBody", {"events": list[WireRow]})
async def insert(request: Request) -> Response:
    """POST /v1/{project_logs,experiment,dataset}/{id}/insert: `{"events": […]}` → `{"row_ids": […]}`."""
    services = _services(request)
    actor, ref = await _addressed(request, services)
    raws = split_rows(await read_body(request, services.settings.max_body), "events")
    batch = read_batch(raws, lambda _wire, _at: ref)
    xact = await _store(services, actor, batch)
    return _answer(batch, {"row_ids": batch.ids, "xact_id": xact}, xact)


@takes("FeedbackBody", {"feedback": list[Feedback]})
async def feedback(request: Request) -> Response:
    """POST /v1/{type}/{id}/feedback: scores, expected values, tags and comments on existing rows."""
    services = _services(request)
    actor, ref = await _addressed(request, services)
    body = await read_body(request, services.settings.max_body)
    batch = read_batch(feedback_rows(body, dataset=ref.object_type == "dataset"), lambda _wire, _at: ref)
    xact = await _store(services, actor, batch)
    return _answer(batch, {"status": "success", "xact_id": xact}, xact)


@takes("ManyBody", dict.fromkeys(NOUNS, dict[str, Events] | None), required=False)
async def insert_many(request: Request) -> Response:
    """POST /v1/insert: rows and feedback of many objects in one transaction → `{"experiment": {"<id>": {"row_ids"}}}`.

    The body is `{"<project_logs, experiment or dataset>": {"<id>": {"events": […], "feedback": […]}}}`. When rows are
    refused the others are stored all the same and the answer is 400 `rows_rejected`, as of `/logs3`.
    """
    services = _services(request)
    actor = await actor_of(request)
    body = await read_body(request, services.settings.max_body)
    parts = read_many(body, lambda kind, ref: services.objects.resolve(actor, kind, ref, action="update"))
    batch = merged(parts)
    xact = await _store(services, actor, batch)
    return _answer(batch, {**ids_of(parts), "xact_id": xact}, xact)


async def version(request: Request) -> Response:
    """GET /version: what clients size their batches by. Open to everyone."""
    limit = _services(request).settings.max_body
    return _json(
        {
            "version": VERSION,
            "deployment_mode": "self-hosted",
            "universal": True,
            "logs3_payload_max_bytes": limit,
        }
    )


async def xact_id(request: Request) -> Response:
    """GET /xact-id: a fresh transaction id, newer than every committed one."""
    await actor_of(request)
    return PlainTextResponse(str(_services(request).ingest.xacts.next()))


async def live(request: Request) -> Response:
    """GET /api/projects/{project}/live: server-sent events, one whenever rows of the project become readable."""
    services = _services(request)
    actor = await actor_of(request)
    ref = services.objects.resolve(actor, "project_logs", request.path_params["project"])

    async def gone() -> bool:
        return await request.is_disconnected() or not await _may_read(request, "project_logs", ref.project_id)

    async def readable(event: SpansWritten) -> bool:
        return await _may_read(request, event.object_type, event.object_id)

    return StreamingResponse(
        live_events(services.bus, ref.project_id, gone, readable),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _may_read(request: Request, kind: str, object_id: str) -> bool:
    """Whether an object may be shown in a long answer: its credential was not revoked, the object not deleted."""
    try:
        actor = await actor_of(request)
        _services(request).objects.resolve(actor, kind, object_id)
    except (Unauthorized, Forbidden, NotFound):
        return False
    return True


async def _addressed(request: Request, services: Services) -> tuple[Actor, ObjectRef]:
    actor = await actor_of(request)
    kind = request.url.path.split("/")[2]
    return actor, services.objects.resolve(actor, kind, request.path_params["id"], action="update")


async def _store(services: Services, actor: Actor, batch: Batch) -> str | None:
    """Write the rows, and tell those whom they concern. The transaction, None without rows."""
    if not batch.rows:
        return None
    concerned = list(itertools.islice(concerns(batch.rows), MAX_CONCERNS))
    before = await assigned_before(services, actor, concerned) if concerned else {}
    xact = str(await services.ingest.append(batch.rows, author=actor.author))
    if concerned:
        await tell(services, actor, concerned, before)
    return xact


def _answer(batch: Batch, success: dict[str, Any], xact: str | None) -> Response:
    if not batch.errors:
        return _json(success)
    rows = [{"code": e.code, "message": e.message, **e.details} for e in batch.errors]
    statuses = {row.pop("http_status", 400) for row in rows}
    stored = len(batch.rows)
    message = f"{len(rows)} of {len(batch.ids)} rows were refused, {stored} stored. First: {batch.errors[0].message}"
    error = {"code": "rows_rejected", "message": message, "rows": rows, "stored": stored, "xact_id": xact}
    return _json({"error": error}, statuses.pop() if len(statuses) == 1 else 400)


router.add_route("/logs3", logs3, methods=["POST"])
router.add_route("/version", version, methods=["GET"])
router.add_route("/xact-id", xact_id, methods=["GET"])
router.add_route("/api/projects/{project}/live", live, methods=["GET"])
router.add_route("/v1/insert", insert_many, methods=["POST"])
for kind in NOUNS:
    router.add_route(f"/v1/{kind}/{{id}}/insert", insert, methods=["POST"])
    router.add_route(f"/v1/{kind}/{{id}}/feedback", feedback, methods=["POST"])
