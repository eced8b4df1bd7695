"""Bodies of the routes of what is attached to any object: views and variables."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from assay_server.features.project_settings.types import Described
from assay_server.http.models import JsonObject, Name, Wire
from assay_server.http.objects import Filters

ViewTarget = Literal[
    "organization", "project", "experiment", "dataset", "prompt", "prompt_session", "group", "role",
    "org_member", "project_log", "org_project",
]  # fmt: skip
ViewType = Literal[
    "projects", "experiments", "experiment", "playgrounds", "playground", "datasets", "dataset", "prompts", "sql",
    "parameters", "tools", "scorers", "classifiers", "logs", "monitor", "for_review_project_log",
    "for_review_experiments", "for_review_datasets",
]  # fmt: skip


class ViewFields(Described):
    """What a view shows, and how."""

    view_data: JsonObject | None = None
    options: JsonObject | None = None
    starred: bool | None = None


class ViewCreate(ViewFields):
    """A view to create, or to find by its name among those of the object."""

    object_type: ViewTarget
    object_id: str
    view_type: ViewType
    name: Name


class ViewPatch(ViewFields):
    """Fields to change; `view_data` and `options` are replaced."""

    name: Name | None = None
    view_type: ViewType | None = None


class ViewFilters(Filters):
    """Query parameters of a list of views."""

    object_type: ViewTarget | None = None
    object_id: str | None = None
    view_type: ViewType | None = None


class View(BaseModel):
    """A kept selection of rows or objects."""

    id: str
    object_type: str
    object_id: str
    view_type: str
    name: str
    description: str | None = None
    view_data: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    starred: bool | None = None
    user_id: str | None = None
    created: str
    deleted_at: str | None = None


class ViewDefault(BaseModel):
    """What the caller opens a page of a project with: a view, or with null what is built in.

    `chosen` is false for who has made no choice and follows the project.
    """

    project_id: str
    view_type: ViewType
    view_id: str | None = None
    chosen: bool


class ViewDefaultChoice(Wire):
    """The view the caller wants to open a page of a project with; null: what is built in."""

    project_id: str
    view_type: ViewType
    view_id: str | None = None


VariableTarget = Literal["organization", "project", "function", "mcp_server"]
SecretCategory = Literal["env_var", "ai_provider", "sandbox_provider", "automation_integration"]


class VariableFields(Wire):
    """A value that is kept encrypted and never returned."""

    value: str | None = Field(None, max_length=65_536)
    secret_type: str | None = None
    secret_category: SecretCategory | None = None
    metadata: JsonObject | None = None


class VariableCreate(VariableFields):
    """A variable to create, or to find by its name among those of the object."""

    object_type: VariableTarget
    object_id: str
    name: Name


class VariablePatch(VariableFields):
    """Fields to change; null clears."""

    name: Name | None = None


class VariableFilters(Filters):
    """Query parameters of a list of variables: those of one object, or of the organization."""

    object_type: VariableTarget | None = None
    object_id: str | None = None


class EnvVar(BaseModel):
    """An environment variable without its value; `used` is when it was last read."""

    id: str
    object_type: str
    object_id: str
    name: str
    created: str
    used: str | None = None
    preview_secret: str | None = None
    secret_type: str | None = None
    secret_category: str | None = None
    metadata: dict[str, Any] | None = None
