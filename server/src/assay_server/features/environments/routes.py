"""Routes of environments and of the versions they pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Query
from starlette.requests import Request

from assay_server.features.environments.service import find_pin, list_changes, list_pins, pin
from assay_server.features.environments.types import (
    Environment,
    EnvironmentCreate,
    EnvironmentFilters,
    EnvironmentPatch,
    PinChangeList,
    PinChangeQuery,
    Pinned,
    PinnedCreate,
    PinnedList,
)
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.objects import ObjectRoutes, object_router

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

ObjectType = Literal["prompt", "function", "dataset"]

router = object_router(
    "environments",
    ObjectRoutes(
        kind="environment",
        one=Environment,
        create=EnvironmentCreate,
        patch=EnvironmentPatch,
        filters=EnvironmentFilters,
        path="/environment",
    ),
)


@router.get("/environment-object/changes", response_model=PinChangeList)
def list_pin_changes(request: Request, actor: CurrentActor, query: Annotated[PinChangeQuery, Query()]) -> Any:
    """When environments began to use other versions of a project's prompts and functions: the newest 200."""
    check_org(actor, query.org_name, query.org_id)
    found = list_changes(_objects(request), actor, query.project_id, since=query.since, until=query.until)
    return {"objects": found}


@router.get("/environment-object/{object_type}/{object_id}", response_model=PinnedList)
def list_pinned(
    request: Request,
    actor: CurrentActor,
    object_type: ObjectType,
    object_id: str,
    org_name: str | None = None,
) -> Any:
    """The versions of one object that environments use, newest first."""
    check_org(actor, org_name)
    return {"objects": list_pins(_objects(request), actor, object_type, object_id)}


@router.get("/environment-object/{object_type}/{object_id}/{environment}", response_model=Pinned)
def get_pinned(
    request: Request,
    actor: CurrentActor,
    object_type: ObjectType,
    object_id: str,
    environment: str,
    org_name: str | None = None,
) -> Any:
    """The version of one object that an environment uses."""
    check_org(actor, org_name)
    return find_pin(_objects(request), actor, object_type, object_id, environment)


@router.put("/environment-object/{object_type}/{object_id}/{environment}", response_model=Pinned)
def set_pinned(
    request: Request,
    actor: CurrentActor,
    object_type: ObjectType,
    object_id: str,
    environment: str,
    body: PinnedCreate,
) -> Any:
    """Make an environment use one version of an object."""
    check_org(actor, body.org_name, body.org_id)
    values = {
        "object_type": object_type,
        "object_id": object_id,
        "environment_slug": environment,
        "object_version": body.object_version,
    }
    return pin(_objects(request), actor, values)


@router.delete("/environment-object/{object_type}/{object_id}/{environment}", response_model=Pinned)
def delete_pinned(
    request: Request,
    actor: CurrentActor,
    object_type: ObjectType,
    object_id: str,
    environment: str,
    org_name: str | None = None,
) -> Any:
    """Make an environment use the newest version again."""
    check_org(actor, org_name)
    objects = _objects(request)
    row = find_pin(objects, actor, object_type, object_id, environment)
    return objects.delete(actor, "environment_object", row["id"])


def _objects(request: Request) -> ObjectService:
    return request.app.state.services.objects
