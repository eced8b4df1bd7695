"""Routes of datasets as objects; their rows go through the log routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from assay_server.engines.records import Page
from assay_server.errors import NotFound
from assay_server.features.datasets.service import create_dataset, slug
from assay_server.features.datasets.types import (
    Dataset,
    DatasetCreate,
    DatasetGet,
    DatasetList,
    DatasetPatch,
    DatasetRegister,
    RegisteredDataset,
)
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.models import found_existing
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

router = APIRouter(tags=["datasets"], route_class=ObjectRoute)


@router.post("/v1/dataset", response_model=Dataset)
def create(request: Request, response: Response, actor: CurrentActor, body: DatasetCreate) -> Any:
    """Create a dataset, or return the one of that name unchanged (header `x-bt-found-existing: true`)."""
    row, found = create_dataset(_objects(request), actor, body.project_id, body.name, body)
    return found_existing(response, row, found)


@router.put("/v1/dataset", response_model=Dataset)
def replace(request: Request, response: Response, actor: CurrentActor, body: DatasetCreate) -> Any:
    """Create a dataset, or set description, metadata and tags of the one of that name."""
    row, found = create_dataset(_objects(request), actor, body.project_id, body.name, body, replace=True)
    return found_existing(response, row, found)


@router.get("/v1/dataset", response_model=DatasetList)
def list_datasets(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    ids: Ids = None,
    org_name: str | None = None,
    project_id: str | None = None,
    project_name: str | None = None,
    dataset_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Datasets of the organisation or of one project, newest first."""
    check_org(actor, org_name)
    filters = {
        "project_id": project_id or None,
        "project_name": project_name or None,
        "name": dataset_name or name or None,
    }
    return {"objects": _objects(request).list(actor, "dataset", page, filters=filters, ids=ids)}


@router.get("/v1/dataset/{dataset_id}", response_model=Dataset)
def get(request: Request, actor: CurrentActor, dataset_id: str) -> Any:
    """One dataset by id."""
    return _objects(request).get(actor, "dataset", dataset_id)


@router.patch("/v1/dataset/{dataset_id}", response_model=Dataset)
def change(request: Request, actor: CurrentActor, dataset_id: str, body: DatasetPatch) -> Any:
    """Change the fields that are sent."""
    changes = body.changes()
    if "name" in changes:
        changes["url_slug"] = slug(changes["name"])
    return _objects(request).update(actor, "dataset", dataset_id, changes)


@router.delete("/v1/dataset/{dataset_id}", response_model=Dataset)
def delete(request: Request, actor: CurrentActor, dataset_id: str) -> Any:
    """Delete a dataset; its rows become unreadable and its name is free again."""
    return _objects(request).delete(actor, "dataset", dataset_id)


@router.post("/api/dataset/register", response_model=RegisteredDataset)
def register(request: Request, actor: CurrentActor, body: DatasetRegister) -> Any:
    """Find a dataset by project and name, or create what is missing of both."""
    check_org(actor, body.org_name, body.org_id)
    objects = _objects(request)
    project = objects.project(actor, body.project_id, body.project_name, create=True)
    row, found = create_dataset(objects, actor, project["id"], body.dataset_name, body)
    return {"project": project, "dataset": row, "found_existing": found}


@router.post("/api/dataset/get", response_model=list[Dataset])
def find(request: Request, actor: CurrentActor, body: DatasetGet) -> Any:
    """The dataset with an id, or of a project and name, as a list; empty when there is none."""
    check_org(actor, body.org_name, body.org_id)
    objects = _objects(request)
    try:
        if body.id:
            return [objects.get(actor, "dataset", body.id)]
        project = objects.project(actor, body.project_id, body.project_name)
    except NotFound:
        return []
    filters = {"project_id": project["id"], "name": body.dataset_name}
    return objects.list(actor, "dataset", Page(), filters=filters)


def _objects(request: Request) -> ObjectService:
    return request.app.state.services.objects
