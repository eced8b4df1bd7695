"""Bodies of the routes of what is set up in a project."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from assay_server.features.project_settings.automation import (
    AutomationConfig,
    Filter,
    Part,
    Rate,
    SavedFunction,
    Scope,
)
from assay_server.http.models import JsonObject, Name, Wire
from assay_server.http.objects import Filters, OrgFields, ProjectFilters

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8192)]


class Described(Wire):
    """Something in a project with a description."""

    description: str | None = None


class NewInProject(OrgFields):
    """Something to create in a project."""

    project_id: str
    name: Name


class InProject(BaseModel):
    """Something in a project."""

    id: str
    project_id: str
    user_id: str | None = None
    created: str
    name: str
    description: str | None = None


# -- scores ------------------------------------------------------------------------------------------------

ScoreType = Literal["slider", "categorical", "weighted", "minimum", "maximum", "online", "free-form"]


class Category(Part):
    """A choice, and the score it stands for."""

    name: str
    value: Rate


class OnlineScoring(Part):
    """Which rows are scored while they arrive, and by what."""

    sampling_rate: Rate
    scorers: list[SavedFunction]
    btql_filter: Filter | None = None
    apply_to_root_span: bool | None = None
    apply_to_span_names: list[str] | None = None
    skip_logging: bool | None = None
    scope: Scope | None = None
    status: Literal["active", "paused"] | None = None


class ScoreConfig(Part):
    """How a score is given: by people, or while rows arrive; and how comparisons read it.

    `direction` is which way is good (higher unless said), `margin` the difference that does not matter yet.
    """

    multi_select: bool | None = None
    destination: str | None = None
    online: OnlineScoring | None = None
    direction: Literal["higher", "lower"] | None = None
    margin: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


Categories = list[Category] | dict[str, int | float] | list[str]


class ScoreFields(Described):
    """What a score is."""

    categories: Categories | None = None
    config: ScoreConfig | None = None
    position: str | None = None


class ScoreCreate(ScoreFields, NewInProject):
    """A score to create, or to find by its name in the project."""

    score_type: ScoreType


class ScorePatch(ScoreFields):
    """Fields to change; `categories` and `config` are replaced."""

    name: Name | None = None
    score_type: ScoreType | None = None


class ScoreFilters(ProjectFilters):
    """Query parameters of a list of scores."""

    score_type: list[ScoreType] | None = None
    project_score_type: list[ScoreType] | None = None

    def columns(self, kind: str) -> dict[str, Any]:
        """`project_score_type` is another word for `score_type`."""
        columns = super().columns(kind)
        other = columns.pop("project_score_type")
        return {**columns, "score_type": columns["score_type"] or other}


class ProjectScore(InProject):
    """A score people or functions give to rows of a project."""

    score_type: ScoreType
    categories: Any = None
    config: dict[str, Any] | None = None
    position: str | None = None


# -- tags --------------------------------------------------------------------------------------------------


class TagFields(Described):
    """What a tag looks like."""

    color: str | None = None
    position: str | None = None


class TagCreate(TagFields, NewInProject):
    """A tag to create, or to find by its name in the project."""


class TagPatch(TagFields):
    """Fields to change; null clears."""

    name: Name | None = None


class ProjectTag(InProject):
    """A tag that rows of a project may have."""

    color: str | None = None
    position: str | None = None


# -- automations -------------------------------------------------------------------------------------------


class AutomationCreate(Described, NewInProject):
    """An automation to store; it is checked, and not run by this version."""

    config: AutomationConfig


class AutomationPatch(Described):
    """Fields to change; `config` is replaced."""

    name: Name | None = None
    config: AutomationConfig | None = None


class ProjectAutomation(InProject):
    """What a project is to do by itself."""

    config: dict[str, Any]


class AutomationRegister(Described):
    """An automation to create; `update` changes one that has the name."""

    project_id: str
    project_automation_name: Name
    config: AutomationConfig
    update: bool | None = None


class RegisteredAutomation(BaseModel):
    """An automation, and whether it was there before."""

    project_automation: ProjectAutomation
    found_existing: bool


class AutomationChange(AutomationPatch):
    """Fields of an automation to change, by its id."""

    id: str


# -- frames and tool servers -------------------------------------------------------------------------------


class FrameFields(Described):
    """Whether a frame is sent the span it shows."""

    post_message: bool | None = None


class FrameCreate(FrameFields, NewInProject):
    """A frame to create, or to find by its name in the project."""

    url: Url


class FramePatch(FrameFields):
    """Fields to change; null clears."""

    name: Name | None = None
    url: Url | None = None


class SpanIframe(InProject):
    """A page that shows a span in its own way."""

    url: str
    post_message: bool | None = None
    deleted_at: str | None = None


class McpServerCreate(Described, NewInProject):
    """A server of tools to create, or to find by its name in the project."""

    url: Url


class McpServerPatch(Described):
    """Fields to change; null clears."""

    name: Name | None = None
    url: Url | None = None


class McpServer(InProject):
    """A server of tools that speaks the Model Context Protocol."""

    url: str
    deleted_at: str | None = None


# -- views and variables -----------------------------------------------------------------------------------

ViewTarget = Literal[
    "organization", "project", "experiment", "dataset", "prompt", "prompt_session", "group", "role",
    "org_member", "project_log", "org_project",
]  # fmt: skip
ViewType = Literal[
    "projects", "experiments", "experiment", "playgrounds", "playground", "datasets", "dataset", "prompts",
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
    """Query parameters of a list of variables: those of one object, or of the organisation."""

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
