"""Routes of what is set up in a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from assay_server.features.project_settings import attached_types, types
from assay_server.features.project_settings.service import EnvVarStore, ScoreStore
from assay_server.http.auth import CurrentActor
from assay_server.http.objects import Filters, ObjectRoutes, object_router

if TYPE_CHECKING:
    from assay_server.features.projects.service import ObjectService

router = object_router(
    "project settings",
    ObjectRoutes(
        kind="project_score",
        one=types.ProjectScore,
        create=types.ScoreCreate,
        patch=types.ScorePatch,
        filters=types.ScoreFilters,
        store=lambda services: ScoreStore(services.objects),
    ),
    ObjectRoutes(kind="project_tag", one=types.ProjectTag, create=types.TagCreate, patch=types.TagPatch),
    ObjectRoutes(
        kind="project_automation",
        one=types.ProjectAutomation,
        create=types.AutomationCreate,
        patch=types.AutomationPatch,
    ),
    ObjectRoutes(
        kind="org_automation",
        one=types.OrgAutomation,
        create=types.OrgAutomationCreate,
        patch=types.OrgAutomationPatch,
        filters=Filters,
    ),
    ObjectRoutes(
        kind="agent",
        one=types.Agent,
        create=types.AgentCreate,
        patch=types.AgentPatch,
        filters=types.AgentFilters,
    ),
    ObjectRoutes(kind="span_iframe", one=types.SpanIframe, create=types.FrameCreate, patch=types.FramePatch),
    ObjectRoutes(
        kind="mcp_server", one=types.McpServer, create=types.McpServerCreate, patch=types.McpServerPatch
    ),
    ObjectRoutes(
        kind="view",
        one=attached_types.View,
        create=attached_types.ViewCreate,
        patch=attached_types.ViewPatch,
        filters=attached_types.ViewFilters,
    ),
    ObjectRoutes(
        kind="env_var",
        one=attached_types.EnvVar,
        create=attached_types.VariableCreate,
        patch=attached_types.VariablePatch,
        filters=attached_types.VariableFilters,
        store=lambda services: EnvVarStore(services.objects, services.secrets),
    ),
)


@router.post("/api/project_automation/register", response_model=types.RegisteredAutomation)
def register_automation(request: Request, actor: CurrentActor, body: types.AutomationRegister) -> Any:
    """Create an automation, or find the one of that name; `update` sets its fields."""
    values = body.model_dump(include={"project_id", "description", "config"})
    values["name"] = body.project_automation_name
    objects: ObjectService = request.app.state.services.objects
    row, found = objects.create(actor, "project_automation", values, replace=bool(body.update))
    return {"project_automation": row, "found_existing": found}


@router.post("/api/project_automation/patch_id", response_model=types.ProjectAutomation)
def change_automation(request: Request, actor: CurrentActor, body: types.AutomationChange) -> Any:
    """Change the fields of an automation that are sent."""
    objects: ObjectService = request.app.state.services.objects
    changes = {name: value for name, value in body.changes().items() if name != "id"}
    return objects.update(actor, "project_automation", body.id, changes)
