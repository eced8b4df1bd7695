"""Routes of provider keys. The secret goes in and never comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from assay_server.engines.records import Page
from assay_server.features.secrets.types import (
    AiSecret,
    AiSecretCreate,
    AiSecretList,
    AiSecretName,
    AiSecretPatch,
    OrgSelector,
)
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.models import found_existing
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.features.secrets.service import AiSecretService

router = APIRouter(tags=["provider keys"], route_class=ObjectRoute)

Types = Annotated[list[str] | None, Query(description="Only keys of these providers; repeat the parameter")]
_COLUMNS = {"name", "type", "secret", "metadata"}


@router.post("/v1/ai_secret", response_model=AiSecret)
def create(request: Request, response: Response, actor: CurrentActor, body: AiSecretCreate) -> Any:
    """Keep a provider key; one that has the name already is returned unchanged."""
    check_org(actor, body.org_name, body.org_id)
    row, found = _secrets(request).create(actor, body.model_dump(include=_COLUMNS))
    return found_existing(response, row, found)


@router.put("/v1/ai_secret", response_model=AiSecret)
def replace(request: Request, response: Response, actor: CurrentActor, body: AiSecretCreate) -> Any:
    """Keep a provider key in place of the one that has the name."""
    check_org(actor, body.org_name, body.org_id)
    row, found = _secrets(request).create(actor, body.model_dump(include=_COLUMNS), replace=True)
    return found_existing(response, row, found)


@router.get("/v1/ai_secret", response_model=AiSecretList)
def list_secrets(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    ids: Ids = None,
    org_name: str | None = None,
    ai_secret_name: str | None = None,
    ai_secret_type: Types = None,
) -> Any:
    """Provider keys of the organization without their secrets, newest first."""
    check_org(actor, org_name)
    found = _secrets(request).list(actor, page, name=ai_secret_name or None, types=ai_secret_type, ids=ids)
    return {"objects": found}


@router.get("/v1/ai_secret/{ai_secret_id}", response_model=AiSecret)
def get(request: Request, actor: CurrentActor, ai_secret_id: str) -> Any:
    """One provider key by id, without its secret."""
    return _secrets(request).get(actor, ai_secret_id)


@router.patch("/v1/ai_secret/{ai_secret_id}", response_model=AiSecret)
def change(request: Request, actor: CurrentActor, ai_secret_id: str, body: AiSecretPatch) -> Any:
    """Change the fields that are sent."""
    return _secrets(request).update(actor, ai_secret_id, body.changes())


@router.delete("/v1/ai_secret/{ai_secret_id}", response_model=AiSecret)
def delete(request: Request, actor: CurrentActor, ai_secret_id: str) -> Any:
    """Forget a provider key for good."""
    return _secrets(request).delete(actor, ai_secret_id)


@router.delete("/v1/ai_secret", response_model=AiSecret)
def delete_named(request: Request, actor: CurrentActor, body: AiSecretName) -> Any:
    """Forget the provider key of a name for good."""
    check_org(actor, body.org_name, body.org_id)
    return _secrets(request).delete_named(actor, body.name)


@router.post("/api/ai_secret/get", response_model=list[AiSecret])
def list_all(request: Request, actor: CurrentActor, body: OrgSelector) -> Any:
    """Provider keys of the organization as a plain list."""
    check_org(actor, body.org_name, body.org_id)
    return _secrets(request).list(actor, Page())


def _secrets(request: Request) -> AiSecretService:
    return request.app.state.services.ai_secrets
