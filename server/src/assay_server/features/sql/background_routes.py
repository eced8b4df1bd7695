"""Queries that run in the background: /btql/async, its state, its result page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from assay_server.engines.query.types import QueryRequest
from assay_server.engines.records import Record
from assay_server.errors import BadRequest
from assay_server.features.sql.routes import QueryBody, read_query
from assay_server.features.sql.runner import asked
from assay_server.http.auth import actor_of

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter()
DEFAULT_LIMIT, MAX_LIMIT = 1_000, 10_000


class BackgroundBody(QueryBody):
    """The body of POST /btql/async. Rows are written as they come, so `batch_size` has nothing to change."""

    format: str = "jsonl"
    batch_size: Annotated[int, msgspec.Meta(ge=1)] | None = None


async def submit(request: Request) -> Response:
    """POST /btql/async: put a query in line. It is checked now, and runs with the permissions of the caller then."""
    services: Services = request.app.state.services
    actor = await actor_of(request)
    body = await read_query(request, BackgroundBody)
    if body.format != "jsonl":
        raise BadRequest(
            f"format is jsonl, not {body.format!r}; POST /btql streams other formats.", code="unknown_format"
        )
    wanted = QueryRequest(query=body.query, version=body.version, audit_log=bool(body.audit_log))
    await services.query.authorize(actor, replace(wanted, strict=body.strict))
    record = await run_in_threadpool(services.background.submit, actor, wanted)
    services.query_runner.wake()
    return _state(record)


async def state(request: Request) -> Response:
    """GET /btql/async/{query_id}: how far a query is: queued, running, succeeded, failed or canceled."""
    return _state(await _find(request))


async def cancel(request: Request) -> Response:
    """DELETE /btql/async/{query_id}: cancel a query that has not ended; returns its state."""
    services: Services = request.app.state.services
    actor = await actor_of(request)
    return _state(await run_in_threadpool(services.background.cancel, actor, request.path_params["query_id"]))


async def result(request: Request) -> Response:
    """GET /btql/async/{query_id}/result: a page of rows, `limit` of them behind `cursor`; none before it succeeded.

    Whoever reads must be allowed to ask the query at that moment.
    """
    services: Services = request.app.state.services
    actor = await actor_of(request)
    limit = _limit(request.query_params.get("limit"))
    cursor = request.query_params.get("cursor")
    record = await _find(request)
    rows: list[msgspec.Raw] = []
    if record["status"] == "succeeded":
        await services.query.authorize(actor, asked(record))
        rows, cursor = await run_in_threadpool(services.background.page, record, limit=limit, cursor=cursor)
    else:
        cursor = None
    return _json({"status": record["status"], "rows": rows, "cursor": cursor, **_error(record)})


async def _find(request: Request) -> Record:
    services: Services = request.app.state.services
    actor = await actor_of(request)
    return await run_in_threadpool(services.background.get, actor, request.path_params["query_id"])


def _limit(text: str | None) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MAX_LIMIT and len(text) < 9):
        raise BadRequest(
            f"limit is a number from 1 to {MAX_LIMIT:,}, not {text[:100]!r}.", code="limit_invalid"
        )
    return int(text)


def _state(record: Record) -> Response:
    return _json({
        "id": record["id"], "status": record["status"], "project_id": None, "object_id": None,
        "created": record["created"], "expires_at": record["expires_at"], **_error(record),
    })  # fmt: skip


def _error(record: Record) -> dict[str, str | None]:
    return {"error": record["error"], "error_code": record["error_code"]}


def _json(content: dict[str, object]) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")


router.add_route("/btql/async", submit, methods=["POST"])
router.add_route("/btql/async/{query_id}", state, methods=["GET"])
router.add_route("/btql/async/{query_id}", cancel, methods=["DELETE"])
router.add_route("/btql/async/{query_id}/result", result, methods=["GET"])
