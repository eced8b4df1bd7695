"""Bodies of the prompt and function routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from assay_server.http.models import Created, JsonObject, Name, Version, Wire
from assay_server.http.objects import OrgFields, ProjectFilters

FunctionType = Literal[
    "llm", "scorer", "task", "tool", "custom_view", "preprocessor", "facet", "classifier", "tag",
    "parameters", "sandbox",
]  # fmt: skip
DATA_TYPES = (
    "prompt", "code", "global", "remote_eval", "graph", "parameters", "facet", "batched_facet", "topic_map",
    "simulation",
)  # fmt: skip


def _check_data(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("type") not in DATA_TYPES:
        raise ValueError(f"needs a type, one of {', '.join(DATA_TYPES)}")
    return data


FunctionData = Annotated[JsonObject, AfterValidator(_check_data)]
"""What a function is made of; `type` says how to read the rest."""


class PromptFields(Wire):
    """What a prompt says and how it is run."""

    description: str | None = None
    prompt_data: JsonObject | None = None
    function_type: FunctionType | None = None
    tags: list[str] | None = None
    metadata: JsonObject | None = None


class PromptCreate(PromptFields, OrgFields):
    """A prompt to create, or to find by its slug in the project."""

    project_id: str
    name: Name
    slug: Name
    created: Created | None = None


class PromptPatch(PromptFields):
    """Fields to change in a new version."""

    name: Name | None = None
    slug: Name | None = None


class FunctionFields(PromptFields):
    """What a function is made of, takes and returns."""

    function_schema: JsonObject | None = None
    origin: JsonObject | None = None


class FunctionCreate(FunctionFields, OrgFields):
    """A function to create, or to find by its slug in the project."""

    project_id: str
    name: Name
    slug: Name
    function_data: FunctionData
    created: Created | None = None


class FunctionPatch(FunctionFields):
    """Fields to change in a new version."""

    name: Name | None = None
    slug: Name | None = None
    function_data: FunctionData | None = None


class FunctionInsert(FunctionCreate):
    """One function of a batch; `if_exists` says what to do when the slug is taken."""

    if_exists: Literal["error", "replace", "ignore"] | None = None


class FunctionInserts(Wire):
    """Functions to write in one transaction."""

    functions: list[FunctionInsert] = Field(max_length=10_000)


class VersionChoice(Wire):
    """Which version to read; the newest unless told. `version` goes before `environment`."""

    version: Version | None = None
    environment: str | None = None


class PromptFilters(ProjectFilters, VersionChoice):
    """Query parameters of a list of prompts."""

    slug: str | None = None


class FunctionFilters(PromptFilters):
    """Query parameters of a list of functions."""

    function_type: FunctionType | None = None


class Prompt(BaseModel):
    """One version of a prompt; `user_id` is whoever saved it, null where that is not known."""

    id: str
    xact_id: str = Field(alias="_xact_id")
    project_id: str
    org_id: str
    log_id: Literal["p"] = "p"
    name: str
    slug: str
    description: str | None = None
    created: str
    user_id: str | None = None
    prompt_data: dict[str, Any] | None = None
    function_type: str | None = None
    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None


class Function(Prompt):
    """One version of a function; a prompt is one, too."""

    function_data: dict[str, Any]
    function_schema: dict[str, Any] | None = None
    origin: dict[str, Any] | None = None


class InsertedFunction(BaseModel):
    """What became of one function of a batch."""

    id: str
    slug: str
    project_id: str
    found_existing: bool


class InsertedFunctions(BaseModel):
    """What became of a batch, in the order it was sent; `ignored_entries` were there and left as they are."""

    status: Literal["success"] = "success"
    xact_id: str
    functions: list[InsertedFunction]
    ignored_count: int
    ignored_entries: list[InsertedFunction]
