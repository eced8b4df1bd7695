"""How many rows a dataset has, for clients that print it after writing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as quote_url

from fastapi import APIRouter
from starlette.requests import Request

from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.query.literals import quote
from assay_server.http.auth import CurrentActor

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["datasets"])

_LIVE_ROWS = """
SELECT countIf(deleted = 0) FROM (
  SELECT argMax(_deleted, (_xact_id, _seq)) AS deleted FROM spans
  WHERE project_id = {project} AND object_id = {object}
  GROUP BY id
)
"""


@router.get("/v1/dataset/{dataset_id}/summarize")
async def summarize(
    request: Request, actor: CurrentActor, dataset_id: str, summarize_data: bool = False
) -> dict[str, Any]:
    """Names and links of a dataset and, when asked for, the number of its live rows."""
    services: Services = request.app.state.services
    ref = await _dataset(services, actor, dataset_id)
    project = await asyncio.to_thread(services.objects.get, actor, "project", ref.project_id)
    project_url = f"{services.settings.url}/app/{_segment(actor.org_name)}/p/{_segment(project['name'])}"
    return {
        "project_name": project["name"],
        "dataset_name": ref.name,
        "project_url": project_url,
        "dataset_url": f"{project_url}/datasets/{_segment(ref.name)}",
        "data_summary": {"total_records": await _live_rows(services, ref)} if summarize_data else None,
    }


@router.get("/dataset-summary")
async def dataset_summary(request: Request, actor: CurrentActor, dataset_id: str) -> dict[str, int]:
    """The number of live rows of a dataset."""
    services: Services = request.app.state.services
    return {"total_records": await _live_rows(services, await _dataset(services, actor, dataset_id))}


async def _dataset(services: Services, actor: Actor, dataset_id: str) -> ObjectRef:
    return await asyncio.to_thread(services.objects.resolve, actor, "dataset", dataset_id)


async def _live_rows(services: Services, ref: ObjectRef) -> int:
    await services.ingest.caught_up()
    sql = _LIVE_ROWS.format(project=quote(ref.project_id), object=quote(ref.object_id))
    result = await asyncio.to_thread(services.spans.query, sql)
    return int(result.rows[0][0])


def _segment(name: str) -> str:
    return quote_url(name, safe="")
