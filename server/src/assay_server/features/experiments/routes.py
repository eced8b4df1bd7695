"""Routes of experiments as objects; verdicts are in `verdict_routes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from assay_server.engines.records import Page
from assay_server.errors import BadRequest, NotFound
from assay_server.features.experiments.service import (
    Wanted,
    check_base,
    commit_of,
    create_experiment,
)
from assay_server.features.experiments.types import (
    BaseExperiment,
    BaseExperimentGet,
    Experiment,
    ExperimentCreate,
    ExperimentGet,
    ExperimentList,
    ExperimentPatch,
    ExperimentRegister,
    RegisteredExperiment,
)
from assay_server.features.experiments.verdicts import find as find_with_baseline
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.limits import ObjectRoute
from assay_server.http.models import found_existing
from assay_server.http.pagination import Ids, PageQuery

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService
    from assay_server.services import Services

router = APIRouter(tags=["experiments"], route_class=ObjectRoute)


@router.post("/v1/experiment", response_model=Experiment)
def create(request: Request, response: Response, actor: CurrentActor, body: ExperimentCreate) -> Any:
    """Create an experiment.

    A taken name returns the experiment that has it (header `x-bt-found-existing: true`), or with `ensure_new`
    gets a suffix.
    """
    row, found = create_experiment(_objects(request), actor, _wanted(body))
    return found_existing(response, row, found)


@router.put("/v1/experiment", response_model=Experiment)
def replace(request: Request, response: Response, actor: CurrentActor, body: ExperimentCreate) -> Any:
    """Create an experiment, or set every field of the one of that name."""
    row, found = create_experiment(_objects(request), actor, _wanted(body, replace=True))
    return found_existing(response, row, found)


@router.get("/v1/experiment", response_model=ExperimentList)
def list_experiments(
    request: Request,
    actor: CurrentActor,
    page: PageQuery,
    ids: Ids = None,
    org_name: str | None = None,
    project_id: str | None = None,
    project_name: str | None = None,
    experiment_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Experiments of the organisation or of one project, newest first."""
    check_org(actor, org_name)
    filters = {
        "project_id": project_id or None,
        "project_name": project_name or None,
        "name": experiment_name or name or None,
    }
    return {"objects": _objects(request).list(actor, "experiment", page, filters=filters, ids=ids)}


@router.get("/v1/experiment/{experiment_id}", response_model=Experiment)
def get(request: Request, actor: CurrentActor, experiment_id: str) -> Any:
    """One experiment by id."""
    return _objects(request).get(actor, "experiment", experiment_id)


@router.patch("/v1/experiment/{experiment_id}", response_model=Experiment)
def change(request: Request, actor: CurrentActor, experiment_id: str, body: ExperimentPatch) -> Any:
    """Change the fields that are sent."""
    objects, changes = _objects(request), body.changes()
    if changes.get("base_exp_id"):
        check_base(objects, actor, changes["base_exp_id"])
    if changes.get("dataset_id"):
        changes["dataset_id"] = objects.get(actor, "dataset", changes["dataset_id"])["id"]
    if "repo_info" in changes:
        changes["commit"] = commit_of(changes["repo_info"])
    if "public" in changes:
        changes["public"] = bool(changes["public"])
    return objects.update(actor, "experiment", experiment_id, changes)


@router.delete("/v1/experiment/{experiment_id}", response_model=Experiment)
def delete(request: Request, actor: CurrentActor, experiment_id: str) -> Any:
    """Delete an experiment; its rows become unreadable and its name is free again."""
    return _objects(request).delete(actor, "experiment", experiment_id)


@router.post("/api/experiment/register", response_model=RegisteredExperiment)
def register(request: Request, actor: CurrentActor, body: ExperimentRegister) -> Any:
    """Create an experiment in a project that is created when it is new; `update` finds an existing one."""
    check_org(actor, body.org_name, body.org_id)
    objects = _objects(request)
    project = objects.project(actor, body.project_id, body.project_name, create=True)
    wanted = Wanted(
        project_id=project["id"],
        name=body.experiment_name,
        fields=body,
        ensure_new=not body.update,
        base_name=body.base_experiment,
        ancestor_commits=body.ancestor_commits or (),
    )
    return {"project": project, "experiment": create_experiment(objects, actor, wanted)[0]}


@router.post("/api/experiment/get", response_model=list[Experiment])
def find(request: Request, actor: CurrentActor, body: ExperimentGet) -> Any:
    """The experiment of a project and name as a list; empty when there is none."""
    check_org(actor, body.org_name, body.org_id)
    objects = _objects(request)
    try:
        project = objects.project(actor, body.project_id, body.project_name)
    except NotFound:
        return []
    filters = {"project_id": project["id"], "name": body.experiment_name}
    return objects.list(actor, "experiment", Page(), filters=filters)


@router.post("/api/base_experiment/get_id", response_model=BaseExperiment)
async def base_experiment(request: Request, actor: CurrentActor, body: BaseExperimentGet) -> Any:
    """The baseline an experiment is compared with: the stored one, the project's, or the newest earlier one.

    400 `no_base_experiment` when there is none.
    """
    services: Services = request.app.state.services
    found, base = await find_with_baseline(services, actor, body.id)
    if base is None:
        raise BadRequest(f"Experiment {found.ref.name!r} has no base experiment.", code="no_base_experiment")
    return {"base_exp_id": base.ref.object_id, "base_exp_name": base.ref.name}


def _wanted(body: ExperimentCreate, *, replace: bool = False) -> Wanted:
    return Wanted(
        project_id=body.project_id,
        name=body.name,
        fields=body,
        ensure_new=bool(body.ensure_new) and not replace,
        replace=replace,
        ancestor_commits=body.ancestor_commits or (),
    )


def _objects(request: Request) -> ObjectService:
    return request.app.state.services.objects
