"""POST /logs3/overflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from assay_server.features.files.service import upload_url
from assay_server.features.logs.overflow import reserve
from assay_server.http.auth import CurrentActor
from assay_server.http.limits import ObjectRoute
from assay_server.http.models import Wire

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["logs"], route_class=ObjectRoute)


class OverflowCreate(Wire):
    """Announces a body of POST /logs3 that is larger than GET /version allows."""

    size_bytes: int = Field(ge=1)


class OverflowUpload(BaseModel):
    """Where to PUT the body, and the key to name in `{"rows": {"type": "logs3_overflow", "key"}}` afterwards."""

    method: Literal["PUT"]
    signedUrl: str
    headers: dict[str, str]
    key: str


@router.post("/logs3/overflow", response_model=OverflowUpload)
def announce_overflow(request: Request, actor: CurrentActor, body: OverflowCreate) -> Any:
    """Where to upload a log request that is too large for one body.

    Permissions are checked row by row when POST /logs3 names the key.
    """
    services: Services = request.app.state.services
    key, blob = reserve(services.blobs, services.settings, actor, body.size_bytes)
    link = upload_url(request, blob, size=body.size_bytes, exact=True)
    return {"method": "PUT", "signedUrl": link, "headers": {"Content-Type": "application/json"}, "key": key}
