"""Bodies of the dataset routes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from assay_server.features.projects.service import Project
from assay_server.http.models import Created, JsonObject, Name, Wire


class DatasetFields(Wire):
    """What a dataset says about itself."""

    description: str | None = None
    metadata: JsonObject | None = None
    tags: list[str] | None = None


class DatasetCreate(DatasetFields):
    """A dataset to create, or to find by its name in the project."""

    project_id: str
    name: Name
    created: Created | None = None


class DatasetPatch(DatasetFields):
    """Fields to change; null clears, `metadata` merges key by key."""

    name: Name | None = None


class DatasetRegister(DatasetFields):
    """A dataset by project and name, both created when they are new."""

    project_id: str | None = None
    project_name: Name | None = None
    org_id: str | None = None
    org_name: str | None = None
    dataset_name: Name


class DatasetGet(Wire):
    """Which dataset to get: its id, or its project and name."""

    id: str | None = None
    project_id: str | None = None
    project_name: str | None = None
    org_id: str | None = None
    org_name: str | None = None
    dataset_name: str | None = None


class Dataset(BaseModel):
    """A named collection of rows, of which every version stays readable."""

    id: str
    project_id: str
    name: str
    url_slug: str
    description: str | None = None
    created: str
    deleted_at: str | None = None
    user_id: str | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None


class RegisteredDataset(BaseModel):
    """A dataset and its project."""

    project: Project
    dataset: Dataset
    found_existing: bool
