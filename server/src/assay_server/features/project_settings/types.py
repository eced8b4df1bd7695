"""Bodies of the routes of what is set up in a project."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from assay_server.engines.stats.aggregate import AGGREGATIONS, usable_weights
from assay_server.features.datasets.service import slug
from assay_server.features.project_settings.automation import (
    AutomationConfig,
    Filter,
    Part,
    Rate,
    Retention,
    SavedFunction,
    Scope,
)
from assay_server.http.models import JsonObject, Name, Wire
from assay_server.http.objects import OrgFields, ProjectFilters

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


def check_parts(score_type: str | None, categories: Categories | None, name: str | None) -> None:
    """Raise ValueError for an aggregate that could never be computed; one without parts yet may be stored."""
    if score_type not in AGGREGATIONS or not categories:
        return
    names = list(categories) if isinstance(categories, dict) else categories
    if not all(isinstance(one, str) for one in names):
        raise ValueError("takes the scores it is made of as categories: weights by name, or names")
    if name in names:
        raise ValueError(f"cannot be made of itself: take {name!r} out of its categories")
    if isinstance(categories, dict) and not usable_weights(categories):
        raise ValueError("takes weights of 0 or more, one of them above 0")


class ScoreFields(Described):
    """What a score is."""

    categories: Categories | None = None
    config: ScoreConfig | None = None
    position: str | None = None


class ScoreCreate(ScoreFields, NewInProject):
    """A score to create, or to find by its name in the project.

    Of `weighted`, `minimum` and `maximum` the `categories` are the scores they are made of: weights by name, or names.
    """

    score_type: ScoreType

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        check_parts(self.score_type, self.categories, self.name)
        return self


class ScorePatch(ScoreFields):
    """Fields to change; `categories` and `config` are replaced."""

    name: Name | None = None
    score_type: ScoreType | None = None

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        check_parts(self.score_type, self.categories, self.name)
        return self


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


class OrgAutomationCreate(Described, OrgFields):
    """An automation of the organization to store: how long rows are kept. Nothing is deleted by this version."""

    name: Name
    config: Retention


class OrgAutomationPatch(Described):
    """Fields to change; `config` is replaced."""

    name: Name | None = None
    config: Retention | None = None


class OrgAutomation(BaseModel):
    """What an organization is to do by itself."""

    id: str
    org_id: str
    user_id: str | None = None
    created: str
    name: str
    description: str | None = None
    config: dict[str, Any]


# -- agents ------------------------------------------------------------------------------------------------


class AgentFields(Described):
    """What an agent is."""

    slug: Name | None = None
    kind: Name | None = None
    metadata: JsonObject | None = None


class AgentCreate(AgentFields, NewInProject):
    """An agent to create, or to find by its name in the project; its slug is made of the name unless given."""

    @model_validator(mode="after")
    def _fill_slug(self) -> Self:
        self.slug = self.slug or slug(self.name, otherwise="agent")
        return self


class AgentPatch(AgentFields):
    """Fields to change; null clears, `metadata` merges key by key."""

    name: Name | None = None


class AgentFilters(ProjectFilters):
    """Query parameters of a list of agents."""

    slug: str | None = None


class Agent(InProject):
    """A program whose traces are in the project."""

    slug: str
    kind: str | None = None
    metadata: dict[str, Any] | None = None
    deleted_at: str | None = None


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
