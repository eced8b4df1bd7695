"""Routes of experiments as objects; verdicts are in `verdict_routes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from assay_server.engines.records import Page
from assay_server.errors import BadRequest, NotFound
from assay_server.features.experiments.service import ExperimentStore, Wanted, create_experiment
from assay_server.features.experiments.types import (
    BaseExperiment,
    BaseExperimentGet,
    Experiment,
    ExperimentCreate,
    ExperimentFilters,
    ExperimentGet,
    ExperimentPatch,
    ExperimentRegister,
    RegisteredExperiment,
)
from assay_server.features.experiments.verdicts import find as find_with_baseline
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.objects import ObjectRoutes, object_router

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService
    from assay_server.services import Services

router = object_router(
    "experiments",
    ObjectRoutes(
        kind="experiment",
        one=Experiment,
        create=ExperimentCreate,
        patch=ExperimentPatch,
        filters=ExperimentFilters,
        store=lambda services: ExperimentStore(services.objects, services.bus),
    ),
)


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
    found, bases = await find_with_baseline(services, actor, body.id)
    if not bases:
        raise BadRequest(f"Experiment {found.ref.name!r} has no base experiment.", code="no_base_experiment")
    return {"base_exp_id": bases[0].ref.object_id, "base_exp_name": bases[0].ref.name}


def _objects(request: Request) -> ObjectService:
    return request.app.state.services.objects
