"""Routes of roles, groups and access rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query
from starlette.requests import Request

from assay_server.features.access.service import AclService, MembershipStore
from assay_server.features.access.types import (
    AboutObject,
    AccessList,
    Acl,
    AclBatch,
    AclBatchDone,
    AclItem,
    AclList,
    AclQuery,
    Group,
    GroupCreate,
    GroupPatch,
    Permissions,
    ProjectGroup,
    ProjectGroupCreate,
    ProjectGroupPatch,
    Role,
    RoleCreate,
    RolePatch,
)
from assay_server.features.access.who import may, who_has_access
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.objects import Filters, ObjectRoutes, object_router
from assay_server.http.pagination import PageQuery

if TYPE_CHECKING:
    from assay_server.services import Services


def _members(services: Services) -> MembershipStore:
    return MembershipStore(services.objects, services.auth.forget)


router = object_router(
    "access",
    ObjectRoutes(kind="role", one=Role, create=RoleCreate, patch=RolePatch, filters=Filters, store=_members),
    ObjectRoutes(
        kind="group", one=Group, create=GroupCreate, patch=GroupPatch, filters=Filters, store=_members
    ),
    ObjectRoutes(
        kind="project_group",
        one=ProjectGroup,
        create=ProjectGroupCreate,
        patch=ProjectGroupPatch,
        filters=Filters,
        store=_members,
    ),
)


@router.post("/v1/acl", response_model=Acl)
def create_acl(request: Request, actor: CurrentActor, body: AclItem) -> Any:
    """Give a user or a group access; the same rule again is the same rule."""
    added, _ = _acls(request).update(actor, [body.model_dump()], [])
    return added[0]


@router.delete("/v1/acl", response_model=Acl)
def delete_acl_item(request: Request, actor: CurrentActor, body: AclItem) -> Any:
    """Take back the rule that reads like the body."""
    _, removed = _acls(request).update(actor, [], [body.model_dump()])
    return removed[0]


@router.get("/v1/acl", response_model=AclList)
def list_acls(
    request: Request, actor: CurrentActor, page: PageQuery, query: Annotated[AclQuery, Query()]
) -> Any:
    """Access rules about one object, newest first; `object_type` and `object_id` say which."""
    return {"objects": _acls(request).list(actor, page, query.model_dump(exclude={"ids"}), query.ids)}


@router.post("/v1/acl/batch_update", response_model=AclBatchDone)
def batch_update_acls(request: Request, actor: CurrentActor, body: AclBatch) -> Any:
    """Add and remove access rules in one transaction: all, or none when one is refused."""
    check_org(actor, body.org_name, body.org_id)
    add, remove = ([item.model_dump() for item in items or ()] for items in (body.add_acls, body.remove_acls))
    added, removed = _acls(request).update(actor, add, remove)
    return {"added_acls": added, "removed_acls": removed}


@router.get("/v1/acl/list_org", response_model=list[Acl])
def list_org_acls(
    request: Request, actor: CurrentActor, page: PageQuery, query: Annotated[AclQuery, Query()]
) -> Any:
    """Every access rule of the organization as a plain list, newest first."""
    return _acls(request).list_all(actor, page, query.model_dump(exclude={"ids"}), query.ids)


@router.get("/v1/acl/effective", response_model=AccessList)
def list_access(request: Request, actor: CurrentActor, about: Annotated[AboutObject, Query()]) -> Any:
    """Who has access to an object, and through what."""
    services: Services = request.app.state.services
    return {"objects": who_has_access(services.objects, actor, about.object_type, about.object_id)}


@router.get("/v1/permission", response_model=Permissions)
def get_permissions(request: Request, actor: CurrentActor, about: Annotated[AboutObject, Query()]) -> Any:
    """What the caller may do to an object and to what is in it; `organization` takes any id for the caller's own."""
    services: Services = request.app.state.services
    return may(services.objects, actor, about.object_type, about.object_id)


@router.get("/v1/acl/{acl_id}", response_model=Acl)
def get_acl(request: Request, actor: CurrentActor, acl_id: str) -> Any:
    """One access rule by id."""
    return _acls(request).get(actor, acl_id)


@router.delete("/v1/acl/{acl_id}", response_model=Acl)
def delete_acl(request: Request, actor: CurrentActor, acl_id: str) -> Any:
    """Take back an access rule."""
    return _acls(request).delete(actor, acl_id)


def _acls(request: Request) -> AclService:
    services: Services = request.app.state.services
    return AclService(services.objects, services.auth.forget)
