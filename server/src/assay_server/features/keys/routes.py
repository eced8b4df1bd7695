"""Routes of API keys, and the login of clients that have one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request

from assay.core.times import iso_time
from assay_server.features.keys.types import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyList,
    CreatedApiKey,
    KeyLogin,
    OrgInfo,
)
from assay_server.http.address import address_of
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.features.keys.service import AuthService

router = APIRouter(tags=["api keys"], route_class=ObjectRoute)


@router.post("/api/apikey/login")
async def login(request: Request, actor: CurrentActor) -> KeyLogin:
    """The organization of a key, and the addresses of the server; clients call it first."""
    url = address_of(request)
    return KeyLogin(org_info=[OrgInfo(id=actor.org_id, name=actor.org_name, api_url=url, proxy_url=url)])


@router.post("/v1/api_key", response_model=CreatedApiKey)
def create_api_key(request: Request, actor: CurrentActor, body: ApiKeyCreate) -> Any:
    """Create a key that acts as the caller. Its secret is in this response and nowhere else."""
    check_org(actor, body.org_name, body.org_id)
    row, key = _auth(request).create_key(actor, body.name, expires_at=body.expires_at)
    return {**row, "key": key}


@router.get("/v1/api_key", response_model=ApiKeyList)
def list_api_keys(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    ids: Ids = None,
    org_name: str | None = None,
    api_key_name: str | None = None,
) -> Any:
    """Keys of the organization for an owner, else the caller's own; newest first."""
    check_org(actor, org_name)
    return {"objects": _auth(request).list_keys(actor, page, name=api_key_name or None, ids=ids)}


@router.get("/v1/organization/api_keys", response_model=ApiKeyList)
def list_organization_api_keys(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    org_id: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> Any:
    """Keys of the organization made in a stretch of time; like `/v1/api_key`."""
    check_org(actor, None, org_id)
    after, before = (iso_time(one.timestamp()) if one else None for one in (created_after, created_before))
    return {"objects": _auth(request).list_keys(actor, page, created=(after, before))}


@router.get("/v1/api_key/{api_key_id}", response_model=ApiKey)
def get_api_key(request: Request, actor: CurrentActor, api_key_id: str) -> Any:
    """One key by id, without its secret."""
    return _auth(request).get_key(actor, api_key_id)


@router.delete("/v1/api_key/{api_key_id}", response_model=ApiKey)
def delete_api_key(request: Request, actor: CurrentActor, api_key_id: str) -> Any:
    """Revoke a key at once."""
    return _auth(request).delete_key(actor, api_key_id)


def _auth(request: Request) -> AuthService:
    return request.app.state.services.auth
