"""`/v1/{project_logs|experiment|dataset}/{id}/fetch`, by POST with a body or GET with a query string."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from assay_server.errors import BadRequest
from assay_server.features.fetch.service import DEFAULT_LIMIT, MAX_LIMIT, fetch
from assay_server.http.auth import CurrentActor
from assay_server.http.limits import ObjectRoute
from assay_server.http.models import Version, Wire

router = APIRouter(tags=["fetch"], route_class=ObjectRoute)

ObjectType = Literal["project_logs", "experiment", "dataset"]


class FetchBody(Wire):
    """Which page to read. A later page needs only its cursor, which also remembers the version."""

    limit: int | None = Field(
        None, ge=1, description=f"Rows on a page: {DEFAULT_LIMIT:,} unless told, {MAX_LIMIT:,} at most"
    )
    cursor: str | None = None
    version: Version | None = None
    max_xact_id: Version | None = Field(None, description="Not supported: page with the cursor")
    max_root_span_id: str | None = Field(None, description="Not supported: page with the cursor")


@router.post("/v1/{object_type}/{object_id}/fetch")
async def post_fetch(
    request: Request,
    actor: CurrentActor,
    object_type: ObjectType,
    object_id: str,
    body: FetchBody | None = None,
) -> Response:
    """A page of an object's live rows, newest first: `{"events": […], "cursor"}`."""
    wanted = body or FetchBody.model_validate({})
    if wanted.max_xact_id or wanted.max_root_span_id:
        raise BadRequest(
            "max_xact_id and max_root_span_id do not page here; send the cursor of the page before.",
            code="page_invalid",
        )
    page = await fetch(
        request.app.state.services,
        actor,
        object_type,
        object_id,
        limit=wanted.limit,
        cursor=wanted.cursor or None,
        version=wanted.version or None,
    )
    return Response(msgspec.json.encode(page), media_type="application/json")


@router.get("/v1/{object_type}/{object_id}/fetch")
async def get_fetch(
    request: Request,
    actor: CurrentActor,
    object_type: ObjectType,
    object_id: str,
    query: Annotated[FetchBody, Query()],
) -> Response:
    """The same with the fields of the body as query parameters."""
    return await post_fetch(request, actor, object_type, object_id, query)
