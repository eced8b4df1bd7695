"""`POST /v1/project_logs/{project_id}/distinctions`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request

from assay_server.features.logs.distinctions import Choice, Distinctions, distinctions
from assay_server.http.auth import CurrentActor
from assay_server.http.limits import ObjectRoute

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["logs"], route_class=ObjectRoute)


@router.post("/v1/project_logs/{project_id}/distinctions", response_model=Distinctions)
async def find_distinctions(request: Request, actor: CurrentActor, project_id: str, body: Choice) -> Any:
    """What sets the traces that fulfil `where` apart from the others: errors, tools, steps, tags and metadata.

    A value counts once for each trace of which a span has it. Values are tested one by one, and p-values are corrected
    over all of them (Benjamini & Hochberg): of those that are told, one in twenty is expected to be chance at most.
    """
    services: Services = request.app.state.services
    logs = await asyncio.to_thread(services.objects.resolve, actor, "project_logs", project_id)
    return await distinctions(services, actor, logs, body)
