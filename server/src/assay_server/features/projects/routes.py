"""Routes of projects, and of naming any object by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from assay_server.engines.authz import Actor
from assay_server.errors import NotFound
from assay_server.features.projects.types import (
    ObjectInfo,
    ObjectInfoRequest,
    Project,
    ProjectCreate,
    ProjectGet,
    ProjectList,
    ProjectPatch,
    ProjectRegister,
    RegisteredProject,
)
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.models import found_existing
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

router = APIRouter(tags=["projects"], route_class=ObjectRoute)


@router.post("/v1/project", response_model=Project)
def create_project(request: Request, response: Response, actor: CurrentActor, body: ProjectCreate) -> Any:
    """Create a project, or return the one of that name unchanged (header `x-bt-found-existing: true`)."""
    check_org(actor, body.org_name, body.org_id)
    row, found = _objects(request).create(actor, "project", _values(actor, body))
    return found_existing(response, row, found)


@router.put("/v1/project", response_model=Project)
def replace_project(request: Request, response: Response, actor: CurrentActor, body: ProjectCreate) -> Any:
    """Create a project, or set description and settings of the one of that name."""
    check_org(actor, body.org_name, body.org_id)
    row, found = _objects(request).create(actor, "project", _values(actor, body), replace=True)
    return found_existing(response, row, found)


@router.get("/v1/project", response_model=ProjectList)
def list_projects(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    ids: Ids = None,
    org_name: str | None = None,
    project_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Projects of the organisation, newest first."""
    check_org(actor, org_name)
    filters = {"name": name or project_name or None}
    return {"objects": _objects(request).list(actor, "project", page, filters=filters, ids=ids)}


@router.get("/v1/project/{project_id}", response_model=Project)
def get_project(request: Request, actor: CurrentActor, project_id: str) -> Any:
    """One project by id."""
    return _objects(request).get(actor, "project", project_id)


@router.patch("/v1/project/{project_id}", response_model=Project)
def change_project(request: Request, actor: CurrentActor, project_id: str, body: ProjectPatch) -> Any:
    """Change the fields that are sent."""
    return _objects(request).update(actor, "project", project_id, body.changes())


@router.delete("/v1/project/{project_id}", response_model=Project)
def delete_project(request: Request, actor: CurrentActor, project_id: str) -> Any:
    """Delete a project with all that is in it; its name is free again."""
    return _objects(request).delete(actor, "project", project_id)


@router.post("/api/project/register", response_model=RegisteredProject)
def register_project(request: Request, actor: CurrentActor, body: ProjectRegister) -> Any:
    """Find a project by name or create it."""
    check_org(actor, body.org_name, body.org_id)
    values = {"org_id": actor.org_id, "name": body.project_name}
    row, found = _objects(request).create(actor, "project", values)
    return {"project": row, "found_existing": found}


@router.get("/api/project", response_model=Project)
def find_project(
    request: Request, actor: CurrentActor, id: str | None = None, name: str | None = None
) -> Any:
    """One project by id or name."""
    return _objects(request).project(actor, id, name)


@router.post("/api/project/get", response_model=list[Project])
def find_projects(request: Request, actor: CurrentActor, body: ProjectGet) -> Any:
    """The project with an id or name as a list; empty when there is none."""
    check_org(actor, body.org_name, body.org_id)
    try:
        return [_objects(request).project(actor, body.id, body.name)]
    except NotFound:
        return []


@router.post("/api/self/get_object_info", response_model=list[ObjectInfo])
def object_info(request: Request, actor: CurrentActor, body: ObjectInfoRequest) -> Any:
    """Names of objects and of their projects; ids that do not exist are left out."""
    objects = _objects(request)
    organization = {"id": actor.org_id, "name": actor.org_name}
    found: list[dict[str, Any]] = []
    for object_id in body.object_ids:
        try:
            ref = objects.resolve(actor, body.object_type, object_id)
            project = objects.resolve(actor, "project", ref.project_id)
        except NotFound:
            continue
        parents = {"project": {"id": project.object_id, "name": project.name}, "organization": organization}
        found.append({"object_id": ref.object_id, "object_name": ref.name, "parent_cols": parents})
    return found


def _values(actor: Actor, body: ProjectCreate) -> dict[str, Any]:
    return {
        "org_id": actor.org_id,
        "name": body.name,
        "description": body.description,
        "settings": body.settings,
    }


def _objects(request: Request) -> ObjectService:
    return request.app.state.services.objects
