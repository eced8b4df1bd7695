"""Bodies of the snapshot and restore routes."""

from __future__ import annotations

from pydantic import BaseModel, Field

from assay_server.http.models import Created, Name, Version, Wire
from assay_server.http.objects import ProjectFilters


class SnapshotCreate(Wire):
    """A version of a dataset to name."""

    dataset_id: str
    name: Name
    description: str | None = None
    xact_id: Version
    created: Created | None = None


class SnapshotPatch(Wire):
    """Fields to change; null clears."""

    name: Name | None = None
    description: str | None = None


class SnapshotFilters(ProjectFilters):
    """Query parameters of a list of snapshots."""

    dataset_id: str | None = None
    xact_id: str | None = None


class Snapshot(BaseModel):
    """A named version of a dataset."""

    id: str
    dataset_id: str
    name: str
    description: str | None = None
    xact_id: str
    created: str | None = None


class SnapshotRegister(Wire):
    """A version of a dataset to name; `update` moves a taken name to it."""

    dataset_id: str
    dataset_snapshot_name: Name
    description: str | None = None
    xact_id: Version
    update: bool | None = None


class RegisteredSnapshot(BaseModel):
    """A snapshot, and whether it was there before."""

    dataset_snapshot: Snapshot
    found_existing: bool


class SnapshotGet(Wire):
    """Which snapshots of a dataset to get."""

    dataset_id: str | None = None
    id: str | None = None
    name: str | None = None
    xact_id: Version | None = None
    limit: int | None = Field(None, ge=1, le=1000)
    cursor: str | None = None


class SnapshotChange(SnapshotPatch):
    """Fields of a snapshot to change, by its id."""

    id: str


class SnapshotDelete(Wire):
    """Which snapshot to delete."""

    id: str


class RestoreRequest(Wire):
    """The version to go back to."""

    version: Version


class RestorePreview(BaseModel):
    """What going back would do."""

    rows_to_restore: int
    rows_to_delete: int


class Restored(BaseModel):
    """What going back did; no transaction when there was nothing to do."""

    xact_id: str | None
    rows_restored: int
    rows_deleted: int
