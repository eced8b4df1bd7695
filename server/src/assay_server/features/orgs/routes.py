"""Routes of organisations: to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request

from assay_server.engines.authz import Actor
from assay_server.errors import NotFound
from assay_server.features.orgs.service import find_org
from assay_server.features.orgs.types import Organization, OrganizationList
from assay_server.http.auth import CurrentActor
from assay_server.http.limits import ObjectRoute
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["organizations"], route_class=ObjectRoute)


@router.get("/v1/organization", response_model=OrganizationList)
def list_organizations(
    request: Request, actor: CurrentActor, page: PageQuery, ids: Ids = None, org_name: str | None = None
) -> Any:
    """The organisation of the credential; a credential belongs to exactly one."""
    hidden = (org_name and org_name != actor.org_name) or (ids is not None and actor.org_id not in ids)
    if hidden or page.starting_after or page.ending_before:
        return {"objects": []}
    return {"objects": [_own(request, actor)]}


@router.get("/v1/organization/{organization_id}", response_model=Organization)
def get_organization(request: Request, actor: CurrentActor, organization_id: str) -> Any:
    """One organisation by id."""
    if organization_id.lower() != actor.org_id:
        raise NotFound(
            f"You are not in an organisation with id {organization_id[:100]!r}.",
            code="organization_not_found",
        )
    return _own(request, actor)


def _own(request: Request, actor: Actor) -> dict[str, Any]:
    services: Services = request.app.state.services
    with services.meta.read() as connection:
        row = find_org(connection, actor.org_id) or {}
    return {**row, "api_url": services.settings.url, "proxy_url": services.settings.url}
