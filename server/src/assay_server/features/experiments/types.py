"""Bodies of the experiment routes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from assay_server.features.projects.service import Project
from assay_server.http.models import Created, JsonObject, Name, Version, Wire
from assay_server.http.objects import ProjectFilters


class Progress(Wire):
    """What a runner says of its run: how many traces there will be (cases times trials) when that is known, and
    whether it has ended.

    `failed`: the source of cases or the runner broke; `interrupted`: it was told to stop before the end.
    """

    planned: int | None = Field(None, ge=0, le=2**53)
    state: Literal["running", "finished", "failed", "interrupted"] = "running"


class ExperimentFields(Wire):
    """What an experiment says about itself: where its code and its data came from."""

    description: str | None = None
    repo_info: JsonObject | None = None
    base_exp_id: str | None = None
    dataset_id: str | None = None
    dataset_version: Version | None = None
    parameters_id: str | None = None
    parameters_version: Version | None = None
    public: bool | None = None
    metadata: JsonObject | None = None
    tags: list[str] | None = None
    internal_metadata: JsonObject | None = None
    progress: Progress | None = None


class ExperimentCreate(ExperimentFields):
    """An experiment to create.

    Without a name one is made from the git branch and the time. `ensure_new` adds a suffix to a taken name;
    otherwise the experiment of that name is returned. `ancestor_commits` finds a baseline when none is named.
    """

    project_id: str
    name: Name | None = None
    ensure_new: bool | None = None
    ancestor_commits: list[str] | None = None
    created: Created | None = None


class ExperimentPatch(ExperimentFields):
    """Fields to change; null clears, objects merge key by key, except `progress`, which is replaced."""

    name: Name | None = None
    archived: bool | None = None


class ExperimentFilters(ProjectFilters):
    """Query parameters of a list of experiments; `archived` asks for those put away, or for the others only."""

    archived: bool | None = None


class ExperimentRegister(ExperimentFields):
    """An experiment by project and name; `update` returns an existing one instead of adding a suffix."""

    project_id: str | None = None
    project_name: Name | None = None
    org_id: str | None = None
    org_name: str | None = None
    experiment_name: Name | None = None
    update: bool | None = None
    base_experiment: str | None = None
    ancestor_commits: list[str] | None = None


class ExperimentGet(Wire):
    """Which experiment to get."""

    project_id: str | None = None
    project_name: str | None = None
    org_id: str | None = None
    org_name: str | None = None
    experiment_name: str


class BaseExperimentGet(Wire):
    """Whose baseline to get."""

    id: str


class BaseExperiment(BaseModel):
    """The baseline of an experiment."""

    base_exp_id: str
    base_exp_name: str


class Experiment(BaseModel):
    """One run of an evaluation; its cases live in the span store."""

    id: str
    project_id: str
    name: str
    description: str | None = None
    created: str
    repo_info: dict[str, Any] | None = None
    commit: str | None = None
    base_exp_id: str | None = None
    dataset_id: str | None = None
    dataset_version: str | None = None
    parameters_id: str | None = None
    parameters_version: str | None = None
    public: bool
    user_id: str | None = None
    metadata: dict[str, Any] | None = None
    tags: list[str] | None = None
    deleted_at: str | None = None
    internal_metadata: dict[str, Any] | None = None
    archived: bool
    progress: dict[str, Any] | None = None


class RegisteredExperiment(BaseModel):
    """An experiment and its project."""

    project: Project
    experiment: Experiment
