"""Routes of dataset snapshots, and of going back to a version."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query
from starlette.requests import Request

from assay_server.engines.authz import Actor, ObjectRef
from assay_server.engines.records import Page
from assay_server.engines.versions import parse_version
from assay_server.features.snapshots.service import (
    KIND,
    SnapshotStore,
    difference,
    register_snapshot,
    restore,
)
from assay_server.features.snapshots.types import (
    RegisteredSnapshot,
    Restored,
    RestorePreview,
    RestoreRequest,
    Snapshot,
    SnapshotChange,
    SnapshotCreate,
    SnapshotDelete,
    SnapshotFilters,
    SnapshotGet,
    SnapshotPatch,
    SnapshotRegister,
)
from assay_server.http.auth import CurrentActor
from assay_server.http.objects import ObjectRoutes, object_router

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService
    from assay_server.services import Services

router = object_router(
    "dataset snapshots",
    ObjectRoutes(
        kind=KIND,
        one=Snapshot,
        create=SnapshotCreate,
        patch=SnapshotPatch,
        filters=SnapshotFilters,
        store=lambda services: SnapshotStore(services.objects),
    ),
)


@router.post("/api/dataset_snapshot/register", response_model=RegisteredSnapshot)
def register(request: Request, actor: CurrentActor, body: SnapshotRegister) -> Any:
    """Name a version of a dataset; a name that has another version is refused unless `update` moves it."""
    values = {
        "dataset_id": body.dataset_id,
        "name": body.dataset_snapshot_name,
        "description": body.description,
        "xact_id": body.xact_id,
    }
    row, found = register_snapshot(_objects(request), actor, values, update=bool(body.update))
    return {"dataset_snapshot": row, "found_existing": found}


@router.post("/api/dataset_snapshot/get", response_model=list[Snapshot])
def find(request: Request, actor: CurrentActor, body: SnapshotGet) -> Any:
    """Snapshots of a dataset, newest first; `cursor` is the id of the last one of the page before."""
    filters = {
        "dataset_id": body.dataset_id,
        "name": body.name,
        "xact_id": str(parse_version(body.xact_id)) if body.xact_id else None,
    }
    page = Page(body.limit or 1000, starting_after=body.cursor)
    return _objects(request).list(actor, KIND, page, filters=filters, ids=[body.id] if body.id else None)


@router.get("/api/dataset_snapshot/get", response_model=list[Snapshot])
def find_by_query(request: Request, actor: CurrentActor, query: Annotated[SnapshotGet, Query()]) -> Any:
    """The same with the fields of the body as query parameters."""
    return find(request, actor, query)


@router.post("/api/dataset_snapshot/patch_id", response_model=Snapshot)
def change(request: Request, actor: CurrentActor, body: SnapshotChange) -> Any:
    """Change the name or the description of a snapshot."""
    changes = {name: value for name, value in body.changes().items() if name != "id"}
    return _objects(request).update(actor, KIND, body.id, changes)


@router.post("/api/dataset_snapshot/delete_id", response_model=Snapshot)
def delete(request: Request, actor: CurrentActor, body: SnapshotDelete) -> Any:
    """Delete a snapshot; the rows of its version stay readable by the version."""
    return _objects(request).delete(actor, KIND, body.id)


@router.post("/v1/dataset/{dataset_id}/restore/preview", response_model=RestorePreview)
async def preview_restore(
    request: Request, actor: CurrentActor, dataset_id: str, body: RestoreRequest
) -> Any:
    """How many rows going back to a version would write again and delete."""
    ref = await _dataset(request, actor, dataset_id)
    found = await difference(request.app.state.services, ref, parse_version(body.version))
    return {"rows_to_restore": len(found.restore), "rows_to_delete": len(found.delete)}


@router.post("/v1/dataset/{dataset_id}/restore", response_model=Restored)
async def restore_version(
    request: Request, actor: CurrentActor, dataset_id: str, body: RestoreRequest
) -> Any:
    """Go back to a version in a new one; no version is lost."""
    ref = await _dataset(request, actor, dataset_id, write=True)
    services = request.app.state.services
    xact, found = await restore(services, actor, ref, parse_version(body.version))
    return {
        "xact_id": str(xact) if xact is not None else None,
        "rows_restored": len(found.restore),
        "rows_deleted": len(found.delete),
    }


async def _dataset(request: Request, actor: Actor, dataset_id: str, *, write: bool = False) -> ObjectRef:
    services: Services = request.app.state.services
    action = "update" if write else "read"
    return await asyncio.to_thread(services.objects.resolve, actor, "dataset", dataset_id, action=action)


def _objects(request: Request) -> ObjectService:
    return request.app.state.services.objects
