"""POST /btql: SQL, BTQL text or the BTQL JSON tree → rows as JSON, JSON lines, CSV or Parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from assay_server.engines.query.types import ExportFormat, QueryRequest
from assay_server.errors import BadRequest, Forbidden
from assay_server.features.audit.service import keep_event
from assay_server.features.sql.service import page
from assay_server.http.auth import actor_of, reader_of
from assay_server.http.body import read_body
from assay_server.ports.audit import Event

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter()
MAX_BODY = 4 << 20
MEDIA_TYPES: dict[ExportFormat, str] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


class QueryBody(msgspec.Struct):
    """The body of POST /btql. Keys that other servers know and this one has no use for are ignored."""

    query: str | dict[str, Any]
    fmt: str = "json"
    version: str | int | None = None
    cursor: str | None = None
    audit_log: bool | None = None
    disable_limit: bool | None = None
    tz_offset: int | None = None
    lint_mode: str | None = None
    strict_lint_mode: bool | None = None

    @property
    def strict(self) -> bool:
        """Whether what is slow is refused."""
        return self.lint_mode == "strict" or bool(self.strict_lint_mode)


async def btql(request: Request) -> Response:
    """POST /btql. A page of rows; `x-bt-cursor` repeats the cursor. Other formats stream every row.

    Shared links of an experiment or a trace read pages only.
    """
    services: Services = request.app.state.services
    actor = await reader_of(request, "experiment", "trace")
    body = await read_query(request, QueryBody)
    asked = QueryRequest(
        query=body.query,
        version=body.version,
        cursor=body.cursor,
        audit_log=bool(body.audit_log),
        unlimited=bool(body.disable_limit),
        tz_offset=body.tz_offset or 0,
        raw=True,
        strict=body.strict,
    )
    if actor.shared and (body.fmt != "json" or asked.unlimited):
        raise Forbidden("A shared link reads pages of JSON, not whole exports.", code="link_forbidden")
    if body.fmt in MEDIA_TYPES:
        chunks = await services.query.stream(actor, asked, body.fmt)
        kept = {"query": body.query, "format": body.fmt}
        event = Event("export", "query", None, None, actor.org_id, details=kept)
        await run_in_threadpool(keep_event, services.meta, event)
        return StreamingResponse(chunks, media_type=MEDIA_TYPES[body.fmt])
    if body.fmt != "json":
        raise BadRequest(f"fmt is json, jsonl, csv or parquet, not {body.fmt!r}.", code="unknown_format")
    answer = await services.query.run(actor, asked)
    return page(answer, applied=services.ingest.health()["applied_xact"])


async def explain(request: Request) -> Response:
    """POST /btql/explain: what a query would read and do, and what makes it slow. It is planned and not run.

    Takes the body of POST /btql and is refused where that would be. Shared links explain nothing.
    """
    services: Services = request.app.state.services
    actor = await actor_of(request)
    body = await read_query(request, QueryBody)
    asked = QueryRequest(
        query=body.query,
        version=body.version,
        audit_log=bool(body.audit_log),
        unlimited=bool(body.disable_limit),
        tz_offset=body.tz_offset or 0,
    )
    found = await services.query.explain(actor, asked)
    return Response(msgspec.json.encode(found), media_type="application/json")


Body = TypeVar("Body", bound=QueryBody)


async def read_query(request: Request, shape: type[Body]) -> Body:
    """The body of a request for a query. Raises BadRequest."""
    raw = await read_body(request, MAX_BODY)
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The body does not fit: {error}.", code="body_invalid") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The body is not valid JSON: {error}.", code="json_invalid") from None


router.add_route("/btql", btql, methods=["POST"])
router.add_route("/btql/explain", explain, methods=["POST"])
