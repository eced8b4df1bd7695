"""Routes of datasets as objects; their rows go through the log routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from assay_server.engines.records import Page
from assay_server.errors import NotFound
from assay_server.features.datasets.service import DatasetStore
from assay_server.features.datasets.types import (
    Dataset,
    DatasetCreate,
    DatasetFields,
    DatasetGet,
    DatasetPatch,
    DatasetRegister,
    RegisteredDataset,
)
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.objects import ObjectRoutes, object_router

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

router = object_router(
    "datasets",
    ObjectRoutes(
        kind="dataset",
        one=Dataset,
        create=DatasetCreate,
        patch=DatasetPatch,
        store=lambda services: DatasetStore(services.objects),
    ),
)


@router.post("/api/dataset/register", response_model=RegisteredDataset)
def register(request: Request, actor: CurrentActor, body: DatasetRegister) -> Any:
    """Find a dataset by project and name, or create what is missing of both."""
    check_org(actor, body.org_name, body.org_id)
    objects = _objects(request)
    project = objects.project(actor, body.project_id, body.project_name, create=True)
    values = {**body.model_dump(include=set(DatasetFields.model_fields)), "name": body.dataset_name}
    row, found = DatasetStore(objects).create(actor, "dataset", {**values, "project_id": project["id"]})
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
