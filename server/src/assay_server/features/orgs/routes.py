"""Routes of organizations and of their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request

from assay_server.engines.authz import Actor, in_org, require
from assay_server.errors import Conflict, NotFound
from assay_server.features.orgs.members import change_members
from assay_server.features.orgs.service import allows_public_links, change_org, find_org
from assay_server.features.orgs.types import (
    ChangedMembers,
    MembersPatch,
    Organization,
    OrganizationList,
    OrganizationPatch,
)
from assay_server.http.address import address_of
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.services import Services

router = APIRouter(tags=["organizations"], route_class=ObjectRoute)


@router.get("/v1/organization", response_model=OrganizationList)
def list_organizations(
    request: Request, actor: CurrentActor, page: PageQuery, ids: Ids = None, org_name: str | None = None
) -> Any:
    """The organization of the credential; a credential belongs to exactly one."""
    hidden = (org_name and org_name != actor.org_name) or (ids is not None and actor.org_id not in ids)
    if hidden or page.starting_after or page.ending_before:
        return {"objects": []}
    return {"objects": [_own(request, actor)]}


@router.patch("/v1/organization/members", response_model=ChangedMembers)
def change_organization_members(request: Request, actor: CurrentActor, body: MembersPatch) -> Any:
    """Invite people, make service accounts, change roles, remove members. No mail is sent: hand on each `login_url`."""
    check_org(actor, body.org_name, body.org_id)
    added = change_members(request.app.state.services, actor, body)
    asked = body.invite_users is not None and body.invite_users.send_invite_emails
    no_mail = "This server sends no mail; hand on each login_url, which works once, for 15 minutes."
    return {
        "org_id": actor.org_id,
        "added_users": added,
        "send_email_error": no_mail if asked and added else None,
    }


@router.get("/v1/organization/{organization_id}", response_model=Organization)
def get_organization(request: Request, actor: CurrentActor, organization_id: str) -> Any:
    """One organization by id."""
    if organization_id.lower() != actor.org_id:
        raise NotFound(
            f"You are not in an organization with id {organization_id[:100]!r}.",
            code="organization_not_found",
        )
    return _own(request, actor)


@router.patch("/v1/organization/{organization_id}", response_model=Organization)
def change_organization(
    request: Request, actor: CurrentActor, organization_id: str, body: OrganizationPatch
) -> Any:
    """Change the name of an organization, and what it shows to people outside."""
    get_organization(request, actor, organization_id)
    require(actor, "update", in_org(actor, "organization", actor.org_name))
    services: Services = request.app.state.services
    changes = {name: value for name, value in body.changes().items() if value is not None}
    if changes:
        try:
            with services.meta.begin() as connection:
                change_org(connection, actor.org_id, changes)
        except IntegrityError:
            raise Conflict(f"There is another organization named {body.name!r}.", code="name_taken") from None
        services.auth.forget()
    return _own(request, actor)


def _own(request: Request, actor: Actor) -> dict[str, Any]:
    services: Services = request.app.state.services
    with services.meta.read() as connection:
        row = find_org(connection, actor.org_id)
    if row is None:
        raise NotFound("Your organization is gone.", code="organization_not_found")
    return {
        **row,
        "api_url": address_of(request),
        "proxy_url": address_of(request),
        "public_links": "allowed" if allows_public_links(row) else "forbidden",
        "embed_origins": row["embed_origins"] or [],
    }
