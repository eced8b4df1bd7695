"""Routes of service tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from assay_server.features.keys.tokens import ServiceTokens
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.models import Future, Name, Wire
from assay_server.http.objects import OrgFields
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["service tokens"], route_class=ObjectRoute)


class ServiceTokenCreate(OrgFields):
    """A token to create for a service account, given by id or by a name that may be new."""

    name: Name
    service_account_name: Name | None = None
    service_account_id: str | None = None
    expires_at: Future | None = None


class ServiceTokenDelete(Wire):
    """Which token to delete."""

    id: str


class ServiceToken(BaseModel):
    """A service token without its secret."""

    id: str
    name: str
    preview_name: str
    org_id: str
    service_account_id: str
    service_account_email: str
    service_account_name: str
    created: str
    expires_at: str | None = None


class CreatedServiceToken(ServiceToken):
    """A new service token; `key` is shown this once and cannot be read again."""

    key: str


class ServiceTokenList(BaseModel):
    """A page of service tokens, newest first."""

    objects: list[ServiceToken]


@router.post("/v1/service_token", response_model=CreatedServiceToken)
def create_service_token(request: Request, actor: CurrentActor, body: ServiceTokenCreate) -> Any:
    """Create a token. Its secret is in this response and nowhere else."""
    return _created(request, actor, body, replace=False)


@router.put("/v1/service_token", response_model=CreatedServiceToken)
def replace_service_token(request: Request, actor: CurrentActor, body: ServiceTokenCreate) -> Any:
    """Create a token and revoke those of the account that have the same name."""
    return _created(request, actor, body, replace=True)


@router.get("/v1/service_token", response_model=ServiceTokenList)
def list_service_tokens(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    ids: Ids = None,
    org_name: str | None = None,
    service_token_name: str | None = None,
) -> Any:
    """Service tokens of the organization, newest first."""
    check_org(actor, org_name)
    return {"objects": _tokens(request).list(actor, page, name=service_token_name or None, ids=ids)}


@router.delete("/v1/service_token", response_model=ServiceToken)
def delete_service_token_by_body(request: Request, actor: CurrentActor, body: ServiceTokenDelete) -> Any:
    """Revoke the token with the id in the body at once."""
    return _tokens(request).delete(actor, body.id)


@router.get("/v1/service_token/{service_token_id}", response_model=ServiceToken)
def get_service_token(request: Request, actor: CurrentActor, service_token_id: str) -> Any:
    """One token by id, without its secret."""
    return _tokens(request).get(actor, service_token_id)


@router.delete("/v1/service_token/{service_token_id}", response_model=ServiceToken)
def delete_service_token(request: Request, actor: CurrentActor, service_token_id: str) -> Any:
    """Revoke a token at once."""
    return _tokens(request).delete(actor, service_token_id)


def _created(request: Request, actor: CurrentActor, body: ServiceTokenCreate, *, replace: bool) -> Any:
    check_org(actor, body.org_name, body.org_id)
    row, key = _tokens(request).create(
        actor,
        body.name,
        account_name=body.service_account_name,
        account_id=body.service_account_id,
        expires_at=body.expires_at,
        replace=replace,
    )
    return {**row, "key": key}


def _tokens(request: Request) -> ServiceTokens:
    services: Services = request.app.state.services
    return ServiceTokens(services.meta, services.auth.forget)
