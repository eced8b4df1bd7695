"""Bodies of the project routes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from assay_server.http.models import Created, JsonObject, Name, Wire


class ProjectCreate(Wire):
    """A project to create, or to find by its name."""

    name: Name
    org_name: str | None = None
    org_id: str | None = None
    description: str | None = None
    settings: JsonObject | None = None
    created: Created | None = None
    project_group_name: str | None = None


class ProjectPatch(Wire):
    """Fields to change; null clears, `settings` merges key by key."""

    name: Name | None = None
    description: str | None = None
    settings: JsonObject | None = None


class ProjectRegister(Wire):
    """A project by name, created when it is new."""

    project_name: Name
    org_id: str | None = None
    org_name: str | None = None


class ProjectGet(Wire):
    """Which project to get."""

    id: str | None = None
    name: str | None = None
    org_id: str | None = None
    org_name: str | None = None


class Project(BaseModel):
    """A project: the home of logs, experiments and datasets."""

    id: str
    org_id: str
    name: str
    description: str | None = None
    created: str
    deleted_at: str | None = None
    user_id: str | None = None
    settings: dict[str, Any] | None = None


class RegisteredProject(BaseModel):
    """A project, and whether it was there before."""

    project: Project
    found_existing: bool


class ObjectInfoRequest(Wire):
    """Objects of one type to name."""

    object_type: str
    object_ids: list[str]


class ObjectInfo(BaseModel):
    """Name of an object and of what it belongs to."""

    object_id: str
    object_name: str
    parent_cols: dict[str, dict[str, str]]
