"""Routes of projects, and of naming any object by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from assay_server.errors import NotFound
from assay_server.features.access.service import GroupedProjects
from assay_server.features.projects.types import (
    ObjectInfo,
    ObjectInfoRequest,
    Project,
    ProjectCreate,
    ProjectGet,
    ProjectPatch,
    ProjectRegister,
    RegisteredProject,
)
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.objects import Filters, ObjectRoutes, object_router

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

router = object_router(
    "projects",
    ObjectRoutes(
        kind="project",
        one=Project,
        create=ProjectCreate,
        patch=ProjectPatch,
        filters=Filters,
        store=lambda services: GroupedProjects(services.objects, services.auth.forget),
    ),
)


@router.post("/api/project/register", response_model=RegisteredProject)
def register_project(request: Request, actor: CurrentActor, body: ProjectRegister) -> Any:
    """Find a project by name or create it."""
    check_org(actor, body.org_name, body.org_id)
    row, found = _objects(request).create(actor, "project", {"name": body.project_name})
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


def _objects(request: Request) -> ObjectService:
    return request.app.state.services.objects
