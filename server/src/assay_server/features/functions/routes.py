"""Routes of prompts and functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from assay_server.features.functions.types import (
    Function,
    FunctionCreate,
    FunctionFilters,
    FunctionInserts,
    FunctionPatch,
    InsertedFunctions,
    Prompt,
    PromptCreate,
    PromptFilters,
    PromptPatch,
    VersionChoice,
)
from assay_server.http.auth import CurrentActor, check_org
from assay_server.http.objects import ObjectRoutes, object_router

if TYPE_CHECKING:
    from assay_server.services import Services

router = object_router(
    "prompts and functions",
    ObjectRoutes(
        kind="prompt",
        one=Prompt,
        create=PromptCreate,
        patch=PromptPatch,
        filters=PromptFilters,
        choice=VersionChoice,
        store=lambda services: services.functions,
    ),
    ObjectRoutes(
        kind="function",
        one=Function,
        create=FunctionCreate,
        patch=FunctionPatch,
        filters=FunctionFilters,
        choice=VersionChoice,
        store=lambda services: services.functions,
    ),
)


@router.post("/insert-functions", response_model=InsertedFunctions)
def insert_functions(request: Request, actor: CurrentActor, body: FunctionInserts) -> Any:
    """Write several functions in one transaction: all of them, or none when one is refused."""
    services: Services = request.app.state.services
    for entry in body.functions:
        check_org(actor, entry.org_name, entry.org_id)
    xact, done = services.functions.insert(actor, [entry.model_dump() for entry in body.functions])
    ignored = [entry for entry in done if entry["ignored"]]
    return {
        "xact_id": str(xact),
        "functions": done,
        "ignored_count": len(ignored),
        "ignored_entries": ignored,
    }
