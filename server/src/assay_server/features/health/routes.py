"""Route of the health page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from assay_server.features.health.service import health
from assay_server.features.health.types import Health
from assay_server.http.auth import CurrentActor
from assay_server.http.limits import ObjectRoute

router = APIRouter(tags=["health"], route_class=ObjectRoute)


@router.get("/v1/health", response_model=Health)
def get_health(request: Request, actor: CurrentActor) -> Health:
    """Every part of the server, what is wrong and what to do about it; for owners. `GET /health` is for everybody."""
    return health(request.app.state, actor)
